import type { OrderItems } from '../../contract/money.ts';
import type { PaymentSummary, RefundFormElement } from '../../widget/element/element.ts';
import type { State } from '../../widget/flow/state.ts';
import type { MessageKey } from '../../widget/messages/registry.ts';
import {
  problemOf,
  REFUND_CREATED_REPLY,
  SUMMARY,
  upaymentsSuccess,
  uqpayRefund,
  VENDORS_OPENED_REPLY,
  VENDOR_ROWS,
  type FakeEnvironment,
} from '../widget/fake-environment.ts';

/** The form of one picture, in whichever language. */
export interface Stage {
  readonly form: RefundFormElement;
  readonly environment: FakeEnvironment;
  /** Waits for a state. */
  readonly until: (at: State['at']) => Promise<void>;
  /** Types an amount in the digits of the language. */
  readonly typeAmount: (latin: string, id?: string) => Promise<void>;
  /** Types the amount 12.500 and a reason. */
  readonly fill: (latin?: string) => Promise<void>;
  /** Does what the primary button does. */
  readonly proceed: () => Promise<void>;
  /** Clicks the first button whose text begins with this message. */
  readonly press: (message: MessageKey) => Promise<void>;
}

export interface Scene {
  /** The state in which the picture is taken. */
  readonly at: State['at'];
  readonly provider?: 'uqpay' | 'upayments';
  readonly summary?: Partial<PaymentSummary>;
  /** Sets the replies of the server before the form loads. */
  readonly prepare?: (environment: FakeEnvironment) => void;
  readonly set?: (form: RefundFormElement) => void;
  readonly play?: (stage: Stage) => Promise<void>;
}

/** A request for approval, as the proxy lists it. */
const APPROVAL = {
  asked_by: 'amal',
  asked_at: '2026-11-21T09:30:00Z',
  until: '2026-11-22T09:30:00Z',
  approvers: 'the finance team',
};
const WAITING = {
  idempotency_key: '00000000-0000-4000-8000-000000000001',
  intent_id: 'i7',
  amount: '12.500',
  status: '',
  standing: 'awaiting_approval',
  reason: 'Returned goods',
  approval: APPROVAL,
};

/** Refunds of colleagues, as the proxy lists them. A higher number is newer. */
const LISTED = ['succeeded', 'failed', 'pending'].map((standing, index) => ({
  refund_id: `RF900${index}`,
  idempotency_key: `key-${index}`,
  intent_id: `intent-${index}`,
  state: 'succeeded',
  amount: `${index + 4}.500`,
  status: standing.toUpperCase(),
  standing,
  create_time: `2026-11-1${index}T09:30:00Z`,
  reason: 'Returned goods',
  requested_by: 'basma',
}));

/** The answer to a colleague was lost. */
const LOST = {
  idempotency_key: 'key-9',
  intent_id: 'intent-9',
  state: 'unknown',
  amount: '5.000',
  status: '',
  standing: 'unknown',
  create_time: '2026-11-20T09:30:00Z',
  reason: 'Returned goods',
  requested_by: 'basma',
};

const ITEMS: OrderItems = {
  currency: 'KWD',
  items: [
    { id: 'cup', name: 'Brass cup', quantity: 5, unit_price: '4.000', discount: '2.500' },
    { id: 'plate', name: 'Serving plate', quantity: 3, unit_price: '5.000', refunded_quantity: 1 },
  ],
  shipping: '3.000',
  refunded_shipping: '1.000',
};

/** The page's names for the vendors. */
const VENDOR_NAMES = {
  [VENDOR_ROWS[0]!.ibanNumber]: 'Al-Salam Perfumes',
  [VENDOR_ROWS[1]!.ibanNumber]: 'Bayan Sweets and Pastry',
};

const CREATE = 'POST /v2/payment/refunds';
const PAYMENT = 'GET /payments/*';

const send = async (stage: Stage): Promise<void> => {
  await stage.until('editing');
  await stage.fill();
  await stage.proceed();
  await stage.until('review');
  await stage.proceed();
};

