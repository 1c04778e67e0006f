import { drive, type DriveOptions, type FormDriver } from '../drive.ts';
import {
  fakeEnvironment,
  problemOf,
  REFUND_CREATED_REPLY,
  SUMMARY,
  upaymentsSuccess,
  uqpayRefund,
  VENDOR_ROWS,
  VENDORS_OPENED_REPLY,
  type FakeEnvironment,
} from '../fake-environment.ts';
import { waitUntil } from './wait-until.ts';

const CREATE = 'POST /v2/payment/refunds';

/** The page's names for the vendors. */
export const VENDOR_NAMES = {
  [VENDOR_ROWS[0]!.ibanNumber]: 'Al-Salam Perfumes',
  [VENDOR_ROWS[1]!.ibanNumber]: 'Bayan Sweets and Pastry',
};

/** One vendor's part was made, the other one's was refused for its balance. */
export const ONE_OF_TWO_REPLY = upaymentsSuccess({
  responseData: {
    generated: [{ generatedInvoiceId: 1, amount: 6.25, orderId: 'g1', refundOrderId: 'ro1', refundArn: 'arn1' }],
    dataTempered: [],
    refundIssue: [],
    insufficientBalance: [{ ...VENDOR_ROWS[1], message: 'Short' }],
  },
});

interface Reached {
  readonly ui: FormDriver;
  readonly environment: FakeEnvironment;
}

export const root = ({ form }: FormDriver): ShadowRoot => form.shadowRoot!;

/** Presses the primary button, whatever its language. */
export const proceed = async (ui: FormDriver): Promise<void> => {
  root(ui).querySelector<HTMLElement>('[part~=primary]')!.click();
  await ui.form.updateComplete;
};

const isAt = (ui: FormDriver, state: string) =>
  waitUntil(() => ui.form.state === state, `expected the state ${state}, it is ${ui.form.state}`);

const review = async (ui: FormDriver): Promise<void> => {
  await isAt(ui, 'editing');
  ui.type('amount', '12.500');
  ui.choose('Returned goods');
  await ui.form.updateComplete;
  await proceed(ui);
};

const send = async (ui: FormDriver): Promise<void> => {
  await review(ui);
  await proceed(ui);
};

type Reach = (environment: FakeEnvironment, options: DriveOptions) => Promise<FormDriver>;

const upayments = (options: DriveOptions): DriveOptions => ({ ...options, provider: 'upayments' });

const created =
  (status: string): Reach =>
  async (environment, options) => {
    environment.on(CREATE, { json: uqpayRefund(status) });
    const ui = await drive(environment, options);
    await send(ui);
    return ui;
  };

const openVendors: Reach = async (environment, options) => {
  environment.on('POST /create-refund', VENDORS_OPENED_REPLY);
  environment.on('POST /create-multivendor-refund', ONE_OF_TWO_REPLY);
  const ui = await drive(environment, upayments(options));
  await send(ui);
  await isAt(ui, 'vendors');
  return ui;
};

const reviewVendors: Reach = async (environment, options) => {
  const ui = await openVendors(environment, options);
  for (const field of ['vendor-0', 'vendor-1']) ui.type(field, '6.25');
  await ui.form.updateComplete;
  await proceed(ui);
  return ui;
};

const pendingAtUpayments: Reach = async (environment, options) => {
  environment.on('POST /create-refund', REFUND_CREATED_REPLY);
  const ui = await drive(environment, upayments(options));
  await send(ui);
  await waitUntil(() => ui.buttons().includes('Make another refund'));
  return ui;
};

