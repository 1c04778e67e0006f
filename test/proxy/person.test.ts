import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { RefundProxyOptions } from '../../proxy/index.ts';
import { isSamePerson, personOf } from '../../proxy/ledger/rules/person.ts';
import { PAYMENT, REFUND, START, startTestProxy, UQPAY_POST, uqpayBody, uuid } from './support/test-proxy.ts';

/** A name by which somebody asks, and another spelling of it. */
const SPELLINGS: readonly (readonly [string, string])[] = [
  ['alice', 'ALICE'],
  ['STRASSE', 'straße'],
  ['straße', 'STRAẞE'],
  ['σοφος', 'ΣΟΦΟΣ'],
  ['José', 'JOSE\u0301'],
  ['alice', '\uff41lice'],
  ['alice@shop', 'alice@shop\u200b'],
  ['alice@shop', 'ali\u00adce@shop'],
  ['alice@shop', 'alice\u2060@shop'],
  ['alice@shop', 'a\u034flice@shop'],
  ['alice@shop', 'alice\ufe0f@shop'],
  ['alice@shop', ' alice@shop\u00a0\u200d'],
];
const OTHERS: readonly (readonly [string, string])[] = [
  ['alice', 'alic'],
  ['alice', 'al\u0131ce'],
  ['ALICE', 'al\u0131ce'],
  ['alice', '\u0430lice'],
  ['bob smith', 'bobsmith'],
];

const named = async (request: Request) => ({ user: decodeURIComponent(request.headers.get('x-user') ?? 'nobody') });
const as = (user: string) => ({ 'x-user': encodeURIComponent(user) });

test('every spelling of a name is one person, and a letter that only looks alike is another one', () => {
  for (const [one, other] of SPELLINGS) assert.ok(isSamePerson(one, other), `${one} ${other}`);
  for (const [one, other] of OTHERS) assert.ok(!isSamePerson(one, other), `${one} ${other}`);
});

test('no character is another person in its other case, or in another form of Unicode', () => {
  for (let code = 0; code < 0x110000; code += 1) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const letter = String.fromCodePoint(code);
    const person = personOf(letter);
    const spellings = [person, letter.toLowerCase(), letter.normalize('NFD'), letter.normalize('NFKD')];
    // The capital of the dotless i is that of i.
    if (letter !== 'ı') spellings.push(letter.toUpperCase());
    for (const spelling of spellings) assert.equal(personOf(spelling), person, `U+${code.toString(16)}`);
  }
});

test('nobody approves a request of their own under another spelling of their name', async (t) => {
  const authorize: RefundProxyOptions['authorize'] = async (request, { action }) => {
    const { user } = await named(request);
    return action === 'refund' ? { refuse: 'approval_required', user } : { user };
  };
  const { refund, post, provider } = await startTestProxy(t, { authorize });
  for (const [asker, approver] of SPELLINGS) {
    const waiting = await refund('1.00', { headers: as(asker) });
    const path = String(waiting.problem['instance']).replace('/refunds', '');
    const answer = await post(`${path}/approve`, { headers: as(approver), body: {} });
    assert.deepEqual([answer.status, answer.problem.code], [403, 'forbidden'], `${asker} ${approver}`);
  }
  assert.equal(provider.callsOf(UQPAY_POST).length, 0);
});

test('whoever has asked takes the request back under any spelling', async (t) => {
  const authorize: RefundProxyOptions['authorize'] = async (request, { action }) => {
    const { user } = await named(request);
    if (action === 'decline') return { refuse: 'forbidden' };
    return action === 'refund' ? { refuse: 'approval_required', user } : { user };
  };
  const { refund, post } = await startTestProxy(t, { authorize });
  const waiting = await refund('1.00', { headers: as('alice') });
  const path = String(waiting.problem['instance']).replace('/refunds', '');
  const body = { reason: 'Taken back' };
  assert.equal((await post(`${path}/decline`, { headers: as('al\u0131ce'), body })).status, 403);
  assert.equal((await post(`${path}/decline`, { headers: as('Alice\u200b'), body })).status, 200);
});

test('the spellings of a name share one limit of writes, and one of streams', async (t) => {
  const { refund, get } = await startTestProxy(t, {
    authorize: named,
    rateLimit: { writes: 2, perMs: 60_000 },
    events: { mostPerUser: 2 },
  });
  const writes: number[] = [];
  const streams: number[] = [];
  for (const user of ['bob', 'Bob', 'BO\u00adB', 'carol']) {
    writes.push((await refund('1.00', { headers: as(user) })).status);
  }
  assert.deepEqual(writes, [200, 200, 429, 200]);
  const { proxy } = await startTestProxy(t, { authorize: named, events: { mostPerUser: 2 } });
  t.after(() => proxy.close());
  for (const user of ['bob', 'Bob', 'BO\u00adB', 'carol']) {
    const url = `https://shop.example/refunds/payments/${PAYMENT}/events`;
    streams.push((await proxy.fetch(new Request(url, { headers: as(user) }))).status);
  }
  assert.deepEqual(streams, [200, 200, 429, 200]);
  assert.equal((await get(`/payments/${PAYMENT}`)).status, 200);
});

test('a name of which nothing can be seen is no user', async (t) => {
  for (const user of [' ', '\u200b', '\u3164\u00ad']) {
    const { refund, provider } = await startTestProxy(t, { authorize: async () => ({ user }) });
    assert.equal((await refund('1.00')).problem.code, 'forbidden');
    assert.equal(provider.calls.length, 0);
  }
});

test('erase takes every spelling of the one name, and no other person', async (t) => {
  const { ledger, post } = await startTestProxy(t, { authorize: named });
  const users = ['alice', 'Alice', 'ali\u00adce', 'al\u0131ce'];
  for (const [at, user] of users.entries()) {
    const body = uqpayBody(`${at + 1}.00`);
    assert.equal((await post(REFUND, { key: uuid(at), headers: as(user), body })).status, 200);
  }
  const { replaced } = await ledger.erase({ user: 'alice', pseudonym: 'erased-1', who: 'operator', at: START });
  assert.equal(replaced, 6, 'three requests, and the line of each in the audit trail');
  const intents = await ledger.intents({ merchant: 'default', provider: 'uqpay' }, { limit: 10 });
  assert.deepEqual(intents.map(({ user }) => user).toSorted(), ['al\u0131ce', 'erased-1', 'erased-1', 'erased-1']);
});
