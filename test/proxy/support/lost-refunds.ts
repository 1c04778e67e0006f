import type { TestContext } from 'node:test';

import type { PaymentSummary } from '../../../contract/index.ts';
import { listOf, ORDER, PAYMENT, REFUND, scriptUqpay, startTestProxy, UQPAY_POST, uuid } from './test-proxy.ts';
import { vendorRow } from './vendor-row.ts';

export const UQPAY = { merchant: 'default', provider: 'uqpay' };
export const UPAYMENTS = { merchant: 'default', provider: 'upayments' };

/** A refund of 10.00 whose answer was lost. The list shows it after `list(true)`. */
export async function lostAtUqpay(
  t: TestContext,
  { isMarked = true, options = {} }: { isMarked?: boolean; options?: Parameters<typeof startTestProxy>[1] } = {},
) {
  const shop = await startTestProxy(t, options);
  const { provider, refund, get, post, ledger, clock } = shop;
  scriptUqpay(provider, 2);
  let sent = '';
  provider.on(UQPAY_POST, ({ body }) => {
    sent = body;
    return 'drop';
  });
  await refund('10.00', { key: uuid(1) });
  // UQPAY has forgotten the key, so it is not sent again.
  clock.now += 25 * 3_600_000;
  scriptUqpay(provider, 2);
  const { id } = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  const list = (isListed: boolean, refund_status = 'INITIATED', amount = '10.00') => {
    const { metadata, reason } = JSON.parse(sent) as { metadata: object; reason: string };
    const made = {
      payment_refund_id: 'RF1',
      payment_attempt_id: 'PA1234567890123456789',
      amount,
      currency: 'USD',
      refund_status,
      create_time: isMarked ? '2026-11-20T17:00:00+08:00' : '2026-11-21T01:00:00+08:00',
      reason,
      metadata: isMarked ? metadata : null,
    };
    const data = isListed ? [made] : [];
    provider.on(`GET ${REFUND}`, listOf(data));
    provider.on(`GET ${REFUND}/RF1`, { status: 200, json: made });
  };
  const say = (body: object) => post(`/intents/${id}/resolve`, { body: { reason: 'Seen in the dashboard', ...body } });
  const summary = async () => (await get(`/payments/${PAYMENT}`)).json as PaymentSummary;
  const check = () => refund('10.00', { key: uuid(1) });
  return { ...shop, say, summary, list, check };
}

/** A division of 30 and 20 over two vendors whose answer was lost. */
export async function lostDivision(t: TestContext) {
  const shop = await startTestProxy(t, { name: 'upayments' });
  const { provider, refund, get, post, ledger } = shop;
  const count = (listed: number, is_refunded = true) => {
    const refunds = Array.from({ length: listed }, (_, index) => ({
      order_id: `refund-${index + 1}`,
      is_refunded,
      refunded_date: null,
    }));
    provider.on(`GET /check-refund/${ORDER}`, {
      status: 200,
      json: { status: true, message: 'ok', data: { refund: refunds } },
    });
  };
  count(0);
  const rows = [vendorRow('v1', 30), vendorRow('v2', 20)];
  const data = {
    orderId: ORDER,
    isMultivendorRefund: true,
    refundPayload: rows,
    multivendor_refund_end_point: 'https://x.example',
  };
  provider.on('POST /create-refund', { status: 201, json: { status: true, message: 'ok', data } });
  await refund('50', { key: uuid(1) });
  provider.on('POST /create-multivendor-refund', 'drop');
  await post('/create-multivendor-refund', { key: uuid(2), body: { orderId: ORDER, refundPayload: rows } });
  const { id } = (await ledger.intentByKey(UPAYMENTS, uuid(2)))!;
  const say = (body: object) => post(`/intents/${id}/resolve`, { body: { reason: 'Seen in the dashboard', ...body } });
  const money = async () => {
    const { refunded, pending, refundable } = (await get(`/payments/${ORDER}`)).json as PaymentSummary;
    return [refunded, pending, refundable];
  };
  const standings = async () => (await ledger.reservationsOfIntent(id)).map(({ standing }) => standing);
  return { ...shop, say, count, money, standings };
}
