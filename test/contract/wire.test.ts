import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';
import * as z from 'zod/mini';

import * as contract from '../../contract/index.ts';
import { seeded } from '../seeded.ts';
import { SEED_UPAYMENTS, SEED_UQPAY } from './seed-pages.ts';

describe('the UQPAY seed page', () => {
  it('parses: request and response', () => {
    assert.equal(z.parse(contract.uqpayCreateRefund, SEED_UQPAY.request).amount, '10.01');
    assert.equal(z.parse(contract.uqpayRefund, SEED_UQPAY.response).refund_status, 'SUCCEEDED');
  });

  it('has seven statuses, each with a standing', () => {
    assert.deepEqual(
      contract.UQPAY_REFUND_STATUSES.map((status) => [status, contract.uqpayStanding(status)]),
      [
        ['INITIATED', 'pending'],
        ['PROCESSING', 'pending'],
        ['SUCCEEDED', 'succeeded'],
        ['FAILED', 'failed'],
        ['REVERSAL_INITIATED', 'reversing'],
        ['REVERSAL_PROCESSING', 'reversing'],
        ['REVERSAL_SUCCEEDED', 'reversed'],
      ],
    );
  });

  it('limits the reason to 100 characters and the intent id to 36', () => {
    const limits = { reason: 100, payment_intent_id: 36 };
    for (const [field, limit] of Object.entries(limits)) {
      const at = { ...SEED_UQPAY.request, [field]: 'x'.repeat(limit) };
      const above = { ...SEED_UQPAY.request, [field]: 'x'.repeat(limit + 1) };
      assert.equal(z.safeParse(contract.uqpayCreateRefund, at).success, true);
      assert.equal(z.safeParse(contract.uqpayCreateRefund, above).success, false);
    }
  });
});

describe('a refund status that the enum does not know', () => {
  for (const status of ['PENDING', 'succeeded', '', 'constructor', '__proto__']) {
    it(`is kept unchanged and never read as failed: ${JSON.stringify(status)}`, () => {
      const refund = z.parse(contract.uqpayRefund, { ...SEED_UQPAY.response, refund_status: status });
      assert.equal(refund.refund_status, status);
      const standing = contract.uqpayStanding(status);
      assert.equal(standing, 'unrecognised');
      assert.equal(contract.countsAgainstRefundable(standing), true);
      assert.equal(contract.isFinal(standing), false);
    });
  }
});

describe('the UPayments seed page', () => {
  it('parses: request and both responses', () => {
    assert.equal(z.parse(contract.upaymentsCreateRefund, SEED_UPAYMENTS.request).totalPrice, 10);
    const ordinary = z.parse(contract.upaymentsCreateRefundAnswer, SEED_UPAYMENTS.ordinary).data;
    assert.ok(!('isMultivendorRefund' in ordinary) && ordinary.orderId.endsWith(ordinary.refundOrderId));
    const vendors = z.parse(contract.upaymentsVendorsOpened, SEED_UPAYMENTS.vendors.data);
    assert.deepEqual(
      vendors.refundPayload.map(({ totalPaid }) => totalPaid),
      ['50.000', '50.000'],
    );
    assert.equal(z.parse(contract.upaymentsCreateRefundAnswer, SEED_UPAYMENTS.vendors).data.orderId, vendors.orderId);
  });

  it('accepts only a number as totalPrice', () => {
    for (const totalPrice of ['10', null, true, [10]]) {
      assert.equal(
        z.safeParse(contract.upaymentsCreateRefund, { ...SEED_UPAYMENTS.request, totalPrice }).success,
        false,
      );
    }
  });

  it('is not a success when status is false', () => {
    const refusal = { ...SEED_UPAYMENTS.ordinary, status: false };
    assert.equal(z.safeParse(contract.upaymentsCreateRefundAnswer, refusal).success, false);
  });
});

describe('an amount as a JSON number', () => {
  it('survives a round trip through JSON with up to ten digits', () => {
    seeded(
      fc.property(fc.bigInt(0n, 9_999_999_999n), fc.constantFrom('KWD', 'USD', 'JPY'), (minor, currency) => {
        const wire = JSON.stringify({ totalPrice: contract.toJsonAmount(minor, currency) });
        const { totalPrice } = JSON.parse(wire) as { totalPrice: number };
        assert.deepEqual(contract.fromJsonAmount(totalPrice, currency), { ok: true, minor });
      }),
      { runs: 2000 },
    );
  });

  it('is refused when a float cannot hold it exactly', () => {
    assert.throws(() => contract.toJsonAmount(123_456_789_012_345_678n, 'KWD'), contract.InexactAmountError);
  });

  it('is parsed from the decimal text of the number', () => {
    assert.deepEqual(contract.fromJsonAmount(0.1 + 0.2, 'KWD'), { ok: false, fault: 'too_many_decimals' });
    assert.deepEqual(contract.fromJsonAmount(1e21, 'KWD'), { ok: false, fault: 'exponent' });
    assert.deepEqual(contract.fromJsonAmount(1e-7, 'KWD'), { ok: false, fault: 'exponent' });
    assert.deepEqual(contract.fromJsonAmount(-1, 'KWD'), { ok: false, fault: 'sign' });
    assert.deepEqual(contract.fromJsonAmount(Number.NaN, 'KWD'), { ok: false, fault: 'not_a_number' });
  });
});

