import {
  judgeUpayments,
  judgeUqpay,
  UQPAY_ERROR_STATUS,
  type Judge,
  type ProblemEffect,
} from '../../contract/index.ts';

/** One documented answer that is not a success, and what it means for the money. */
export interface Row {
  readonly name: string;
  /** Where the answer is documented, or why we decided its meaning. */
  readonly source: string;
  readonly status: number;
  /** `undefined` when the body is not JSON. */
  readonly body: unknown;
  readonly first: ProblemEffect;
  /** The meaning of the same answer to a request that may have been sent before. */
  readonly resent: ProblemEffect;
  /** The meaning for a repeated request when a proxy with a ledger answers, if it differs. */
  readonly deduplicated?: ProblemEffect;
  /** The meaning of the first answer for a proxy with a ledger, if it differs. */
  readonly ofLedger?: ProblemEffect;
  /** A refusal of the first send that is not final: the same key may be sent again. */
  readonly mayRetry?: boolean;
}

export const JUDGES: Readonly<Record<'uqpay' | 'upayments', Judge>> = { uqpay: judgeUqpay, upayments: judgeUpayments };

const typedError = (type: string, code = 'any') => ({ type, code, message: 'No' });
const legacy = (message: string) => ({ code: 200, message });
const refusal = (more: object = {}) => ({ status: false, message: 'No', data: null, ...more });

const HTML = undefined;
const NOTHING = { first: 'nothing', resent: 'nothing' } as const;
const FIRST_ONLY = { first: 'nothing', resent: 'unknown' } as const;
const UNKNOWN = { first: 'unknown', resent: 'unknown' } as const;
const RUNNING = { first: 'running', resent: 'running' } as const;

/** Statuses that mean the same whoever wrote the body. */
const ANY: readonly Row[] = [
  ...(
    [
      [401, 'RFC 9110 section 15.5.2: has not been applied'],
      [413, 'RFC 9110 section 15.5.14: refusing to process'],
      [429, 'RFC 6585 section 4'],
    ] as const
  ).flatMap(([status, source]): Row[] => [
    {
      name: `${status} without JSON`,
      source,
      status,
      body: HTML,
      ...FIRST_ONLY,
      mayRetry: true,
    },
    { name: `${status} of some JSON`, source: 'the same', status, body: { hello: 1 }, ...FIRST_ONLY, mayRetry: true },
  ]),
  { name: '403 without JSON', source: 'a filter of answers answers so too', status: 403, body: HTML, ...UNKNOWN },
  { name: '404 without JSON', source: 'not documented', status: 404, body: HTML, ...UNKNOWN },
  { name: '400 without JSON', source: 'not documented', status: 400, body: HTML, ...UNKNOWN },
  { name: '408 without JSON', source: 'RFC 9110 section 15.5.9', status: 408, body: HTML, ...UNKNOWN },
  { name: '500 without JSON', source: 'RFC 9110 section 15.6', status: 500, body: HTML, ...UNKNOWN },
  { name: '502 without JSON', source: 'RFC 9110 section 15.6.3', status: 502, body: HTML, ...UNKNOWN },
  { name: '504 without JSON', source: 'RFC 9110 section 15.6.5', status: 504, body: HTML, ...UNKNOWN },
  { name: '302', source: 'a sign-in page instead of an answer', status: 302, body: HTML, ...UNKNOWN },
  { name: '200 without JSON', source: 'half an answer, or a sign-in page', status: 200, body: HTML, ...UNKNOWN },
  { name: '200 of some JSON', source: 'no success that can be read', status: 200, body: { hello: 1 }, ...UNKNOWN },
];

const MEANING_BY_TYPE = {
  invalid_request_error: NOTHING,
  idempotency_error: { ...FIRST_ONLY, ofLedger: 'unknown' },
  payment_error: NOTHING,
  refund_error: NOTHING,
  account_error: FIRST_ONLY,
  product_error: FIRST_ONLY,
  not_found: FIRST_ONLY,
  customer_error: FIRST_ONLY,
  payout_error: FIRST_ONLY,
  unauthorized_error: { ...FIRST_ONLY, mayRetry: true },
  api_error: UNKNOWN,
} as const satisfies Record<keyof typeof UQPAY_ERROR_STATUS, object>;

