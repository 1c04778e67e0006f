import { fromJsonAmount } from '../../../../contract/upayments.ts';
import { member, note, scenarioInText, textMember } from '../../engine/context.ts';
import { magicScenario, type RefundAmount } from '../../engine/magic.ts';
import type { Context, Credentials, Provider, RefusalKind } from '../../engine/provider.ts';
import { CREATES } from '../../engine/scenarios/catalogue.ts';
import type { Reply } from '../../engine/wire.ts';
import { upaymentsCheckout } from './checkout.ts';
import { UPAYMENTS_DESCRIPTION } from './description.ts';
import { UPAYMENTS_EDITS, UPAYMENTS_MOVES } from './edits.ts';
import { UPAYMENTS_EVENT_TYPES } from './events.ts';
import { storeOf, UPAYMENTS_ROWS } from './model.ts';
import { UPAYMENTS } from './name.ts';
import { upaymentsOrder } from './order.ts';
import { UPAYMENTS_OVERVIEW } from './overview.ts';
import { planSeed } from './plans.ts';
import { paymentAsked } from './payments.ts';
import { UPAYMENTS_POLICIES } from './policies.ts';
import { UPAYMENTS_RECORDING } from './recorder.ts';
import { upaymentsRefusal } from './replies.ts';
import { UPAYMENTS_ROUTES } from './routes.ts';
import { UPAYMENTS_SCHEMAS } from './rows.ts';
import { UPAYMENTS_SCENARIOS } from './scenarios.ts';
import { UPAYMENTS_SEED } from './seed.ts';
import { UPAYMENTS_SETTINGS } from './settings.ts';
import { UPAYMENTS_TIMERS } from './timers.ts';
import { numberOf } from './vendors.ts';

const STATUS: Readonly<Record<RefusalKind, number>> = {
  unknown_path: 404,
  wrong_method: 405,
  malformed_json: 422,
  unknown_filter: 422,
  content_type: 422,
  body_too_large: 413,
  not_utf8: 422,
  unknown_scenario: 422,
  rate_limited: 429,
  server_error: 500,
  forbidden: 403,
};

/** `Authorization: Bearer <token>` on every call. D */
function authenticate(context: Context): Reply | undefined {
  const { state, call } = context;
  const header = call.headers['authorization'];
  if (header === undefined && state.options.dev) return undefined;
  if (header === `Bearer ${asUpayments(state.options.credentials).upaymentsToken}`) return undefined;
  note(context, 'upayments.error-body');
  return upaymentsRefusal(
    401,
    header === undefined ? 'Unauthenticated: send Authorization: Bearer <token>' : 'Unauthenticated',
  );
}

function amountOf({ json, route, payment, state }: Context): RefundAmount | undefined {
  const currency = payment === undefined ? undefined : storeOf(state).orders.get(payment)?.currency;
  if (currency === undefined) return undefined;
  if (route.name === 'create_refund') return minorAmount(member(json, 'totalPrice'), currency);
  if (route.name !== 'create_multivendor_refund') return undefined;
  const rows = member(json, 'refundPayload');
  if (!Array.isArray(rows)) return undefined;
  const amounts = rows.map((row: unknown) => minorAmount(numberOf(member(row, 'amountToRefund')), currency));
  return amounts.find((amount) => amount && magicScenario(amount) !== undefined);
}

function minorAmount(number: unknown, currency: string): RefundAmount | undefined {
  const amount = typeof number === 'number' ? fromJsonAmount(number, currency) : undefined;
  return amount?.ok === true ? { minor: amount.minor, currency } : undefined;
}

/** Credentials that are accepted unless the options give others. */
const UPAYMENTS_CREDENTIALS = { upaymentsToken: 'jtest123' };
const asUpayments = (credentials: Credentials) => credentials as Readonly<typeof UPAYMENTS_CREDENTIALS>;

export const upayments = {
  name: UPAYMENTS,
  title: 'UPayments',
  prefix: '/upayments/api/v1',
  rootPrefix: '/api/v1',
  routes: UPAYMENTS_ROUTES,
  description: UPAYMENTS_DESCRIPTION,
  rows: UPAYMENTS_ROWS,
  schemas: UPAYMENTS_SCHEMAS,
  scenarios: UPAYMENTS_SCENARIOS,
  timers: UPAYMENTS_TIMERS,
  planSeed,
  followEdit: UPAYMENTS_EDITS,
  moveForEdit: UPAYMENTS_MOVES,
  checkout: upaymentsCheckout,
  webhooks: {
    eventTypes: UPAYMENTS_EVENT_TYPES,
    flags: {
      url: {
        flags: '--callback-url <url...>',
        about: "where UPayments' callbacks go, besides each refund's notifyUrl",
      },
    },
  },
  policies: UPAYMENTS_POLICIES,
  credentials: UPAYMENTS_CREDENTIALS,
  signIn: (credentials) => `Authorization: Bearer ${asUpayments(credentials).upaymentsToken}`,
  shell: (credentials) => ({ headers: { authorization: `Bearer ${asUpayments(credentials).upaymentsToken}` } }),
  overview: UPAYMENTS_OVERVIEW,
  order: upaymentsOrder,
  recording: UPAYMENTS_RECORDING,
  settings: UPAYMENTS_SETTINGS,
  seed: UPAYMENTS_SEED,
  payments: (state) => storeOf(state).orders,
  refunds: (state) => storeOf(state).refunds,
  authenticate,
  refuse: (kind, detail) => {
    const reply = upaymentsRefusal(STATUS[kind], detail);
    if (reply.status !== 422) return reply;
    const field = kind === 'unknown_filter' ? (detail.split(':', 1)[0] ?? 'query') : 'body';
    return { ...reply, body: { status: false, message: detail, data: null, errors: { [field]: [detail] } } };
  },
  // An order of several vendors is refunded in the second step, every other one in the first.
  canExecute: (state, route, payment) =>
    !CREATES.includes(route) ||
    storeOf(state).orders.get(payment)?.multivendor === (route === 'create_multivendor_refund'),
  ids: ['orderId', 'refundOrderId', 'refundRequestId'],
  refundedBy: (state, refund) => storeOf(state).refunds.get(refund)?.order,
  paymentOf: (context) => {
    const { json, params, state } = context;
    const id = textMember(json, 'orderId') ?? params['id'];
    return id === undefined ? paymentAsked(context)?.order : (storeOf(state).refunds.get(id)?.order ?? id);
  },
  scenarioOf: (json) =>
    scenarioInText(textMember(json, 'reference')) ??
    scenarioInText(textMember(json, 'refundReason')) ??
    scenarioInText(textMember(member(json, 'order'), 'reference')),
  amountOf,
} as const satisfies Provider & { readonly schemas: object };
