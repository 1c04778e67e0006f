import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { lookAlikes } from '../../verify/origins.ts';

const originsOf = (own: string) => lookAlikes(new URL(own)).map(({ origin }) => origin);

describe('origins that look like that of a proxy', () => {
  it('begin or end like it, have another port, or a letter for a dot', () => {
    assert.deepEqual(originsOf('http://127.0.0.1:8080/refunds/uqpay'), [
      'http://127.0.0.1.verify-stranger.invalid',
      'http://127.0.0.1:8080.verify-stranger.invalid',
      'http://verify-stranger127.0.0.1:8080',
      'http://127x0.0.1:8080',
      'http://127.0.0.1:1',
    ]);
    assert.deepEqual(originsOf('http://localhost:8080'), [
      'http://localhost.verify-stranger.invalid',
      'http://localhost:8080.verify-stranger.invalid',
      'http://verify-strangerlocalhost:8080',
      'http://localhost:1',
    ]);
  });

  it('come by http where it comes by https, and may be subdomains of its own parent', () => {
    assert.deepEqual(lookAlikes(new URL('https://api.shop.example/refunds')), [
      { origin: 'https://api.shop.example.verify-stranger.invalid' },
      { origin: 'https://verify-strangerapi.shop.example', sibling: 'https://verify-stranger.shop.example' },
      { origin: 'https://verify-strangershop.example' },
      { origin: 'https://apixshop.example' },
      { origin: 'https://api.shop.example:1' },
      { origin: 'http://api.shop.example' },
    ]);
  });

  it('are none of its own pages behind a server that speaks TLS for it', () => {
    assert.ok(!originsOf('http://staging.example').includes('https://staging.example'));
  });
});
