import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listOf, PAYMENT, REFUND, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';

const SCOPE = { merchant: 'default', provider: 'uqpay' };

for (const [answered, listed, word, code] of [
  ['FAILED', 'SUCCEEDED', 'refunded', 'outcome_unknown'],
  ['SUCCEEDED', 'FAILED', 'nothing', 'settled_nothing'],
  ['SUCCEEDED', 'FAILED', 'refunded', 'outcome_unknown'],
] as const) {
  test(`a key whose answer ${answered} was contradicted does not repeat it, also after a person has said ${word}`, async (t) => {
    const { provider, refund, get, post, ledger } = await startTestProxy(t);
    const made = (refund_status: string) => {
      const of = { payment_refund_id: 'RF1', payment_attempt_id: 'PA1', amount: '10.00', currency: 'USD' };
      return { ...of, refund_status };
    };
    provider.on(UQPAY_POST, { status: 200, json: made(answered) });
    assert.equal((await refund('10', { key: uuid(1) })).status, 200);
    assert.equal((await refund('10', { key: uuid(1) })).headers.get('idempotent-replayed'), 'true');
    provider.on(`GET ${REFUND}`, listOf([made(listed)]));
    await get(`/payments/${PAYMENT}`);
    const open = await refund('10', { key: uuid(1) });
    assert.equal(open.problem.code, 'outcome_unknown');
    assert.match(open.problem.detail!, /contradicts itself/);
    const { id } = (await ledger.intentByKey(SCOPE, uuid(1)))!;
    const body = { outcome: word, reason: 'As the dashboard shows it', confirm: true };
    assert.equal((await post(`/intents/${id}/resolve`, { body })).status, 200);
    const settled = await refund('10', { key: uuid(1) });
    assert.equal(settled.problem.code, code);
    assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  });
}
