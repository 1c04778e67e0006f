import { fromJsonAmount } from '../../../../contract/upayments.ts';
import {
  member,
  note,
  scenarioInText,
  textMember,
  type Context,
  type Provider,
  type RefusalKind,
} from '../../engine/context.ts';
import { magicScenario, type AskedAmount } from '../../engine/magic.ts';
import type { Reply } from '../../engine/wire.ts';
import { upaymentsRefusal } from './replies.ts';
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
  if (header === `Bearer ${state.options.credentials.upaymentsToken}`) return undefined;
  note(context, 'upayments.error-body');
  return upaymentsRefusal(
    401,
    header === undefined ? 'Unauthenticated: send Authorization: Bearer <token>' : 'Unauthenticated',
  );
}

function amountOf({ json, route, payment, state }: Context): AskedAmount | undefined {
  const currency = payment === undefined ? undefined : state.store.orders.get(payment)?.currency;
  if (currency === undefined) return undefined;
  if (route.name === 'create_refund') return asked(member(json, 'totalPrice'), currency);
  if (route.name !== 'create_multivendor_refund') return undefined;
  const rows = member(json, 'refundPayload');
  if (!Array.isArray(rows)) return undefined;
  const amounts = rows.map((row: unknown) => asked(numberOf(member(row, 'amountToRefund')), currency));
  return amounts.find((amount) => amount && magicScenario(amount) !== undefined);
}

function asked(number: unknown, currency: string): AskedAmount | undefined {
  const amount = typeof number === 'number' ? fromJsonAmount(number, currency) : undefined;
  return amount?.ok === true ? { minor: amount.minor, currency } : undefined;
}

export const upayments: Provider = {
  name: 'upayments',
  prefix: '/upayments/api/v1',
  rootPrefix: '/api/v1',
  authenticate,
  refuse: (kind, detail) => {
    const reply = upaymentsRefusal(STATUS[kind], detail);
    if (reply.status !== 422) return reply;
    const field = kind === 'unknown_filter' ? (detail.split(':', 1)[0] ?? 'query') : 'body';
    return { ...reply, body: { status: false, message: detail, data: null, errors: { [field]: [detail] } } };
  },
  paymentOf: ({ json, params, state }) => {
    const id = textMember(json, 'orderId') ?? params['id'];
    return id === undefined ? undefined : (state.store.orderRefunds.get(id)?.order ?? id);
  },
  scenarioOf: (json) =>
    scenarioInText(textMember(json, 'reference')) ??
    scenarioInText(textMember(json, 'refundReason')) ??
    scenarioInText(textMember(member(json, 'order'), 'reference')),
  amountOf,
};
