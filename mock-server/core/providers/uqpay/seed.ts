import { toDecimal } from '../../../../contract/money.ts';
import {
  balanceKey,
  type UqpayAttemptRow,
  type UqpayBalanceRow,
  type UqpayCollections,
  type UqpayIntentRow,
  type UqpayRefundRow,
} from './rows.ts';

/** The last sales of one shop, fixed in time. The example requests of the provider's pages work with them word for word. */
const DAY = '2026-11-01';
const at = (time: string) => `${DAY}T${time}:00+08:00`;

interface Sale {
  /** The master account without it. */
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

/** A connected account, for `x-on-behalf-of`, and its own sales. */
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

const sale = (digits: string): Sale => SALES.find((found) => found.digits === digits)!;

const balance = (currency: string, available: string, account: string | null = null): UqpayBalanceRow => ({
  id: balanceKey(account, currency),
  account,
  currency,
  available_balance: available,
  pending_balance: toDecimal(0n, currency),
});

export const UQPAY_SEED: Partial<UqpayCollections> = {
  uqpay_accounts: [{ id: CONNECTED, name: 'Connected shop' }],
  uqpay_intents: [...SALES, ...CONNECTED_SALES].map(intent),
  uqpay_attempts: [...SALES, ...CONNECTED_SALES].map(attempt),
  uqpay_refunds: [
    refund(sale('2000000000000000005'), '30.00', { reason: 'One item returned' }),
    refund(sale('2000000000000000006'), '60.00', {}),
    // It stays in this status: its lifecycle plans nothing more.
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
};