describe("the outcome of each vendor's row", () => {
  const [first, second] = SEED_UPAYMENTS.vendors.data.refundPayload;
  const sent = [
    { ...first, amountToRefund: 5 },
    { ...second, amountToRefund: 7.5 },
  ];
  const generated = (amount: number) => ({
    generatedInvoiceId: 'G1',
    amount,
    orderId: 'O',
    refundOrderId: 'R',
    refundArn: 'A',
  });
  const answer = (lists: Partial<Record<'generated' | contract.UpaymentsRefusal, object[]>>) =>
    z.parse(contract.upaymentsVendorsRefundAnswer, {
      status: true,
      message: 'success',
      data: { responseData: { generated: [], dataTempered: [], refundIssue: [], insufficientBalance: [], ...lists } },
    });
  const kinds = (lists: Parameters<typeof answer>[0]) =>
    contract.matchVendorOutcomes(sent, answer(lists), 'KWD').map(({ kind }) => kind);

  it('is found by position when the amounts agree', () => {
    assert.deepEqual(kinds({ generated: [generated(5), generated(7.5)] }), ['generated', 'generated']);
  });

  it('is found by amount when the order differs', () => {
    const outcomes = contract.matchVendorOutcomes(sent, answer({ generated: [generated(7.5), generated(5)] }), 'KWD');
    assert.deepEqual(
      outcomes.map((outcome) => outcome.kind === 'generated' && outcome.generated.amount),
      [5, 7.5],
    );
  });

  it('is the refusal that names the row, with the message of the provider', () => {
    const outcomes = contract.matchVendorOutcomes(
      sent,
      answer({ generated: [generated(7.5)], insufficientBalance: [{ ...first, message: 'Balance is too low' }] }),
      'KWD',
    );
    assert.deepEqual(outcomes[0], { kind: 'insufficientBalance', message: 'Balance is too low' });
    assert.equal(outcomes[1]?.kind, 'generated');
  });

  it('is unknown, never failed, when no list contains the row', () => {
    assert.deepEqual(kinds({ generated: [generated(5)] }), ['generated', 'unknown']);
    assert.deepEqual(kinds({ generated: [generated(99)] }), ['unknown', 'unknown']);
    assert.deepEqual(kinds({}), ['unknown', 'unknown']);
  });

  it('is unknown when some of several rows with one amount are missing', () => {
    const alike = [{ ...first, amountToRefund: 5 }, ...sent.toReversed()];
    const kindsOf = (amounts: readonly number[]) =>
      contract
        .matchVendorOutcomes(alike, answer({ generated: amounts.map((amount) => generated(amount)) }), 'KWD')
        .map(({ kind }) => kind);
    assert.deepEqual(kindsOf([5]), ['unknown', 'unknown', 'unknown']);
    assert.deepEqual(kindsOf([5, 7.5]), ['unknown', 'generated', 'unknown']);
    assert.deepEqual(kindsOf([5, 5]), ['generated', 'unknown', 'generated']);
  });
});

describe('problems of the proxy', () => {
  it('say whether money may have moved', () => {
    const effect = (status: number, said?: string) =>
      contract.problemEffect({ code: 'any', status, title: '', ...(said !== undefined && { effect: said }) });
    assert.equal(effect(504, 'unknown'), 'unknown');
    assert.equal(effect(409, 'running'), 'running');
    assert.equal(effect(409, 'nothing'), 'nothing');
    assert.equal(effect(502, 'nothing'), 'nothing');
    assert.equal(effect(422, 'from_a_newer_proxy'), 'unknown');
  });

  it('without an effect mean that nothing moved only with a plain refusal', () => {
    const effect = (status: number) => contract.problemEffect({ code: 'any', status, title: '' });
    assert.equal(effect(422), 'nothing');
    assert.equal(effect(408), 'unknown');
    assert.equal(effect(409), 'unknown');
    assert.equal(effect(500), 'unknown');
    assert.equal(effect(504), 'unknown');
  });

  it('each have an HTTP error status and a title', () => {
    for (const [code, { status, title }] of Object.entries(contract.PROBLEMS)) {
      assert.ok(status >= 400 && status < 600 && title.length > 0, code);
    }
    assert.equal(contract.isProblemCode('outcome_unknown'), true);
    assert.equal(contract.isProblemCode('toString'), false);
  });
});