const UQPAY: readonly Row[] = [
  ...Object.entries(MEANING_BY_TYPE).map(([type, meaning]): Row => ({
    name: type,
    source: 'docs/providers/uqpay.md#errors: HTTP by type',
    status: UQPAY_ERROR_STATUS[type as keyof typeof UQPAY_ERROR_STATUS],
    body: typedError(type),
    ...meaning,
  })),
  {
    name: 'a key that was used for another body',
    source: 'docs/providers/uqpay.md#idempotency',
    status: 400,
    body: typedError('idempotency_error', 'idempotency_key_reused'),
    ...FIRST_ONLY,
    ofLedger: 'unknown',
  },
  {
    name: 'api_error with 400',
    source: 'docs/providers/uqpay.md#errors: 400/500',
    status: 400,
    body: typedError('api_error'),
    ...UNKNOWN,
  },
  {
    name: 'too many requests',
    source: 'docs/providers/uqpay.md#errors: 429 when the code is velocity_limit_exceeded',
    status: 429,
    body: typedError('api_error', 'velocity_limit_exceeded'),
    ...FIRST_ONLY,
    mayRetry: true,
  },
  {
    name: 'too many requests, of a type that speaks of the refund',
    source: 'docs/providers/uqpay.md#errors: the code names the reason',
    status: 400,
    body: typedError('payment_error', 'velocity_limit_exceeded'),
    ...FIRST_ONLY,
    mayRetry: true,
  },
  {
    name: 'too many requests, with a 5xx',
    source: 'docs/providers/uqpay.md#errors: trust the HTTP status',
    status: 503,
    body: typedError('api_error', 'velocity_limit_exceeded'),
    ...UNKNOWN,
  },
  {
    name: 'the authentication layer',
    source: 'docs/providers/uqpay.md#errors: 401 only',
    status: 401,
    body: { error: 'token has expired' },
    ...FIRST_ONLY,
    mayRetry: true,
  },
  {
    name: 'its body with another status',
    source: 'docs/providers/uqpay.md#errors: 401 only',
    status: 400,
    body: { error: 'timeout' },
    ...UNKNOWN,
  },
  ...[200, 400, 429, 500].map((status): Row => ({
    name: `the first request with this key is processing, with ${status}`,
    source: 'docs/providers/uqpay.md#errors: the legacy envelope',
    status,
    body: legacy('The previous request is processing, please try again later'),
    ...RUNNING,
    ...(status === 429 && { mayRetry: true }),
  })),
  {
    name: 'the legacy envelope with other words',
    source: 'docs/providers/uqpay.md#errors: the number says nothing',
    status: 400,
    body: legacy('Something else'),
    ...UNKNOWN,
  },
  ...['customer_error', 'payout_error', 'old_refund_error', 'refund_error_detail'].map((type): Row => ({
    name: `a type that is not about refunds, or new: ${type}`,
    source: 'docs/providers/uqpay.md#errors: trust the HTTP status',
    status: 400,
    body: typedError(type),
    ...FIRST_ONLY,
  })),
  {
    name: 'a connected account that is not there',
    source: 'docs/providers/uqpay.md#connected-accounts: x-on-behalf-of',
    status: 400,
    body: { ...typedError('not_found'), message: 'not found on the connected account' },
    ...FIRST_ONLY,
  },
  { name: 'refund_error with 500', source: 'the same', status: 500, body: typedError('refund_error'), ...UNKNOWN },
  { name: 'refund_error with 200', source: 'the same', status: 200, body: typedError('refund_error'), ...UNKNOWN },
  {
    name: 'refund_error with 408',
    source: 'not documented',
    status: 408,
    body: typedError('refund_error'),
    ...UNKNOWN,
  },
  {
    name: 'refund_error with 409',
    source: 'not documented',
    status: 409,
    body: typedError('refund_error'),
    ...UNKNOWN,
  },
  {
    name: 'refund_error with 499',
    source: 'not documented',
    status: 499,
    body: typedError('refund_error'),
    ...UNKNOWN,
  },
];

/** Not the success of a refund, but the success of a cancel. */
export const CANCELLED: Row = {
  name: 'status true with 201 and no refund in it',
  source: 'no success that can be read',
  status: 201,
  body: { status: true, message: 'success', data: {} },
  ...UNKNOWN,
};

