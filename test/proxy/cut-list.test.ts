import assert from 'node:assert/strict';
import { test } from 'node:test';

import { listOf, PAYMENT, REFUND, startTestProxy, UQPAY_POST, uuid } from './support/test-proxy.ts';

const LIST = `GET ${REFUND}`;
const page = (data: readonly object[], total_items: number, total_pages = 1) => ({
  status: 200,
  json: { total_pages, total_items, data },
});
const row = (id: string) => ({
  payment_refund_id: id,
  amount: '40.00',
  currency: 'USD',
  refund_status: 'SUCCEEDED',
});

test('a list that counts more refunds than it shows is not read as the whole list', async (t) => {
  const { provider, get } = await startTestProxy(t);
  const read = () => get(`/payments/${PAYMENT}`);
  provider.on(LIST, page([], 1));
  const answer = await read();
  assert.deepEqual([answer.status, answer.problem.code], [502, 'provider_unreachable']);
  assert.match(answer.problem.detail ?? '', /counts 1 refunds and shows 0/);
  provider.on(LIST, page([row('RF1')], 3));
  assert.equal((await read()).status, 502);
  provider.on(LIST, ({ query }) => page(query.get('page_number') === '1' ? [row('RF1')] : [row('RF2')], 3, 2));
  assert.equal((await read()).status, 502, 'over two pages, too');
  provider.on(LIST, listOf([row('RF1')]));
  assert.equal(((await read()).json as { refundable: string }).refundable, '60.00');
});

test('a list that is not whole is no evidence that a lost refund was not made', async (t) => {
  const { provider, get, post, refund } = await startTestProxy(t);
  provider.on(UQPAY_POST, 'drop');
  await refund('10.00', { key: uuid(1) });
  provider.on(LIST, page([], 1));
  const { json } = await get('/intents?state=unknown');
  const [intent] = (json as { intents: { id: string }[] }).intents;
  const word = { outcome: 'nothing', reason: 'the list does not show it' };
  const answer = await post(`/intents/${intent!.id}/resolve`, { body: word });
  assert.deepEqual([answer.status, answer.problem.code], [400, 'confirmation_required']);
  provider.on(LIST, page([], 0));
  assert.equal((await post(`/intents/${intent!.id}/resolve`, { body: word })).status, 200);
});

test('a list that grows while its pages are read is read once more', async (t) => {
  const { provider, get } = await startTestProxy(t);
  let reads = 0;
  // The third refund is made after the first page was read: it moves every row by one.
  provider.on(LIST, ({ query }) => {
    if (query.has('start_time')) return page([], 0);
    reads += 1;
    const rows = reads === 1 ? ['RF2', 'RF1'] : ['RF3', 'RF2', 'RF1'];
    const at = Number(query.get('page_number')) - 1;
    return page(rows.slice(at, at + 1).map(row), rows.length, rows.length);
  });
  const answer = await get(`/payments/${PAYMENT}`);
  assert.equal(answer.status, 200);
  assert.equal((answer.json as { refunds: object[] }).refunds.length, 3);
});

test('a list with the same row twice is not read as the whole list: the second stands in place of another', async (t) => {
  const { provider, get } = await startTestProxy(t);
  provider.on(LIST, page([row('RF1'), row('RF1')], 2));
  const answer = await get(`/payments/${PAYMENT}`);
  assert.deepEqual([answer.status, answer.problem.code], [502, 'provider_unreachable']);
  assert.match(answer.problem.detail ?? '', /a refund of the list came twice/);
});
