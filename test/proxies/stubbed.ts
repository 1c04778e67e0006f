import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';

import type { PaymentSummary, Problem } from '../../contract/index.ts';
import { fractionDigits } from '../../contract/money/currency.ts';
import { SESSION } from '../verify/session.ts';
import type { ProviderName } from '../verify/support.ts';
import type { Program } from './each.ts';
import { stubProvider, type Call, type Reply } from './stub-provider.ts';
import { startProxy } from './support.ts';

export const REFUNDS = '/v2/payment/refunds';
export const keyOf = (number: number) => `3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5${String(number).padStart(3, '0')}`;

/** A proxy before a stub that lists no refunds. `answer` answers all other calls; each payment has its id and 100.00. */
export async function proxyOf(t: TestContext, program: Program, provider: ProviderName, answer: (call: Call) => Reply) {
  let count = 100;
  let isDown = false;
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-stubbed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = path.join(folder, 'ledger.db');
  const captured = (currency: string) => (fractionDigits(currency) === 0 ? '100' : '100.00');
  const isUqpay = provider === 'uqpay';
  const stub = await stubProvider(
    t,
    (id) => {
      if (isDown) return 503;
      const currency = /^[A-Z]{3}$/.test(id) ? id : isUqpay ? 'USD' : 'KWD';
      return { currency, captured: captured(currency) };
    },
    (call) => {
      const isList = call.method === 'GET' && /^(?:\/v2\/payment\/refunds\?|\/check-refund\/)/.test(call.url);
      if (!isList) return answer(call);
      return isUqpay ? { total_pages: 0, data: [] } : { status: true, data: { refund: [] } };
    },
  );
  const endpoint = await startProxy(t, { ...program, provider, recorder: stub.url, ledger });
  const send = async (below: string, body: object | string, key = keyOf((count += 1))) => {
    const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key };
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const sent = await fetch(endpoint + below, { method: 'POST', headers: { ...SESSION, ...form }, body: text });
    return { status: sent.status, json: (await sent.json()) as Problem };
  };
  const read = async (below: string) => {
    const got = await fetch(endpoint + below, { headers: SESSION });
    return { status: got.status, json: (await got.json()) as PaymentSummary };
  };
  const refund = (payment: string, amount: string, key?: string) =>
    isUqpay
      ? send(REFUNDS, { payment_intent_id: payment, amount, reason: 'Return good' }, key)
      : send('/create-refund', { orderId: payment, totalPrice: Number(amount) }, key);
  const writes = () => stub.calls.filter(({ method }) => method === 'POST').length;
  const sentKeys = () =>
    stub.calls.filter(({ method }) => method === 'POST').map(({ headers }) => headers['x-idempotency-key']);
  /** From now on the orders cannot be read. */
  const closeShop = () => (isDown = true);
  return { endpoint, ledger, send, read, refund, writes, sentKeys, closeShop };
}
