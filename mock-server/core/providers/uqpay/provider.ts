import type { UqpayErrorType } from '../../../../contract/uqpay.ts';
import { parseDecimal } from '../../../../contract/money.ts';
import { UQPAY_WEBHOOK_TOLERANCE_MS } from '../../../../contract/webhooks.ts';
import { member, scenarioInText, textMember } from '../../engine/context.ts';
import type { Context, Provider, RefusalKind } from '../../engine/provider.ts';
import type { UqpayCode } from './answers.ts';
import { authenticate } from './auth.ts';
import { uqpayCheckout } from './checkout.ts';
import { asUqpay, UQPAY_CREDENTIALS } from './credentials.ts';
import { UQPAY_DESCRIPTION } from './description.ts';
import { UQPAY_EDITS, UQPAY_MOVES } from './edits.ts';
import { UQPAY_EVENT_TYPES } from './events.ts';
import { isFinal } from './lifecycle.ts';
import { storeOf, UQPAY_ROWS } from './model.ts';
import { UQPAY } from './name.ts';
import { uqpayOrder } from './order.ts';
import { UQPAY_OVERVIEW } from './overview.ts';
import { planSeed } from './plans.ts';
import { UQPAY_POLICIES } from './policies.ts';
import { keep, keyOf, recall, sameKey, takesKey } from './recall.ts';
import { UQPAY_RECORDING } from './recorder.ts';
import { invalidParameter, uqpayRefusal } from './replies.ts';
import { UQPAY_ROUTES } from './routes.ts';
import { UQPAY_SCHEMAS } from './rows.ts';
import { SCENARIO_MEMBER, scenarioFault, UQPAY_SCENARIOS } from './scenarios.ts';
import { UQPAY_SEED } from './seed.ts';
import { UQPAY_SETTINGS } from './settings.ts';
import { signatureHeaders } from './sign.ts';
import { UQPAY_TIMERS } from './timers.ts';
import { TokenBook } from './tokens.ts';

const REFUSALS: Readonly<Record<RefusalKind, readonly [type: UqpayErrorType, code: UqpayCode]>> = {
  unknown_path: ['not_found', 'path_not_found'],
  wrong_method: ['invalid_request_error', 'method_not_allowed'],
  // A bind failure, malformed JSON included, is `invalid_parameter`; `docs/providers/uqpay.md#errors`. D
  malformed_json: ['invalid_request_error', 'invalid_parameter'],
  unknown_filter: ['invalid_request_error', 'invalid_parameter'],
  content_type: ['invalid_request_error', 'invalid_parameter'],
  body_too_large: ['invalid_request_error', 'body_too_large'],
  not_utf8: ['invalid_request_error', 'invalid_parameter'],
  unknown_scenario: ['invalid_request_error', 'unknown_sandbox_scenario'],
  rate_limited: ['api_error', 'velocity_limit_exceeded'],
  server_error: ['api_error', 'internal_error'],
  forbidden: ['unauthorized_error', 'forbidden'],
};

const UQPAY_WEBHOOK_FLAGS = {
  url: { flags: '--webhook-url <url...>', about: "where UQPAY's webhooks go, signed" },
  secret: {
    flags: '--webhook-secret <text>',
    about: 'what they are signed with (default: "sandbox-webhook-secret")',
    credential: 'uqpayWebhookSecret',
  },
  timestamp: {
    flags: '--webhook-timestamp <unit>',
    about: "unit of x-wk-timestamp; UQPAY's Node library 0.3.1 reads seconds only",
  },
};

/** The payment that a call names: by its own id, or by one of a refund or an attempt. */
function paymentOf({ json, params, route, call, state }: Context): string | undefined {
  const query = call.query === '' ? null : new URLSearchParams(call.query).get('payment_intent_id');
  const named = textMember(json, 'payment_intent_id') ?? query;
  if (named) return named;
  const { id } = params;
  if (id === undefined || route.name.endsWith('_intent')) return id;
  const { refunds, attempts } = storeOf(state);
  return (refunds.get(id) ?? attempts.get(id))?.payment_intent;
}

