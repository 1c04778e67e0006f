import { expect } from '@open-wc/testing';

import { isIban, maskIban } from '../../contract/iban.ts';
import {
  upaymentsVendorsRefund,
  upaymentsCreateRefund,
  upaymentsDeleteRefund,
  upaymentsDeleteVendorsRefund,
} from '../../contract/upayments.ts';
import { uqpayCreateRefund } from '../../contract/uqpay.ts';
import { upayments } from '../../widget/adapters/upayments.ts';
import { uqpay } from '../../widget/adapters/uqpay.ts';
import type { Refund, RefundRequest } from '../../widget/model.ts';

const ORDER: RefundRequest = {
  paymentId: 'PI1',
  attemptId: 'PA1',
  amount: 12_500n,
  currency: 'KWD',
  reason: 'Returned goods',
  reference: 'A-1',
};
const row = (refundRequestId: string, ibanNumber: string) => ({
  refundRequestId,
  ibanNumber,
  totalPaid: '50.000',
  refundedAmount: 0,
  remainingLimit: 50,
  amountToRefund: 0,
  merchantType: 'vendor',
});
const ROWS = [row('a', 'KW91KFHO0000000000051010173254'), row('b', 'KW31NBOK0000000000002010177457'), row('c', 'KW11')];
const VENDORS_ANSWER = {
  status: true,
  message: 'success',
  data: { orderId: 'o', isMultivendorRefund: true, refundPayload: ROWS, multivendor_refund_end_point: 'https://x' },
};

describe('the adapter of UQPAY', () => {
  const refund = { payment_refund_id: 'RF1', amount: '12.500', currency: 'KWD', refund_status: 'INITIATED' };
  const RF1 = { id: 'RF1', amount: '12.500', currency: 'KWD' } as Refund;

  it('takes an answer about another refund for none', () => {
    expect(uqpay.readCreated({ ...refund, amount: '12.50' }, ORDER)).not.to.equal(undefined);
    for (const other of [{ amount: '12.510' }, { amount: '1e1' }, { currency: 'USD', amount: '12.50' }]) {
      expect(uqpay.readCreated({ ...refund, ...other }, ORDER), JSON.stringify(other)).to.equal(undefined);
    }
    for (const other of [{ payment_refund_id: 'RF2' }, { amount: '12.510' }, { currency: 'USD', amount: '12.50' }]) {
      expect(uqpay.readStatus({ ...refund, ...other }, RF1), JSON.stringify(other)).to.equal(undefined);
    }
  });

  it('sends the amount as a decimal string', () => {
    const { path, body } = uqpay.create(ORDER);
    expect(path).to.equal('/v2/payment/refunds');
    expect(body).to.deep.equal({
      payment_intent_id: 'PI1',
      payment_attempt_id: 'PA1',
      amount: '12.500',
      reason: 'Returned goods',
      metadata: { reference: 'A-1' },
    });
    expect(uqpayCreateRefund.safeParse(body).success).to.equal(true);
  });

  it('keeps an unknown status as it came, and does not report it as failed', () => {
    expect(uqpay.readStatus({ ...refund, refund_status: 'PENDING' }, RF1)).to.deep.include({
      standing: 'unrecognised',
      words: 'PENDING',
    });
  });

  it('reports the progress of a refund', () => {
    const progress = ['INITIATED', 'PROCESSING', 'SUCCEEDED'].map(
      (refund_status) => uqpay.readStatus({ ...refund, refund_status }, RF1)?.progress,
    );
    expect(progress).to.deep.equal([2, 3, 4]);
  });

  it('quotes a refusal in the provider’s words, whatever it means for the money', () => {
    const error = { type: 'refund_error', code: 'amount_too_large', message: 'Too much' };
    expect(uqpay.readRefusal(400, error)).to.deep.equal({ code: 'amount_too_large', words: 'Too much', proxy: false });
    expect(uqpay.readRefusal(401, { error: 'token expired' })).to.deep.include({ code: '401', words: 'token expired' });
    expect(uqpay.readRefusal(400, { code: 4001, message: 'Wait' })).to.deep.include({ code: '400', words: 'Wait' });
    expect(uqpay.readRefusal(400, '<html>')).to.equal(undefined);
  });

  it('computes the figures of a payment from every page of its refunds, including pending ones', async () => {
    const pages = [
      [
        { ...refund, amount: '10.000', refund_status: 'SUCCEEDED' },
        { ...refund, amount: '7.000', refund_status: 'FAILED' },
      ],
      [{ ...refund, amount: '5.000', refund_status: 'REVERSAL_INITIATED' }],
    ];
    const paths: string[] = [];
    const summary = await uqpay.readPayment!((path) => {
      paths.push(path);
      const page = Number(new URLSearchParams(path.split('?')[1]).get('page_number'));
      if (page) return Promise.resolve({ total_pages: 2, total_items: 3, data: pages[page - 1] });
      return Promise.resolve({
        currency: 'KWD',
        intent_status: 'SUCCEEDED',
        captured_amount: '100.000',
        latest_payment_attempt: {
          attempt_id: 'PA1',
          captured_amount: '100.000',
          refunded_amount: '10.000',
          payment_method: { type: 'card' },
        },
      });
    }, 'PI1');
    expect(paths).to.have.length(3);
    expect(summary).to.deep.include({
      captured: 100_000n,
      refunded: 10_000n,
      pending: 5_000n,
      refundable: 85_000n,
      attemptId: 'PA1',
      method: 'card',
    });
  });

  it('reports a payment that is not paid as not refundable', async () => {
    const summary = await uqpay.readPayment!(
      (path) =>
        Promise.resolve(
          path.includes('?')
            ? { total_pages: 1, total_items: 0, data: [] }
            : { currency: 'KWD', intent_status: 'PENDING', captured_amount: '10.000' },
        ),
      'PI1',
    );
    expect(summary).to.deep.include({ refundable: 0n, notRefundable: 'PENDING' });
  });
});

