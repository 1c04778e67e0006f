import type { UpaymentsCollections, UpaymentsOrderRow, UpaymentsPaymentRow } from './rows.ts';

const DAY = '2026-11-01';
const at = (time: string) => `${DAY}T${time}:00+08:00`;

const order = (id: string, total: string, type: 'knet' | 'cc', time: string): UpaymentsOrderRow => ({
  id,
  // Differs from the id that a refund request uses, as in every order of this sandbox.
  order_id: `seed-order-${time.replace(':', '')}`,
  total_price: total,
  currency: 'KWD',
  payment_type: type,
  captured: true,
  multivendor: false,
  reference: null,
  offered: null,
  create_time: at(time),
});

const PARTLY = 'up20261103knet0000000000000000000000000000000000000000000000000003';
const FULLY = 'up20261104card0000000000000000000000000000000000000000000000000004';
const PAGE_VENDORS = 'x9qgyobGKN2022101012552551446691695107275189570586650948cbbbbb0';
const SHORT_VENDORS = 'up20261106vend0000000000000000000000000000000000000000000000000006';

const ORDERS: readonly UpaymentsOrderRow[] = [
  order('mv1GZnrG2l20221010125525514466916867376022022026038648992c2755f2', '100.000', 'knet', '09:02'),
  order('up20261101knet0000000000000000000000000000000000000000000000000001', '32.750', 'knet', '09:11'),
  order('up20261102card0000000000000000000000000000000000000000000000000002', '18.900', 'cc', '09:20'),
  order(PARTLY, '64.000', 'knet', '09:28'),
  order(FULLY, '25.000', 'cc', '09:36'),
  {
    ...order('up20261105knet0000000000000000000000000000000000000000000000000005', '40.000', 'knet', '09:44'),
    captured: false,
  },
  { ...order(PAGE_VENDORS, '100.000', 'knet', '09:50'), multivendor: true },
  { ...order(SHORT_VENDORS, '90.000', 'knet', '10:05'), multivendor: true },
];

/** The payment of each order, for get-payment-status. */
const payment = ({ id, captured, create_time }: UpaymentsOrderRow, index: number): UpaymentsPaymentRow => ({
  id: `2026110109000000000${index + 1}`,
  order: id,
  merchant_order_id: `KW-${index + 2001}`,
  session_id: `seedSession${index + 1}`,
  invoice_id: `10002026${index + 1}`,
  payment_id: captured ? `1002026110000000000${index + 1}` : null,
  result: captured ? 'CAPTURED' : 'NOT CAPTURED',
  reference: null,
  customer_unique_id: null,
  return_url: 'https://shop.example/return',
  cancel_url: 'https://shop.example/cancel',
  notify_url: null,
  transaction_date: `${DAY} 04:${create_time.slice(14, 16)}:00`,
  create_time,
  update_time: create_time,
});

interface Vendor {
  readonly id: string;
  readonly order: string;
  readonly iban: string;
  readonly paid: string;
  readonly balance: string;
}

const VENDORS: readonly Vendor[] = [
  {
    id: 'cDg2RTY1Yjc5aw==',
    order: PAGE_VENDORS,
    iban: 'KW91KFHO0000000000051010173254',
    paid: '50.000',
    balance: '5000.000',
  },
  {
    id: 'bExqUVk2T1Y4Tg==',
    order: PAGE_VENDORS,
    iban: 'KW31NBOK0000000000002010177457',
    paid: '50.000',
    balance: '5000.000',
  },
  {
    id: 'dmVuZG9yQTAwMQ==',
    order: SHORT_VENDORS,
    iban: 'KW55GULB0000000000001122334455',
    paid: '60.000',
    balance: '5000.000',
  },
  // Its balance is too low for its 30.000: a refund of it lands in insufficientBalance.
  {
    id: 'dmVuZG9yQjAwMg==',
    order: SHORT_VENDORS,
    iban: 'KW77BBYN0000000000005566778899',
    paid: '30.000',
    balance: '5.000',
  },
];

const refunded = (of: string, amount: string, digit: string) => {
  const refundOrderId = `seedRefundOrder${digit.repeat(17)}`;
  return {
    id: `${of}seed${refundOrderId}`,
    refund_order_id: refundOrderId,
    refund_arn: `20261101${digit.repeat(22)}`,
    order: of,
    vendor: null,
    generated_invoice_id: null,
    account: 'merchant',
    amount,
    currency: 'KWD',
    refund_status: 'refunded' as const,
    refunded_date: `${DAY} 10:30:00`,
    reference: null,
    notify_url: null,
    create_time: at('12:00'),
    update_time: at('15:30'),
  };
};

export const UPAYMENTS_SEED: UpaymentsCollections = {
  upayments_orders: [...ORDERS],
  upayments_payments: ORDERS.map(payment),
  upayments_vendors: VENDORS.map(({ id, order, iban, paid }) => ({
    id,
    order,
    iban_number: iban,
    total_paid: paid,
    currency: 'KWD',
    merchant_type: 'vendor',
    account: `vendor-${id}`,
  })),
  upayments_accounts: [
    { id: 'merchant', balance: '100000.000', currency: 'KWD' },
    ...VENDORS.map(({ id, balance }) => ({ id: `vendor-${id}`, balance, currency: 'KWD' })),
  ],
  upayments_refunds: [refunded(PARTLY, '20.000', '3'), refunded(FULLY, '25.000', '4')],
};