export const uqpay = {
  name: UQPAY,
  title: 'UQPAY',
  prefix: '/uqpay/api',
  rootPrefix: '/api',
  routes: UQPAY_ROUTES,
  description: UQPAY_DESCRIPTION,
  rows: UQPAY_ROWS,
  schemas: UQPAY_SCHEMAS,
  scenarios: UQPAY_SCENARIOS,
  timers: UQPAY_TIMERS,
  planSeed,
  followEdit: UQPAY_EDITS,
  moveForEdit: UQPAY_MOVES,
  checkout: uqpayCheckout,
  webhooks: {
    eventTypes: UQPAY_EVENT_TYPES,
    signing: {
      secret: (credentials) => asUqpay(credentials).uqpayWebhookSecret,
      headers: signatureHeaders,
      tolerance: UQPAY_WEBHOOK_TOLERANCE_MS,
    },
    flags: UQPAY_WEBHOOK_FLAGS,
  },
  policies: UQPAY_POLICIES,
  sessions: (random) => new TokenBook(random),
  credentials: UQPAY_CREDENTIALS,
  signIn: (credentials) => {
    const { uqpayClientId, uqpayApiKey } = asUqpay(credentials);
    return `x-client-id: ${uqpayClientId}   x-api-key: ${uqpayApiKey}`;
  },
  shell: (credentials) => {
    const { uqpayClientId, uqpayApiKey } = asUqpay(credentials);
    const client = { 'x-client-id': uqpayClientId };
    return {
      headers: { 'x-auth-token': 'Bearer ${TOKEN}', ...client },
      token: { path: '/v1/connect/token', headers: { ...client, 'x-api-key': uqpayApiKey }, member: 'auth_token' },
      key: 'x-idempotency-key',
      account: 'x-on-behalf-of',
    };
  },
  overview: UQPAY_OVERVIEW,
  order: uqpayOrder,
  recording: UQPAY_RECORDING,
  settings: UQPAY_SETTINGS,
  seed: UQPAY_SEED,
  payments: (state) => storeOf(state).intents,
  refunds: (state) => storeOf(state).refunds,
  keyOf,
  sameKey,
  takesKey,
  authenticate,
  recall,
  keep,
  refuse: (kind, detail) => {
    if (kind === 'unknown_filter') return invalidParameter(detail);
    const [type, code] = REFUSALS[kind];
    const reply = uqpayRefusal(type, code, code === 'invalid_parameter' ? `parameter is invalid: ${detail}` : detail);
    // The one type whose HTTP status depends on the code; `docs/providers/uqpay.md#errors`. D
    return kind === 'rate_limited' ? { ...reply, status: 429 } : reply;
  },
  // A payment that is not paid yet can be refunded later.
  canExecute: (state, route, payment) => {
    const status = storeOf(state).intents.get(payment)?.intent_status;
    return status === undefined || !isFinal(status) || (status === 'SUCCEEDED' && !route.endsWith('_intent'));
  },
  ids: ['payment_intent_id', 'payment_attempt_id', 'payment_refund_id'],
  refundedBy: (state, refund) => storeOf(state).refunds.get(refund)?.payment_intent,
  paymentOf,
  scenarioOf: (json) =>
    textMember(member(json, 'metadata'), SCENARIO_MEMBER) ?? scenarioInText(textMember(json, 'reason')),
  scenarioFault,
  amountOf: ({ json, route, payment, state }) => {
    const currency = payment === undefined ? undefined : storeOf(state).intents.get(payment)?.currency;
    const text = textMember(json, 'amount');
    if (route.name !== 'create_refund' || currency === undefined || text === undefined) return undefined;
    const amount = parseDecimal(text, currency);
    return amount.ok ? { minor: amount.minor, currency } : undefined;
  },
} as const satisfies Provider & { readonly schemas: object };