/** Every look of the form: how to reach it, and its state. */
const LOOKS: Readonly<Record<string, readonly [state: string, reach: Reach]>> = {
  loading: [
    'loading',
    (environment, options) => {
      environment.on('GET /payments/*', 'hang');
      return drive(environment, options);
    },
  ],
  'load failed': [
    'load_failed',
    (environment, options) => {
      environment.on('GET /payments/*', 'drop');
      return drive(environment, options);
    },
  ],
  'signed out': [
    'signed_out',
    (environment, options) => {
      environment.on('GET /payments/*', problemOf('unauthenticated', 401, { effect: 'nothing' }));
      return drive(environment, options);
    },
  ],
  'not refundable': [
    'not_refundable',
    (environment, options) => {
      environment.on('GET /payments/*', { json: { ...SUMMARY, not_refundable: 'Chargeback open' } });
      return drive(environment, options);
    },
  ],
  editing: ['editing', drive],
  faults: [
    'editing',
    async (environment, options) => {
      const ui = await drive(environment, options);
      await isAt(ui, 'editing');
      await proceed(ui);
      return ui;
    },
  ],
  refused: [
    'editing',
    async (environment, options) => {
      environment.on(CREATE, problemOf('payment_busy', 409, { effect: 'nothing', detail: 'Another one runs' }));
      const ui = await drive(environment, options);
      await send(ui);
      return ui;
    },
  ],
  review: [
    'review',
    async (environment, options) => {
      const ui = await drive(environment, options);
      await review(ui);
      return ui;
    },
  ],
  sending: [
    'sending',
    async (environment, options) => {
      environment.on(CREATE, () => new Promise(() => undefined));
      const ui = await drive(environment, options);
      await send(ui);
      return ui;
    },
  ],
  unknown: [
    'unknown',
    async (environment, options) => {
      environment.on(CREATE, 'drop');
      const ui = await drive(environment, options);
      await send(ui);
      return ui;
    },
  ],
  'settling what another browser has lost': [
    'editing',
    async (environment, options) => {
      const lost = { idempotency_key: 'k1', intent_id: 'i1', state: 'unknown', standing: 'unknown', status: '' };
      const refunds = [{ ...lost, amount: '5.000', requested_by: 'basma', create_time: '2026-11-20T09:30:00Z' }];
      const permission = { user: 'amal', resolve: true };
      environment.on('GET /payments/*', { json: { ...SUMMARY, permission, refunds } });
      const ui = await drive(environment, options);
      await waitUntil(() => ui.field('outcome') !== null);
      root(ui).querySelector('#outcome')!.closest('details')!.open = true;
      return ui;
    },
  ],
  'awaiting approval': [
    'awaiting_approval',
    async (environment, options) => {
      environment.on(CREATE, problemOf('approval_required', 403, { effect: 'running' }));
      const ui = await drive(environment, options);
      await send(ui);
      return ui;
    },
  ],
  pending: ['pending', created('PROCESSING')],
  'pending, with a cancel': ['pending', pendingAtUpayments],
  'asking about a cancel': [
    'pending',
    async (environment, options) => {
      const ui = await pendingAtUpayments(environment, options);
      ui.button('Cancel refund').click();
      await waitUntil(() => root(ui).querySelector('.panel.danger'), 'expected the question about the cancel');
      return ui;
    },
  ],
  'asking about another': [
    'pending',
    async (environment, options) => {
      const ui = await pendingAtUpayments(environment, options);
      ui.button('Make another refund').click();
      await waitUntil(() => root(ui).querySelector('.panel.warning'), 'expected the question about another refund');
      return ui;
    },
  ],
  succeeded: ['succeeded', created('SUCCEEDED')],
  failed: ['failed', created('FAILED')],
  reversing: ['reversing', created('REVERSAL_INITIATED')],
  reversed: ['reversed', created('REVERSAL_SUCCEEDED')],
  unrecognised: ['unrecognised', created('ON_HOLD')],
  vendors: ['vendors', openVendors],
  'vendors, with faults': [
    'vendors',
    async (environment, options) => {
      const ui = await openVendors(environment, options);
      ui.type('vendor-0', '60');
      await ui.form.updateComplete;
      await proceed(ui);
      return ui;
    },
  ],
  'vendors, in review': ['vendors_review', reviewVendors],
  'vendors, with a result': [
    'vendors_result',
    async (environment, options) => {
      const ui = await reviewVendors(environment, options);
      await proceed(ui);
      return ui;
    },
  ],
};

export const LOOK_NAMES = Object.keys(LOOKS);

/** Draws the form in this look. `set` changes it before it is drawn. */
export async function reach(look: string, options: DriveOptions = {}): Promise<Reached> {
  const [state, go] = LOOKS[look]!;
  const environment = fakeEnvironment();
  // A request without an answer stays open however long the test takes.
  Object.assign(environment, { timeout: 60_000 });
  const { set, ...others } = options;
  const ui = await go(environment, {
    ...others,
    set: (form) => {
      form.vendorNames = VENDOR_NAMES;
      set?.(form);
    },
  });
  await isAt(ui, state);
  await ui.form.updateComplete;
  return { ui, environment };
}

/** The text of an element on one line. */
export const textOf = (element: Element | null | undefined): string =>
  (element?.textContent ?? '').replace(/\s+/g, ' ').trim();