describe('the adapter of UPayments', () => {
  it('promises the time of a payment method only when it is known', () => {
    expect(['knet', 'KNET', 'cc', undefined, null, ''].map((method) => upayments.duration(method))).to.deep.equal([
      'takes_knet',
      'takes_knet',
      'takes_slow',
      'takes_varies',
      'takes_varies',
      'takes_varies',
    ]);
  });

  it('sends the exact amount as a JSON number', () => {
    const { path, body } = upayments.create(ORDER);
    expect(path).to.equal('/create-refund');
    expect(body).to.deep.equal({ orderId: 'PI1', totalPrice: 12.5, reference: 'A-1', refundReason: 'Returned goods' });
    expect(upaymentsCreateRefund.safeParse(body).success).to.equal(true);
  });

  it('reads an ordinary refund, which can be cancelled', () => {
    const data = { orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' };
    const created = upayments.readCreated(
      { status: true, message: 'Refund invoice generated successfully', data },
      ORDER,
    );
    const [refund] = created && 'refunds' in created ? created.refunds : [];
    expect(refund).to.deep.include({
      id: 'longHsUD',
      amount: '12.500',
      standing: 'pending',
      words: 'Refund invoice generated successfully',
    });
    const call = upayments.cancel!.call(refund!);
    expect(call).to.deep.equal({ path: '/delete-refund', body: { orderId: 'longHsUD', refundOrderId: 'HsUD' } });
    expect(upaymentsDeleteRefund.safeParse(call.body).success).to.equal(true);
    expect(upayments.statusPath(refund!)).to.equal('/check-refund-status/longHsUD');
  });

  it('quotes a refusal with the fields that it names', () => {
    expect(upayments.readRefusal(201, { status: false, message: 'No', data: null })).to.deep.include({ words: 'No' });
    expect(
      upayments.readRefusal(422, {
        status: false,
        message: 'No',
        data: null,
        errors: { totalPrice: ['must be a number'] },
      }),
    ).to.deep.include({ code: '422', words: 'No must be a number' });
    const low = 'totalPrice: insufficient balance';
    const repeated = { status: false, message: low, errors: { totalPrice: [low] } };
    expect(upayments.readRefusal(422, repeated)).to.deep.include({ words: low });
    expect(upayments.readRefusal(502, '<html>')).to.equal(undefined);
  });

  it('reads no refund from an answer whose vendor rows it cannot read', () => {
    const data = { isMultivendorRefund: true, refundPayload: [{}], orderId: 'O', refundOrderId: 'R', refundArn: '1' };
    expect(upayments.readCreated({ status: true, message: 'success', data }, ORDER)).to.equal(undefined);
  });

  it('reads the vendors of the first step, and sends only amounts above zero in the second', () => {
    const created = upayments.readCreated(VENDORS_ANSWER, ORDER);
    const opened = created && 'opened' in created ? created.opened : undefined;
    expect(opened?.limits).to.deep.equal([50_000n, 50_000n, 50_000n]);
    const call = upayments.vendors!.call(ORDER, opened!, [10_000n, 0n, 2_500n]);
    expect(upaymentsVendorsRefund.safeParse(call.body).success).to.equal(true);
    expect(call.body['refundPayload']).to.deep.equal([
      { ...ROWS[0], amountToRefund: 10 },
      { ...ROWS[2], amountToRefund: 2.5 },
    ]);
  });

  it('reports the result of each vendor, and unknown for a vendor without one', () => {
    const opened = { orderId: 'o', rows: ROWS, limits: [50_000n, 50_000n, 50_000n] };
    const call = upayments.vendors!.call(ORDER, opened, [10_000n, 2_000n, 500n]);
    const generated = { generatedInvoiceId: 7, amount: 10, orderId: 'oo', refundOrderId: 'ro', refundArn: 'arn' };
    const responseData = {
      generated: [generated],
      dataTempered: [],
      refundIssue: [],
      insufficientBalance: [{ ...ROWS[1], message: 'Short' }],
    };
    const created = upayments.vendors!.read({ status: true, message: 'success', data: { responseData } }, call, ORDER);
    const refunds = created && 'refunds' in created ? created.refunds : [];
    expect(refunds.map(({ standing, why, amount, vendor }) => [standing, why, amount, vendor])).to.deep.equal([
      ['pending', undefined, '10.000', 'KW91 •••• 3254'],
      ['failed', 'insufficientBalance', '2.000', 'KW31 •••• 7457'],
      ['unknown', undefined, '0.500', 'KW11'],
    ]);
    const cancel = upayments.cancel!.call(refunds[0]!);
    expect(cancel.path).to.equal('/delete-multivendor-refund');
    expect(upaymentsDeleteVendorsRefund.safeParse(cancel.body).success).to.equal(true);
    // The proxy lists the same ids as texts. One key must carry one body, whichever of the two was read.
    const references = { generatedInvoiceId: '7', orderId: 'oo', refundOrderId: 'ro', refundArn: 'arn' };
    expect(upayments.listed('pending', 'initiated', references, 'oo').cancel).to.deep.equal(cancel.body);
    const padded = upayments.listed('pending', 'initiated', { ...references, generatedInvoiceId: '07' }, 'oo');
    expect(padded.cancel).to.include({ generatedInvoiceId: '07' });
  });

  it('never shows a whole IBAN', () => {
    expect(maskIban('KW91KFHO0000000000051010173254')).to.equal('KW91 •••• 3254');
  });

  it('tells an IBAN, written in any way, from a number that is none', () => {
    for (const iban of ['KW91KFHO0000000000051010173254', 'kw91 kfho 0000 0000 0005 1010 1732 54', 'NO9386011117947']) {
      expect(isIban(iban), iban).to.equal(true);
    }
    for (const other of ['dmVuZG9yIG51bWJlciAxMQ==', 'KW91 •••• 3254', '1234567890123456', 'r0', '']) {
      expect(isIban(other), other).to.equal(false);
    }
  });
});
