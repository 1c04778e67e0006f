import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { paymentSummary } from '../../contract/index.ts';
import { ORDER, startTestProxy, uuid } from './support/test-proxy.ts';
import { vendorRow } from './support/vendor-row.ts';

const STEP_TWO = 'POST /create-multivendor-refund';
const OTHER_IBAN = 'KW31NBOK0000000000002010177457';
/** Its masked form is that of the true account. */
const SAME_LABEL = 'KW91ATTK0000000000099999993254';

/** A payment over two vendors whose first step was answered. Everything over 50.000 waits for a second person. */
async function opened(t: TestContext) {
  const testProxy = await startTestProxy(t, {
    name: 'upayments',
    authorize: async (request, { action, amount }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      return action === 'refund' && amount! > 50_000n ? { refuse: 'approval_required', user } : { user };
    },
  });
  const { provider, post, get } = testProxy;
  const rows = (iban?: string) => [
    { ...vendorRow('a', 0), ...(iban !== undefined && { ibanNumber: iban }) },
    vendorRow('b', 0),
  ];
  const stepOne = async (iban?: string) => {
    const data = { orderId: ORDER, isMultivendorRefund: true, refundPayload: rows(iban) };
    const json = {
      status: true,
      message: 'success',
      data: { ...data, multivendor_refund_end_point: 'https://p.test' },
    };
    provider.on('POST /create-refund', { status: 201, json });
    assert.equal((await post('/create-refund', { body: { orderId: ORDER, totalPrice: 1 } })).status, 201);
  };
  await stepOne();
  const stepTwo = (amounts: readonly [number, number], { iban, key }: { iban?: string; key?: string } = {}) => {
    const refundPayload = rows(iban).map((row, at) => ({ ...row, amountToRefund: amounts[at] }));
    return post('/create-multivendor-refund', { ...(key && { key }), body: { orderId: ORDER, refundPayload } });
  };
  const waiting = async () => {
    const { refunds } = paymentSummary.parse((await get(`/payments/${ORDER}`)).json);
    return refunds!.filter(({ standing }) => standing === 'awaiting_approval');
  };
  return { ...testProxy, stepOne, stepTwo, waiting };
}

test('a division that names another account than the first step did is not sent, and waits for nobody', async (t) => {
  const { stepTwo, waiting, provider } = await opened(t);
  for (const iban of [OTHER_IBAN, SAME_LABEL]) {
    for (const amounts of [
      [30, 0],
      [30, 30],
    ] as const) {
      const { status, problem } = await stepTwo(amounts, { iban });
      assert.deepEqual([status, problem.code, problem.effect], [400, 'invalid_request', 'nothing']);
      assert.match(problem.detail ?? '', /^The vendor row "a" names another account than the first step did/);
    }
  }
  assert.deepEqual([await waiting(), provider.callsOf(STEP_TWO).length], [[], 0]);
});

test('whoever approves sees the accounts of the first step', async (t) => {
  const { stepTwo, waiting } = await opened(t);
  assert.equal((await stepTwo([30, 30])).problem.code, 'approval_required');
  const [asked] = await waiting();
  assert.deepEqual(asked!.parts, [
    { vendor: 'a', label: 'KW91 •••• 3254', amount: '30.000' },
    { vendor: 'b', label: 'KW91 •••• 3254', amount: '30.000' },
  ]);
});

test('an approval is refused when the first step has named another account since', async (t) => {
  const { stepOne, stepTwo, waiting, post, provider } = await opened(t);
  await stepTwo([30, 30]);
  await stepOne(OTHER_IBAN);
  const [asked] = await waiting();
  assert.equal(asked!.parts?.[0]?.label, 'KW31 •••• 7457');
  const path = `/intents/${asked!.intent_id}/approve`;
  const answer = await post(path, { headers: { 'x-user': 'second' }, body: {} });
  assert.deepEqual([answer.status, answer.problem.code], [400, 'invalid_request']);
  assert.equal(provider.callsOf(STEP_TWO).length, 0);
});

test('a known key is answered as it was, whatever the first step says since', async (t) => {
  const { stepOne, stepTwo, provider } = await opened(t);
  const [row] = [{ generatedInvoiceId: 'i-a', amount: 30, orderId: 'RO', refundOrderId: 'RR', refundArn: 'RA' }];
  const responseData = { generated: [row], dataTempered: [], refundIssue: [], insufficientBalance: [] };
  provider.on(STEP_TWO, { status: 201, json: { status: true, message: 'success', data: { responseData } } });
  const first = await stepTwo([30, 0], { key: uuid(7) });
  assert.equal(first.status, 201);
  await stepOne(OTHER_IBAN);
  const again = await stepTwo([30, 0], { key: uuid(7) });
  assert.deepEqual([again.status, again.text], [first.status, first.text]);
  assert.equal(provider.callsOf(STEP_TWO).length, 1);
});
