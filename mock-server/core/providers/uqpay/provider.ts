import { parseDecimal } from '../../../../contract/money.ts';
import type { UqpayErrorType } from '../../../../contract/uqpay.ts';
import { member, scenarioInText, textMember, type Provider, type RefusalKind } from '../../engine/context.ts';
import { authenticate } from './auth.ts';
import { keep, keyOf, recall } from './recall.ts';
import { invalidParameter, uqpayRefusal } from './replies.ts';

const REFUSALS: Readonly<Record<RefusalKind, readonly [type: UqpayErrorType, code: string]>> = {
  unknown_path: ['not_found', 'path_not_found'],
  wrong_method: ['invalid_request_error', 'method_not_allowed'],
  // A bind failure, malformed JSON included, is `invalid_parameter`; `uqpay.md`, Added 2026-11. D
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

export const uqpay: Provider = {
  name: 'uqpay',
  prefix: '/uqpay/api',
  rootPrefix: '/api',
  keyOf,
  authenticate,
  recall,
  keep,
  refuse: (kind, detail) => {
    if (kind === 'unknown_filter') return invalidParameter(detail);
    const [type, code] = REFUSALS[kind];
    const reply = uqpayRefusal(type, code, code === 'invalid_parameter' ? `parameter is invalid: ${detail}` : detail);
    // The one type whose HTTP status depends on the code; `uqpay.md`, Errors. D
    return kind === 'rate_limited' ? { ...reply, status: 429 } : reply;
  },
  paymentOf: ({ json, params, route }) =>
    textMember(json, 'payment_intent_id') ?? (route.name.endsWith('_intent') ? params['id'] : undefined),
  scenarioOf: (json) =>
    textMember(member(json, 'metadata'), 'sandbox_scenario') ?? scenarioInText(textMember(json, 'reason')),
  amountOf: ({ json, route, payment, state }) => {
    const currency = payment === undefined ? undefined : state.store.intents.get(payment)?.currency;
    const text = textMember(json, 'amount');
    if (route.name !== 'create_refund' || currency === undefined || text === undefined) return undefined;
    const amount = parseDecimal(text, currency);
    return amount.ok ? { minor: amount.minor, currency } : undefined;
  },
};
