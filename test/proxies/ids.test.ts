import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { stubProvider } from './stub-provider.ts';
import { keyOf } from './stubbed.ts';
import { startProxy } from './support.ts';

/** Orders are numbered by the shop: each of these has a mark that means something else in an address. */
const IDS = [
  'INV:1',
  '#1001',
  'INV/2026/001',
  'A 1',
  'A+1',
  'é1',
  'A&1',
  'A=1',
  'A&id=B',
  '100%',
  '%41',
  "it's",
  'a?b',
];
const LISTS = { uqpay: { total_pages: 0, data: [] }, upayments: { status: true, data: { refund: [] } } } as const;
const READS = { uqpay: ['/v2/payment/refunds/'], upayments: ['/check-refund/', '/check-refund-status/'] } as const;

/** The id that is asked for in the query or else in the last part of the path, decoded once, as every server does. */
function asked(address: string, member: string): string | null {
  const { pathname, searchParams } = new URL(address, 'http://stub');
  return searchParams.get(member) ?? decodeURIComponent(pathname.split('/').at(-1)!);
}

for (const provider of ['uqpay', 'upayments'] as const) {
  eachProxy(`the shop and ${provider} are asked for the payment whose id came by the proxy in`, async (t, program) => {
    const stub = await stubProvider(
      t,
      () => 500,
      ({ url }) => (url.startsWith('/shop?') ? { currency: 'KWD', captured: '5.000' } : LISTS[provider]),
    );
    const env = { REFUND_ORDERS: `${stub.url}/shop?id={id}&of=1` };
    const log: string[] = [];
    const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url, env, log });
    const asks = async (below: string, id: string) => {
      const before = stub.calls.length;
      const answer = await fetch(`${endpoint}${below}${encodeURIComponent(id)}`, { headers: SESSION });
      await answer.body?.cancel();
      return { status: answer.status, urls: stub.calls.slice(before).map(({ url }) => url) };
    };
    for (const id of IDS) {
      const summary = await asks('/payments/', id);
      const [shop = '', ...lists] = summary.urls;
      assert.deepEqual([summary.status, asked(shop, 'id')], [200, id]);
      assert.equal(lists.length, provider === 'uqpay' ? 2 : 1, lists.join());
      for (const list of lists) assert.equal(asked(list, 'payment_intent_id'), id, list);
      for (const below of READS[provider]) {
        const read = await asks(below, id);
        // A slash in a refund's id would be another path for some servers.
        if (id.includes('/')) assert.deepEqual(read, { status: 404, urls: [] });
        else assert.deepEqual([read.status, ...read.urls.map((url) => asked(url, ''))], [200, id], read.urls.join());
      }
    }
    const marks = ['A\r\nforged: B', '\u001B[31mA', 'A\u0001', 'A\u007F'];
    for (const below of ['/payments/', ...READS[provider]]) {
      // A control character would end a line of the log, and begin another one.
      for (const id of marks) assert.deepEqual(await asks(below, id), { status: 404, urls: [] }, id);
    }
    // In an address nginx refuses this one itself.
    for (const id of ['.', '..', ...marks, 'A\u0000']) {
      const [below, body] =
        provider === 'uqpay'
          ? [READS.uqpay[0].slice(0, -1), { payment_intent_id: id, amount: '1.00', reason: 'Return good' }]
          : ['/create-refund', { orderId: id, totalPrice: 1 }];
      const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf(1) };
      const before = stub.calls.length;
      const answer = await fetch(endpoint + below, {
        method: 'POST',
        headers: { ...SESSION, ...form },
        body: JSON.stringify(body),
      });
      const { code } = (await answer.json()) as Problem;
      // At the end of an address dots are another address.
      assert.deepEqual([answer.status, code, stub.calls.length], [404, 'payment_not_found', before], id);
    }
    for (const mark of ['\nforged', '\u001B', '\u0000', '\u0001', '\u007F'])
      assert.ok(!log.join('').includes(mark), log.join(''));
  });
}
