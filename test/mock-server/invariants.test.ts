import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { Namespaces } from '../../mock-server/core/namespaces.ts';
import { rowFault, rulesFault } from '../../mock-server/core/engine/rules.ts';
import { settleDue } from '../../mock-server/core/engine/settle.ts';
import type { SandboxState } from '../../mock-server/core/engine/state.ts';
import { minorOf } from '../../mock-server/core/engine/indexes.ts';
import type { Store } from '../../mock-server/core/engine/store.ts';
import { BUILT_IN, DEFAULT_SEED } from '../../mock-server/core/providers/index.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { indexedAnew, rowsOf, upaymentsStore, uqpayStore } from './support/rows.ts';
import { INTENT, KNET, PAGE_VENDORS, START } from './world.ts';

const SEED = 20_261_121;
const SEEDED = new Set((DEFAULT_SEED.upayments_orders ?? []).map(({ id }) => id));
const JSON_HEADERS = { 'content-type': 'application/json', authorization: 'Bearer jtest123' };

type Operation =
  | { readonly kind: 'refund'; readonly cents: number; readonly scenario: string }
  | { readonly kind: 'pay'; readonly cents: number; readonly method: object; readonly step: string }
  | { readonly kind: 'charge'; readonly fils: readonly number[]; readonly result: string }
  | { readonly kind: 'order'; readonly fils: number; readonly reference: string }
  | { readonly kind: 'vendors'; readonly fils: readonly number[]; readonly reference: string }
  | { readonly kind: 'delete'; readonly which: number }
  | { readonly kind: 'advance'; readonly seconds: number };

const reference = fc.constantFrom('', 'sandbox:fast_success', 'sandbox:stay_processing', 'sandbox:drop_after_commit');
/** The members that the SDKs require: `docs/providers/uqpay.md#payment-intents`. */
const CARD = { billing: {}, network: 'visa', authorization_type: 'final_authorization', three_ds_action: 'skip_3ds' };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    kind: fc.constant('refund' as const),
    cents: fc.integer({ min: 0, max: 12_000 }),
    scenario: fc.constantFrom('', 'fail', 'fast_success', 'reversal', 'reversal_from_initiated', 'drop_before_commit'),
  }),
  fc.record({
    kind: fc.constant('pay' as const),
    cents: fc.integer({ min: 0, max: 12_000 }),
    method: fc.constantFrom(
      { type: 'card', card: CARD },
      { type: 'card', card: { ...CARD, auto_capture: false } },
      { type: 'card', card: { ...CARD, authorization_type: 'pre_authorization' } },
      { type: 'grabpay', card: { ...CARD, auto_capture: false } },
      { type: 'alipaycn' },
      { type: 'card', card: { ...CARD, card_number: '0002' } },
    ),
    step: fc.constantFrom('', 'capture', 'cancel', 'paid', 'failed', 'cancelled'),
  }),
  fc.record({
    kind: fc.constant('charge' as const),
    fils: fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 3 }),
    result: fc.constantFrom('', 'paid', 'failed', 'cancelled'),
  }),
  fc.record({ kind: fc.constant('order' as const), fils: fc.integer({ min: 0, max: 15_000 }), reference }),
  fc.record({
    kind: fc.constant('vendors' as const),
    fils: fc.array(fc.integer({ min: 0, max: 30_000 }), { minLength: 2, maxLength: 2 }),
    reference,
  }),
  fc.record({ kind: fc.constant('delete' as const), which: fc.nat(40) }),
  fc.record({ kind: fc.constant('advance' as const), seconds: fc.integer({ min: 0, max: 20_000 }) }),
);

/** Calls one sandbox as a client would, but directly through the core. */
class Driver {
  readonly #namespaces = new Namespaces(stateOptions({ dev: true, clock: 'frozen', now: () => START }));
  #keys = 0;

  get state(): SandboxState {
    return this.#namespaces.main;
  }