/** UQPAY answers the create with this status. */
const uqpayAnswers = (status: string) => ({
  prepare: (environment: FakeEnvironment) => environment.on(CREATE, { json: uqpayRefund(status) }),
  play: send,
});

const upaymentsCreates = {
  provider: 'upayments',
  prepare: (environment: FakeEnvironment) => environment.on('POST /create-refund', REFUND_CREATED_REPLY),
} as const;

const openVendors = async (stage: Stage): Promise<void> => {
  await send(stage);
  await stage.until('vendors');
};

const reviewVendors = async (stage: Stage): Promise<void> => {
  await openVendors(stage);
  await stage.press('split');
  await stage.proceed();
  await stage.until('vendors_review');
};

const sendVendors = async (stage: Stage): Promise<void> => {
  await reviewVendors(stage);
  await stage.proceed();
  await stage.until('vendors_result');
};

const opensVendors = {
  provider: 'upayments',
  set: (form: RefundFormElement) => {
    form.vendorNames = VENDOR_NAMES;
  },
  prepare: (environment: FakeEnvironment) => environment.on('POST /create-refund', VENDORS_OPENED_REPLY),
} as const;

const lose = { prepare: (environment: FakeEnvironment) => environment.on(CREATE, 'drop'), play: send } as const;

/** One scene for each state of the form. A state without one does not compile. */
const STATES: { readonly [At in State['at']]: Scene & { readonly at: At } } = {
  loading: { at: 'loading', prepare: (environment) => environment.on(PAYMENT, 'hang') },
  load_failed: { at: 'load_failed', prepare: (environment) => environment.on(PAYMENT, 'drop') },
  signed_out: {
    at: 'signed_out',
    prepare: (environment) => environment.on(PAYMENT, problemOf('unauthenticated', 401, { effect: 'nothing' })),
  },
  not_refundable: { at: 'not_refundable', summary: { not_refundable: 'Chargeback open' } },
  editing: { at: 'editing' },
  review: {
    at: 'review',
    async play(stage) {
      await stage.until('editing');
      await stage.fill();
      await stage.proceed();
    },
  },
  sending: { at: 'sending', prepare: (environment) => environment.on(CREATE, 'hang'), play: send },
  vendors: { at: 'vendors', ...opensVendors, play: openVendors },
  vendors_review: { at: 'vendors_review', ...opensVendors, play: reviewVendors },
  vendors_result: {
    at: 'vendors_result',
    ...opensVendors,
    prepare(environment) {
      opensVendors.prepare(environment);
      const generated = { generatedInvoiceId: 1, amount: 6.25, orderId: 'gen', refundOrderId: 'ro', refundArn: 'arn' };
      const responseData = {
        generated: [generated],
        dataTempered: [],
        refundIssue: [],
        insufficientBalance: [{ ...VENDOR_ROWS[1], message: 'Insufficient balance' }],
      };
      environment.on('POST /create-multivendor-refund', upaymentsSuccess({ responseData }));
    },
    play: sendVendors,
  },
  unknown: { at: 'unknown', ...lose },
  awaiting_approval: {
    at: 'awaiting_approval',
    prepare: (environment) => environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' })),
    async play(stage) {
      await stage.until('editing');
      await stage.fill();
      await stage.proceed();
      await stage.until('review');
      stage.environment.on(PAYMENT, { json: { ...SUMMARY, refunds: [WAITING] } });
      await stage.proceed();
    },
  },
  approving: {
    at: 'approving',
    summary: { permission: { user: 'basma', approve: true }, refunds: [WAITING] },
    async play(stage) {
      await stage.until('editing');
      await stage.press('decide');
    },
  },
  read_only: {
    at: 'read_only',
    summary: { permission: { user: 'amal', refund: false, reason: 'Refunds are made in Kuwait City' } },
  },
  pending: { at: 'pending', ...uqpayAnswers('INITIATED') },
  succeeded: { at: 'succeeded', ...uqpayAnswers('SUCCEEDED') },
  failed: { at: 'failed', ...uqpayAnswers('FAILED') },
  reversing: { at: 'reversing', ...uqpayAnswers('REVERSAL_INITIATED') },
  reversed: { at: 'reversed', ...uqpayAnswers('REVERSAL_SUCCEEDED') },
  unrecognised: { at: 'unrecognised', ...uqpayAnswers('ON_HOLD_BY_BANK') },
  cancelled: {
    at: 'cancelled',
    ...upaymentsCreates,
    prepare(environment) {
      upaymentsCreates.prepare(environment);
      environment.on('POST /delete-refund', { status: 201, json: { status: true, message: 'Deleted', data: null } });
    },
    async play(stage) {
      await send(stage);
      await stage.until('pending');
      await stage.press('cancel');
      await stage.press('cancelYes');
    },
  },
};

