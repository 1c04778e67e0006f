import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { stubProvider, type Reply } from './stub-provider.ts';
import { startProxy } from './support.ts';

const ORDERS: Readonly<Record<string, { readonly answer: Reply; readonly why: RegExp }>> = {
  broken: { answer: 500, why: /^GET \/orders\/broken answered 500$/ },
  moved: { answer: 302, why: /^GET \/orders\/moved answered 302$/ },
  silent: { answer: 'drop', why: /^GET \/orders\/silent got no answer/ },
  // In small letters it would be another currency than that of the provider's answer, which would then be believed no more.
  ...Object.fromEntries(
    [undefined, null, '', 5, 'usd', 'Kwd', 'USD ', 'US', 'USDT', '\u{ff35}SD'].map((currency, index) => [
      `odd${index}`,
      {
        answer: { currency, captured: '5.000' },
        why: /^GET \/orders\/odd\d has no ISO 4217 code in capitals, such as USD, as currency$/,
      },
    ]),
  ),
  list: { answer: [], why: /^GET \/orders\/list answered something that is no JSON object$/ },
  empty: { answer: { currency: 'KWD' }, why: /^GET \/orders\/empty has no amount in KWD as captured$/ },
  text: {
    answer: { currency: 'KWD', captured: '5.000', refunded_elsewhere: 'a lot' },
    why: /^GET \/orders\/text has no amount in KWD as refunded_elsewhere$/,
  },
};

eachProxy(
  'an order that cannot be read is explained in the answer and in the log of the proxy in',
  async (t, program) => {
    const stub = await stubProvider(
      t,
      (id) => ORDERS[id]?.answer ?? 404,
      () => 500,
    );
    const log: string[] = [];
    const endpoint = await startProxy(t, { ...program, provider: 'upayments', recorder: stub.url, log });
    for (const [id, { why }] of Object.entries(ORDERS)) {
      const answer = await fetch(`${endpoint}/payments/${id}`, { headers: SESSION });
      const { code, detail = '', effect } = (await answer.json()) as Problem;
      assert.deepEqual([answer.status, code, effect], [503, 'orders_unavailable', 'nothing'], id);
      assert.match(detail ?? '', why);
      assert.ok(log.join('').includes(`REFUND_ORDERS: ${detail}`), log.join(''));
    }
    const unknown = await fetch(`${endpoint}/payments/unknown`, { headers: SESSION });
    assert.equal(unknown.status, 404);
    assert.equal(stub.calls.length, 0);
    for (const secret of ['jtest123', SESSION['X-Session']]) assert.ok(!log.join('').includes(secret));
  },
);