  #post(path: string, body: object): Record<string, unknown> {
    this.#keys += 1;
    const key = `00000000-0000-4000-8000-${String(this.#keys).padStart(12, '0')}`;
    const answer = this.#namespaces.handle({
      method: 'POST',
      path,
      query: '',
      headers: { ...JSON_HEADERS, 'idempotency-key': key },
      body: JSON.stringify(body),
      origin: 'http://sandbox.test',
    });
    return JSON.parse(answer.body) as Record<string, unknown>;
  }

  /** Takes a payment to some step of its life, then sends a refund, which may come too early. */
  #pay({ cents, method, step }: Extract<Operation, { kind: 'pay' }>): void {
    const intent = this.#post('/uqpay/api/v2/payment_intents/create', {
      amount: ((cents + 1) / 100).toFixed(2),
      currency: 'USD',
      merchant_order_id: 'any',
      return_url: 'https://shop.example',
      description: 'any',
    });
    const id = String(intent['payment_intent_id']);
    this.#post(`/uqpay/api/v2/payment_intents/${id}/confirm`, { payment_method: method });
    if (step === 'capture') {
      const amount = (cents / 100).toFixed(2);
      this.#post(`/uqpay/api/v2/payment_intents/${id}/capture`, { amount_to_capture: amount });
    } else if (step === 'cancel') this.#post(`/uqpay/api/v2/payment_intents/${id}/cancel`, {});
    else if (step !== '') this.#post(`/_sandbox/pay/uqpay/${id}`, { result: step });
    this.#post('/uqpay/api/v2/payment/refunds', {
      payment_intent_id: id,
      amount: (Math.ceil(cents / 2) / 100).toFixed(2),
      reason: 'r',
    });
  }

  #charge({ fils, result }: Extract<Operation, { kind: 'charge' }>): void {
    const answer = this.#post('/upayments/api/v1/charge', {
      order: { amount: 50 },
      notificationUrl: 'https://shop.example/notify',
      extraMerchantData: fils.map((part, index) => ({ amount: part / 1_000, ibanNumber: `KW${index}` })),
    });
    const trackId = (answer['data'] as { trackId?: string } | null)?.trackId;
    if (trackId === undefined || result === '') return;
    this.#post(`/_sandbox/pay/upayments/${trackId}`, { result });
    const { order } = upaymentsStore(this.state).payments.get(trackId)!;
    this.#post('/upayments/api/v1/create-refund', { orderId: order, totalPrice: 12.345 });
  }

  run(step: Operation): void {
    switch (step.kind) {
      case 'refund':
        this.#post('/uqpay/api/v2/payment/refunds', {
          payment_intent_id: INTENT,
          amount: (step.cents / 100).toFixed(2),
          reason: 'r',
          ...(step.scenario && { metadata: { sandbox_scenario: step.scenario } }),
        });
        return;
      case 'pay':
        this.#pay(step);
        return;
      case 'charge':
        this.#charge(step);
        return;
      case 'order':
        this.#post('/upayments/api/v1/create-refund', {
          orderId: KNET,
          totalPrice: step.fils / 1_000,
          reference: step.reference,
        });
        return;
      case 'vendors': {
        const stepOne = this.#post('/upayments/api/v1/create-refund', { orderId: PAGE_VENDORS, totalPrice: 0.001 });
        const rows = (stepOne['data'] as { refundPayload?: object[] } | null)?.refundPayload ?? [];
        this.#post('/upayments/api/v1/create-multivendor-refund', {
          orderId: PAGE_VENDORS,
          refundPayload: rows.map((row, index) => ({ ...row, amountToRefund: (step.fils[index] ?? 0) / 1_000 })),
          reference: step.reference,
        });
        return;
      }
      case 'delete': {
        const rows = rowsOf(this.state.store).upayments_refunds;
        const row = rows[step.which % rows.length]!;
        this.#post(`/upayments/api/v1/delete-${row.vendor === null ? '' : 'multivendor-'}refund`, {
          orderId: row.id,
          refundOrderId: row.refund_order_id,
          refundArn: row.refund_arn,
          generatedInvoiceId: row.generated_invoice_id ?? '0',
        });
        return;
      }
      case 'advance':
        this.state.clock.advance(step.seconds * 1_000);
        settleDue(this.state);
    }
  }
}

const sumsOf = (store: Store) => [
  ...rowsOf(store).uqpay_intents.map(({ id }) => {
    const { held, refunded } = uqpayStore({ store }).refundsOfIntent(id);
    return [id, held, refunded];
  }),
  ...rowsOf(store).upayments_orders.map(({ id }) => {
    const { held, refunded } = upaymentsStore({ store }).refundsOfOrder(id);
    return [id, held, refunded];
  }),
  ...rowsOf(store).upayments_vendors.map(({ id }) => {
    const { held, refunded } = upaymentsStore({ store }).sumsOfVendor(id);
    return [id, held, refunded];
  }),
];

/** UQPAY's balances plus refunds minus captures, by currency. No call may change this sum. */
function balances({ store }: SandboxState): Record<string, bigint> {
  const sums: Record<string, bigint> = {};
  const add = (currency: string, minor: bigint) => (sums[currency] = (sums[currency] ?? 0n) + minor);
  const { uqpay_balances, uqpay_intents, uqpay_refunds } = rowsOf(store);
  for (const row of uqpay_balances) add(row.currency, minorOf(row.available_balance, row.currency));
  for (const row of uqpay_intents) add(row.currency, -minorOf(row.captured_amount, row.currency));
  for (const row of uqpay_refunds) {
    if (row.refund_status !== 'FAILED') add(row.currency, minorOf(row.amount, row.currency));
  }
  return sums;
}

/** UPayments' balances plus refunds minus the charges since the seed. No call may change this sum. */
function money({ store }: SandboxState): bigint {
  const { upayments_accounts: accounts, upayments_refunds: refunds, upayments_orders: orders } = rowsOf(store);
  const charged = orders
    .filter(({ id, captured }) => captured && !SEEDED.has(id))
    .reduce((sum, { total_price, currency }) => sum + minorOf(total_price, currency), 0n);
  const balances = accounts.reduce((sum, { balance, currency }) => sum + minorOf(balance, currency), -charged);
  return refunds
    .filter(({ refund_status: status }) => status !== 'deleted')
    .reduce((sum, { amount, currency }) => sum + minorOf(amount, currency), balances);
}

describe('any calls in any order', () => {
  it('never refund more than was captured, lose no money and keep the running sums right', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 40 }), (steps) => {
        const driver = new Driver();
        const moneyBefore = money(driver.state);
        const balancesBefore = balances(driver.state);
        for (const step of steps) driver.run(step);
        const { store } = driver.state;
        assert.equal(rulesFault(BUILT_IN.data, store.collections), undefined);
        const fresh = indexedAnew(store);
        assert.deepEqual(sumsOf(store), sumsOf(fresh));
        assert.deepEqual(rowsOf(store).uqpay_attempts, rowsOf(fresh).uqpay_attempts);
        assert.equal(money(driver.state), moneyBefore);
        assert.deepEqual(balances(driver.state), balancesBefore);
        for (const [name, rows] of Object.entries(store.collections)) {
          for (const row of rows) assert.equal(rowFault(BUILT_IN.data, name, row), undefined, JSON.stringify(row));
        }
      }),
      { seed: SEED, numRuns: 200 },
    );
  });
});
