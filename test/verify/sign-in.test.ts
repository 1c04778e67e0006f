import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { almost, madeUp, nobody, signsIn, withSignIn } from '../../verify/sign-in.ts';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('a session that does not exist', () => {
  it('has the names of all cookies', () => {
    const cookie = 'theme=dark; sid="a b";token=x=y';
    const made = 'theme=verify-stranger; sid="verify-stranger"; token=verify-stranger';
    assert.deepEqual(madeUp({ Cookie: cookie }), { Cookie: made });
  });

  it('has the scheme of the credentials, and the user of a password', () => {
    assert.deepEqual(madeUp({ Authorization: 'Bearer abc', 'X-Session': 'abc' }), {
      Authorization: 'Bearer verify-stranger',
      'X-Session': 'verify-stranger',
    });
    assert.deepEqual(madeUp({ authorization: basic('amal:se:same') }), {
      authorization: basic('amal:verify-stranger'),
    });
  });
});

describe('a session with one character changed', () => {
  const valueOf = (value: string) => almost({ Cookie: `sid=${value}` })['Cookie']?.slice('sid='.length) ?? '';

  it('differs in one character, which stays of its kind', () => {
    for (const [value, changed] of [
      ['noor', 'npor'],
      ['0f3e9a77', '0f4e9a77'],
      ['AF-fA', 'AA-fA'],
      ['ab%2Fcd', 'ab%2Fdd'],
      ['%20%2F', '%20%2Fx'],
      ['', 'x'],
    ] as const) {
      assert.equal(valueOf(value), changed);
    }
  });

  it('has another signature, and no other bit at the end of it', () => {
    const token = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijkl';
    assert.equal(valueOf(token), 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdffghijkl');
  });

  it('has another password', () => {
    assert.deepEqual(almost({ Authorization: basic('amal:sesame') }), { Authorization: basic('amal:setame') });
  });
});

describe('the page of a request', () => {
  it('is the one that --header gives, unless a check says another', () => {
    const signIn = { Cookie: 'sid=1', origin: 'https://admin.example', 'Sec-Fetch-Site': 'same-site' };
    assert.deepEqual(withSignIn({ accept: '*/*' }, signIn), { accept: '*/*', ...signIn });
    assert.deepEqual(withSignIn({ Origin: 'null' }, signIn), { Origin: 'null', Cookie: 'sid=1' });
  });

  it('stays the same where nobody has signed in', () => {
    const page = { Origin: 'https://admin.example' };
    assert.deepEqual(nobody({ ...page, Cookie: 'sid=1' }), page);
    assert.deepEqual(madeUp(page), page);
    assert.deepEqual([signsIn(page), signsIn({ ...page, Cookie: 'sid=1' })], [false, true]);
  });
});
