import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { eachProxy } from './each.ts';
import type { Reply } from './stub-provider.ts';
import { keyOf, proxyOf } from './stubbed.ts';

const outcome = ({ status, json }: { status: number; json: Problem }) => [status, json.code, json.effect];
const NOT_FOUND = [404, 'payment_not_found', 'nothing'];
const NOT_TOGETHER = [400, 'invalid_request', 'nothing'];

eachProxy('a cancel is sent with the ids of one refund, or not at all, by the proxy in', async (t, program) => {
  const sent: unknown[] = [];
  const ids = (id: string) => ({ orderId: id, refundOrderId: `RO${id}`, refundArn: `ARN${id}` });
  const { refund, send, read } = await proxyOf(t, program, 'upayments', ({ url, body }): Reply => {
    const { orderId: payment } = JSON.parse(body) as { orderId: string };
    // What such a refund has not, may be there as null.
    const more = payment === 'A' ? { responseData: null, generatedInvoiceId: null } : {};
    if (url === '/create-refund') return { status: true, message: 'ok', data: { ...ids(`of-${payment}`), ...more } };
    if (url === '/create-multivendor-refund') {
      const generated = [1, 2].map((at) => ({ ...ids(`${at}-of-${payment}`), amount: 5, generatedInvoiceId: at }));
      const lists = { generated, dataTempered: [], refundIssue: [], insufficientBalance: [] };
      return { status: true, message: 'ok', data: { responseData: lists } };
    }
    sent.push(JSON.parse(body));
    return { status: true, message: 'ok', data: null };
  });
  assert.equal((await refund('A', '10')).status, 200);
  assert.equal((await refund('B', '20')).status, 200);
  const refundPayload = [1, 2].map((at) => ({ refundRequestId: String(at), amountToRefund: 5 }));
  assert.equal((await send('/create-multivendor-refund', { orderId: 'V', refundPayload })).status, 200);

  const single = (orderId: unknown, refundOrderId: unknown) => ['/delete-refund', { orderId, refundOrderId }] as const;
  const vendor = (more: object) =>
    ['/delete-multivendor-refund', { ...ids('1-of-V'), generatedInvoiceId: 1, ...more }] as const;
  for (const [[path, body], expected] of [
    [single('of-B', 'ROof-A'), NOT_TOGETHER],
    ...['nonsense', null, '', undefined, 5, {}, 'ROOF-B'].map((id) => [single('of-B', id), NOT_TOGETHER] as const),
    ...['of-C', 'B', '', null, undefined, 5, []].map((id) => [single(id, 'ROof-B'), NOT_FOUND] as const),
    // Each kind of refund has an end point of its own.
    [single('1-of-V', 'RO1-of-V'), NOT_TOGETHER],
    [['/delete-multivendor-refund', { ...ids('of-B'), generatedInvoiceId: 1 }], NOT_TOGETHER],
    ...[2, '2', '', null, undefined, true].map((id) => [vendor({ generatedInvoiceId: id }), NOT_TOGETHER] as const),
    [vendor({ refundOrderId: 'RO2-of-V' }), NOT_TOGETHER],
    [vendor({ refundArn: 'ARN2-of-V' }), NOT_TOGETHER],
    [vendor({ refundArn: undefined }), NOT_TOGETHER],
  ] as const) {
    assert.deepEqual(outcome(await send(path, body)), expected, JSON.stringify(body));
  }
  assert.deepEqual(sent, []);
  assert.equal((await read('/payments/B')).json.refundable, '80.000');

  const [path, body] = single('of-B', 'ROof-B');
  assert.equal((await send(path, body, keyOf(1))).status, 200);
  assert.equal((await read('/payments/B')).json.refundable, '100.000');
  const { status, json } = await send(path, single('of-C', 'ROof-B')[1], keyOf(1));
  assert.deepEqual([status, json.effect], [404, 'unknown'], 'it says nothing of what was sent with this key');
  for (const generatedInvoiceId of [1, '1']) {
    assert.equal((await send(...vendor({ generatedInvoiceId }))).status, 200);
  }
  assert.equal((await read('/payments/V')).json.refundable, '95.000');
  assert.equal((await send(...single('of-A', 'ROof-A'))).status, 200);
  assert.equal((await read('/payments/A')).json.refundable, '100.000');
  assert.equal(sent.length, 4);
});