/** Further pictures of the states that look different by what is in them. */
const VARIANTS: Readonly<Record<string, Scene>> = {
  'editing-everything': {
    at: 'editing',
    async play(stage) {
      await stage.until('editing');
      stage.form.shadowRoot!.querySelector<HTMLInputElement>('input[type=radio]')!.click();
    },
  },
  'editing-items': {
    at: 'editing',
    set: (form) => (form.items = ITEMS),
    async play(stage) {
      await stage.until('editing');
      stage.form.shadowRoot!.querySelectorAll<HTMLInputElement>('[name=scope]')[2]!.click();
      await stage.form.updateComplete;
    },
  },
  'editing-history': {
    at: 'editing',
    summary: { refunds: LISTED },
    async play(stage) {
      await stage.until('editing');
      stage.form.shadowRoot!.querySelector<HTMLDetailsElement>('[part=history]')!.open = true;
    },
  },
  'editing-settle': {
    at: 'editing',
    summary: { permission: { user: 'amal', resolve: true }, refunds: [LOST] },
    async play(stage) {
      await stage.until('editing');
      stage.form.shadowRoot!.querySelector('#outcome')!.closest('details')!.open = true;
    },
  },
  'editing-approval-above': {
    at: 'editing',
    summary: { permission: { user: 'amal', approval_above: '10.000' } },
    async play(stage) {
      await stage.until('editing');
      await stage.fill();
    },
  },
  'editing-request': {
    at: 'editing',
    summary: { permission: { user: 'basma', approve: true }, refunds: [WAITING] },
  },
  'editing-faults': {
    at: 'editing',
    async play(stage) {
      await stage.until('editing');
      await stage.typeAmount('75.001');
      await stage.proceed();
    },
  },
  'editing-refused': {
    at: 'editing',
    prepare: (environment) =>
      environment.on(CREATE, {
        status: 400,
        json: { type: 'invalid_request_error', code: 'refund_amount_invalid', message: 'The amount is not valid.' },
      }),
    play: send,
  },
  'editing-changed': {
    at: 'editing',
    async play(stage) {
      await stage.until('editing');
      await stage.fill();
      await stage.proceed();
      await stage.until('review');
      stage.environment.on(PAYMENT, { json: { ...SUMMARY, refunded: '30.000', refundable: '65.000' } });
      await stage.form.refresh();
    },
  },
  'vendors-too-much': {
    at: 'vendors',
    ...opensVendors,
    async play(stage) {
      await openVendors(stage);
      await stage.typeAmount('60', 'vendor-0');
      await stage.proceed();
    },
  },
  'unknown-still': {
    at: 'unknown',
    ...lose,
    async play(stage) {
      await send(stage);
      await stage.until('unknown');
      await stage.proceed();
    },
  },
  'pending-another': {
    at: 'pending',
    ...uqpayAnswers('INITIATED'),
    async play(stage) {
      await send(stage);
      await stage.until('pending');
      await stage.press('again');
    },
  },
  'pending-cancel': {
    at: 'pending',
    ...upaymentsCreates,
    async play(stage) {
      await send(stage);
      await stage.until('pending');
      await stage.press('cancel');
    },
  },
};

export const SCENES: Readonly<Record<string, Scene>> = { ...STATES, ...VARIANTS };