const UPAYMENTS: readonly Row[] = [
  ...[401, 403, 422].map((status): Row => ({
    name: `${status}`,
    source: 'docs/providers/upayments.md#errors',
    status,
    body: refusal(),
    ...FIRST_ONLY,
    ...(status === 401 && { mayRetry: true }),
  })),
  {
    name: '422 that names fields',
    source: 'docs/providers/upayments.md#errors',
    status: 422,
    body: refusal({ errors: { totalPrice: ['must be a number'] } }),
    ...FIRST_ONLY,
  },
  {
    name: '429',
    source: 'docs/providers/upayments.md#rate-limits: calls a minute',
    status: 429,
    body: refusal(),
    ...FIRST_ONLY,
    mayRetry: true,
  },
  ...[200, 201].map((status): Row => ({
    name: `status false with ${status}`,
    source: 'docs/providers/upayments.md#errors: false can come with a 2xx',
    status,
    body: refusal(),
    ...FIRST_ONLY,
  })),
  {
    name: 'status false with 201 and an empty list as data',
    source: 'the same',
    status: 201,
    body: refusal({ data: [] }),
    ...FIRST_ONLY,
  },
  {
    name: 'status false with 201 and refunds of vendors that cannot be read',
    source: 'docs/providers/upayments.md#several-vendors: one vendor may succeed where another fails',
    status: 201,
    body: refusal({ data: { responseData: { generated: [{ orderId: 'o' }] } } }),
    ...UNKNOWN,
  },
  {
    name: '422 beside a refund of a vendor',
    source: 'docs/providers/upayments.md#several-vendors: one vendor may succeed where another fails',
    status: 422,
    body: refusal({ data: { responseData: { generated: [{ orderId: 'o' }], refundIssue: [{}] } } }),
    ...UNKNOWN,
  },
  ...[{ generated: { 0: { orderId: 'o' } } }, JSON.stringify({ generated: [null, {}] })].map((data): Row => ({
    name: `422 beside a refund of a vendor in another form: ${JSON.stringify(data)}`,
    source: 'no source has such a form',
    status: 422,
    body: refusal({ data }),
    ...UNKNOWN,
  })),
  {
    name: '422 that shows which vendors it refuses',
    source: 'the same',
    status: 422,
    body: refusal({
      data: { responseData: { generated: [], refundIssue: [{ refundRequestId: 'r', message: 'No' }] } },
    }),
    ...FIRST_ONLY,
  },
  { name: 'status false with 500', source: 'not documented', status: 500, body: refusal(), ...UNKNOWN },
  { name: 'status false with 408', source: 'not documented', status: 408, body: refusal(), ...UNKNOWN },
  { name: 'status false with 409', source: 'not documented', status: 409, body: refusal(), ...UNKNOWN },
  { name: 'status false with 302', source: 'not documented', status: 302, body: refusal(), ...UNKNOWN },
  CANCELLED,
  {
    name: 'status false as text',
    source: 'not documented',
    status: 422,
    body: { status: 'false', message: 'No' },
    ...UNKNOWN,
  },
];

export const ANSWERS: Readonly<Record<'uqpay' | 'upayments', readonly Row[]>> = {
  uqpay: [...ANY, ...UQPAY],
  upayments: [...ANY, ...UPAYMENTS],
};

const problemOf = (code: string, status: number, effect?: string) => ({
  title: code,
  status,
  code,
  ...(effect !== undefined && { effect }),
});

/** Problems of a proxy. They mean the same for both providers. */
export const PROBLEM_ROWS: readonly Row[] = [
  ...['refundable_changed', 'amount_above_refundable', 'not_refundable'].map((code): Row => ({
    name: code,
    source: 'design: a ledger looks a key up before it weighs amounts',
    status: 422,
    body: problemOf(code, 422, 'nothing'),
    ...FIRST_ONLY,
    deduplicated: 'nothing',
  })),
  {
    name: 'settled_nothing',
    source: 'docs/proxy/behaviour.md: a person has settled the request with this key',
    status: 422,
    body: problemOf('settled_nothing', 422, 'nothing'),
    ...NOTHING,
  },
  ...[
    ['unauthenticated', 401],
    ['forbidden', 403],
    ['payment_busy', 409],
    ['idempotency_key_reused', 422],
    ['rate_limited', 429],
    ['provider_unreachable', 502],
    ['ledger_unavailable', 503],
    ['of_a_newer_proxy', 400],
  ].map(([code, status]): Row => {
    const body = problemOf(String(code), Number(status), 'nothing');
    return {
      name: String(code),
      source: 'docs/proxy/behaviour.md, effect',
      status: Number(status),
      body,
      ...FIRST_ONLY,
    };
  }),
  {
    name: 'unauthenticated of a proxy that knows the key',
    source: 'docs/proxy/behaviour.md, effect',
    status: 401,
    body: problemOf('unauthenticated', 401, 'unknown'),
    ...UNKNOWN,
  },
  {
    name: 'idempotency_key_running',
    source: 'docs/proxy/behaviour.md, effect',
    status: 409,
    body: problemOf('idempotency_key_running', 409, 'running'),
    ...RUNNING,
  },
  {
    name: 'outcome_unknown',
    source: 'docs/proxy/behaviour.md, effect',
    status: 504,
    body: problemOf('outcome_unknown', 504, 'unknown'),
    ...UNKNOWN,
  },
  {
    name: 'an effect that this version does not know',
    source: 'unknown values are no promise',
    status: 422,
    body: problemOf('of_a_newer_proxy', 422, 'maybe'),
    ...UNKNOWN,
  },
  {
    name: 'no effect, with a plain refusal',
    source: 'RFC 9110 section 15.5',
    status: 422,
    body: problemOf('any', 422),
    ...FIRST_ONLY,
  },
  ...[408, 409, 499, 500, 504].map((status): Row => ({
    name: `no effect, with ${status}`,
    source: 'RFC 9110 section 15',
    status,
    body: problemOf('any', status),
    ...UNKNOWN,
  })),
  {
    name: 'a plain refusal in words, with a 504',
    source: 'RFC 9457 section 3.1.2: the status in the body is advisory',
    status: 504,
    body: problemOf('any', 422),
    ...UNKNOWN,
  },
];
