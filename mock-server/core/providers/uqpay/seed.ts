import { toDecimal } from '../../../../contract/money.ts';
import type {
  SeedData,
  UpaymentsOrderRow,
  UpaymentsPaymentRow,
  UqpayAttemptRow,
  UqpayBalanceRow,
  UqpayIntentRow,
  UqpayRefundRow,
} from './rows.ts';
import { balanceKey } from './rows.ts';

/** One shop's last sales, fixed in time. They make the provider pages' own example requests work word for word. */
const DAY = '2026-11-01';
const at = (time: string) => `${DAY}T${time}:00+08:00`;

interface Sale {
  /** The master account's without it. */
  readonly account?: string | undefined;
  /** Nineteen digits, of the intent and of its attempt. */
  readonly digits: string;
  readonly currency: string;
  readonly amount: string;
  readonly order: string;
  readonly time: string;
  readonly captured?: string;
  readonly refunded?: string;
}

const SALES: readonly Sale[] = [
  { digits: '1234567890123456789', currency: 'USD', amount: '250.00', order: 'order_6789', time: '09:00' },
  { digits: '2000000000000000001', currency: 'SGD', amount: '128.40', order: 'SG-1042', time: '09:07' },
  { digits: '2000000000000000002', currency: 'HKD', amount: '1880.00', order: 'HK-2207', time: '09:16' },
  { digits: '2000000000000000003', currency: 'JPY', amount: '12800', order: 'JP-3311', time: '09:24' },
  { digits: '2000000000000000004', currency: 'KWD', amount: '45.500', order: 'KW-0457', time: '09:31' },
  {
    digits: '2000000000000000005',
    currency: 'USD',
    amount: '89.90',
    order: 'US-5120',
    time: '09:45',
    refunded: '30.00',
  },
  {
    digits: '2000000000000000006',
    currency: 'SGD',
    amount: '60.00',
    order: 'SG-1043',
    time: '09:52',
    refunded: '60.00',
  },
  {
    digits: '2000000000000000007',
    currency: 'USD',
    amount: '310.00',
    order: 'US-5121',
    time: '10:03',
    captured: '0.00',
  },
  { digits: '2000000000000000008', currency: 'SGD', amount: '75.00', order: 'SG-1044', time: '10:11' },
];

/** A connected account, for `x-on-behalf-of`, and what it has sold by itself. */
const CONNECTED = 'c0a80101-0000-4000-8000-000000000001';
const CONNECTED_SALES: readonly Sale[] = [
  {
    digits: '3000000000000000001',
    currency: 'USD',
    amount: '140.00',
    order: 'CA-0001',
    time: '10:20',
    account: CONNECTED,
  },
  {
    digits: '3000000000000000002',
    currency: 'SGD',
    amount: '52.00',
    order: 'CA-0002',
    time: '10:28',
    account: CONNECTED,
  },
];

const intent = ({ digits, account, currency, amount, order, time, captured }: Sale): UqpayIntentRow => ({
  id: `PI${digits}`,
  account: account ?? null,
  amount,
  currency,
  captured_amount: captured ?? amount,
  intent_status: captured === undefined ? 'SUCCEEDED' : 'REQUIRES_CAPTURE',
  merchant_order_id: order,
  description: `Order ${order}`,
  metadata: {},
  return_url: 'https://shop.example/return',
  payment_method: 'card',
  latest_attempt: `PA${digits}`,
  client_secret: `PI${digits}_secret`,
  create_time: at(time),
  update_time: at(time),
  complete_time: captured === undefined ? at(time) : null,
  cancel_time: null,
  cancellation_reason: null,
});

const attempt = ({ digits, currency, amount, time, captured, refunded }: Sale): UqpayAttemptRow => ({
  id: `PA${digits}`,
  payment_intent: `PI${digits}`,
  amount,
  currency,
  captured_amount: captured ?? amount,
  refunded_amount: refunded ?? (currency === 'JPY' ? '0' : currency === 'KWD' ? '0.000' : '0.00'),
  attempt_status: captured === undefined ? 'SUCCEEDED' : 'AUTHORIZED',
  payment_method: 'card',
  auth_code: digits.slice(-6),
  arn: null,
  rrn: null,
  failure_code: null,
  create_time: at(time),
  update_time: at(time),
  complete_time: captured === undefined ? at(time) : null,
});

const refund = (sale: Sale, amount: string, given: Partial<UqpayRefundRow>): UqpayRefundRow => ({
  id: `RF${sale.digits}`,
  payment_intent: `PI${sale.digits}`,
  payment_attempt: `PA${sale.digits}`,
  amount,
  currency: sale.currency,
  refund_status: 'SUCCEEDED',
  lifecycle: 'default',
  reason: 'Order cancelled',
  metadata: null,
  create_time: at('11:30'),
  update_time: at('11:31'),
  complete_time: at('11:31'),
  ...given,
});

const order = (id: string, total: string, type: 'knet' | 'cc', time: string): UpaymentsOrderRow => ({
  id,
  // Another id than the one that a refund goes by, as in every order of this sandbox.
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

/** How each order was paid, or was not: what get-payment-status answers for it. */
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
  // Too little to give its 30.000 back: the vendor whose row comes back as insufficientBalance.
  {
    id: 'dmVuZG9yQjAwMg==',
    order: SHORT_VENDORS,
    iban: 'KW77BBYN0000000000005566778899',
    paid: '30.000',
    balance: '5.000',
  },
];

const done = (of: string, amount: string, digit: string) => {
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

const sale = (digits: string): Sale => SALES.find((found) => found.digits === digits)!;

const balance = (currency: string, available: string, account: string | null = null): UqpayBalanceRow => ({
  id: balanceKey(account, currency),
  account,
  currency,
  available_balance: available,
  pending_balance: toDecimal(0n, currency),
});

export const DEFAULT_SEED: SeedData = {
  uqpay_accounts: [{ id: CONNECTED, name: 'Connected shop' }],
  uqpay_intents: [...SALES, ...CONNECTED_SALES].map(intent),
  uqpay_attempts: [...SALES, ...CONNECTED_SALES].map(attempt),
  uqpay_refunds: [
    refund(sale('2000000000000000005'), '30.00', { reason: 'One item returned' }),
    refund(sale('2000000000000000006'), '60.00', {}),
    // Still on its way for good: nothing is planned for it.
    refund(sale('2000000000000000008'), '25.00', {
      refund_status: 'PROCESSING',
      lifecycle: 'stay_processing',
      reason: 'Damaged on arrival',
      complete_time: null,
    }),
  ],
  uqpay_balances: [
    balance('USD', '50000.00'),
    balance('SGD', '50000.00'),
    balance('HKD', '200000.00'),
    balance('JPY', '2000000'),
    balance('KWD', '10000.000'),
    balance('USD', '2000.00', CONNECTED),
    balance('SGD', '2000.00', CONNECTED),
  ],
  upayments_orders: ORDERS,
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
  upayments_refunds: [done(PARTLY, '20.000', '3'), done(FULLY, '25.000', '4')],
};
