/**
 * Faults of a merchant's proxy, one at a time: the provider to test it with, the check that finds it, and the other checks
 * that fail for it and name it truly.
 */
export const FAULTS = {
  'credentials-forgotten': { provider: 'upayments', caughtBy: 'credentials-added', also: [] },
  'status-changed': { provider: 'uqpay', caughtBy: 'success-unchanged', also: ['unknown-values', 'numbers-unchanged'] },
  'amounts-clamped': {
    provider: 'uqpay',
    caughtBy: 'over-refund',
    also: ['over-refund-concurrent', 'over-refund-unsent'],
  },
  'description-missing': { provider: 'uqpay', caughtBy: 'description', also: [] },
  'any-path': { provider: 'uqpay', caughtBy: 'paths-allowlist', also: ['paths-traversal'] },
  'ids-decoded': { provider: 'uqpay', caughtBy: 'paths-traversal', also: [] },
  'browser-headers-passed': { provider: 'uqpay', caughtBy: 'strangers-headers', also: [] },
  'notify-url-passed': { provider: 'upayments', caughtBy: 'notify-url', also: [] },
  'secrets-in-errors': { provider: 'upayments', caughtBy: 'credentials-not-leaked', also: [] },
  'secrets-in-headers': { provider: 'uqpay', caughtBy: 'credentials-not-leaked', also: [] },
  'amounts-rounded': { provider: 'upayments', caughtBy: 'request-unchanged', also: [] },
  'json-rewritten': { provider: 'uqpay', caughtBy: 'numbers-unchanged', also: [] },
  'refusals-flattened': { provider: 'uqpay', caughtBy: 'errors-unchanged', also: [] },
  'statuses-renamed': { provider: 'uqpay', caughtBy: 'unknown-values', also: [] },
  'reads-missing': { provider: 'upayments', caughtBy: 'reads-unchanged', also: [] },
  'no-idempotency': {
    provider: 'upayments',
    caughtBy: 'same-key-once',
    also: [
      'key-case',
      'key-without-orders',
      'same-key-concurrent',
      'same-key-other-body',
      'same-key-other-payment',
      'refusal-kept',
      'lost-answer-same-key',
      'same-key-first',
      'lost-answer-unlisted',
      'key-remembered',
    ],
  },
  'looked-up-before-written': { provider: 'upayments', caughtBy: 'same-key-concurrent', also: ['one-in-flight'] },
  'twin-told-busy': { provider: 'upayments', caughtBy: 'same-key-concurrent', also: [] },
  'fingerprint-ignored': { provider: 'uqpay', caughtBy: 'same-key-other-body', also: ['same-key-other-payment'] },
  'deduped-by-amount': { provider: 'uqpay', caughtBy: 'two-keys-two-refunds', also: [] },
  'key-made-up': { provider: 'uqpay', caughtBy: 'key-required', also: [] },
  'form-header-ignored': { provider: 'uqpay', caughtBy: 'guard-form-header', also: [] },
  'any-content-type': { provider: 'uqpay', caughtBy: 'guard-content-type', also: [] },
  'any-origin': { provider: 'uqpay', caughtBy: 'guard-origin', also: [] },
  'origin-reflected': { provider: 'uqpay', caughtBy: 'guard-cors', also: [] },
  'any-size': { provider: 'uqpay', caughtBy: 'guard-body-limit', also: [] },
  'bad-json-crashes': { provider: 'uqpay', caughtBy: 'guard-malformed-json', also: [] },
  'plain-errors': { provider: 'uqpay', caughtBy: 'problem-shape', also: ['token-missing'] },
  'new-key-on-retry': { provider: 'uqpay', caughtBy: 'never-resent', also: [] },
  'retried-blindly': { provider: 'upayments', caughtBy: 'never-resent', also: [] },
  'unknown-is-failed': { provider: 'uqpay', caughtBy: 'lost-answer', also: ['slow-provider'] },
  'timeout-is-failed': { provider: 'upayments', caughtBy: 'slow-provider', also: [] },
  'sent-again-after-loss': { provider: 'upayments', caughtBy: 'lost-answer-same-key', also: ['key-case'] },
  'waits-for-ever': { provider: 'uqpay', caughtBy: 'slow-provider-bounded', also: [] },
  'rate-limit-kept': { provider: 'uqpay', caughtBy: 'rate-limit', also: [] },
  'token-never-renewed': { provider: 'uqpay', caughtBy: 'token-renewed', also: [] },
  'token-missing-unknown': { provider: 'uqpay', caughtBy: 'token-missing', also: [] },
  'token-each-time': { provider: 'uqpay', caughtBy: 'token-shared', also: [] },
  'no-reservation': { provider: 'uqpay', caughtBy: 'over-refund-unsent', also: ['over-refund-concurrent'] },
  'elsewhere-forgotten': { provider: 'uqpay', caughtBy: 'elsewhere-counted', also: [] },
  'expected-ignored': { provider: 'uqpay', caughtBy: 'expected-refundable', also: [] },
  'several-in-flight': { provider: 'upayments', caughtBy: 'one-in-flight', also: [] },
  'pending-forgotten': { provider: 'uqpay', caughtBy: 'payment-summary', also: [] },
  'vendors-merged': { provider: 'upayments', caughtBy: 'vendors', also: [] },
  'sign-in-missing': { provider: 'uqpay', caughtBy: 'sign-in', also: [] },
  'sign-in-unread': { provider: 'upayments', caughtBy: 'sign-in', also: [] },
  'sum-not-locked': { provider: 'uqpay', caughtBy: 'over-refund-concurrent', also: [] },
  'sum-not-locked-nor-looked-up': { provider: 'uqpay', caughtBy: 'over-refund-concurrent', also: [] },
  'sum-read-too-early': { provider: 'uqpay', caughtBy: 'over-refund-concurrent', also: [] },
  'key-kept-by-payment': { provider: 'upayments', caughtBy: 'same-key-other-payment', also: [] },
  'key-overwritten': { provider: 'upayments', caughtBy: 'same-key-other-payment', also: [] },
  'status-false-recorded': { provider: 'upayments', caughtBy: 'status-false', also: ['cancel-counted'] },
  'vendors-not-counted': { provider: 'upayments', caughtBy: 'vendors-counted', also: [] },
  'vendors-counted-whole': { provider: 'upayments', caughtBy: 'vendors-counted', also: [] },
  'cancel-frees-early': { provider: 'upayments', caughtBy: 'cancel-counted', also: [] },
  'cancel-frees-on-2xx': { provider: 'upayments', caughtBy: 'cancel-counted', also: [] },
  'cancel-unconfirmed': { provider: 'upayments', caughtBy: 'cancel-counted', also: [] },
  'read-believed': { provider: 'uqpay', caughtBy: 'other-refund-read', also: [] },
  'answered-amount-ignored': { provider: 'uqpay', caughtBy: 'other-amount-answered', also: [] },
  'webhooks-unverified': { provider: 'uqpay', caughtBy: 'webhook-forged', also: [] },
  'webhooks-without-age': { provider: 'uqpay', caughtBy: 'webhook-forged', also: [] },
  'callback-believed': { provider: 'upayments', caughtBy: 'webhook-forged', also: [] },
  'raw-body-passed': { provider: 'upayments', caughtBy: 'amount-once', also: ['notify-url', 'members-known'] },
  'summary-number': { provider: 'uqpay', caughtBy: 'payment-summary', also: [] },
  'summary-with-words': { provider: 'uqpay', caughtBy: 'payment-summary', also: [] },
  'ledger-missing': {
    provider: 'uqpay',
    caughtBy: 'over-refund-unsent',
    also: ['over-refund-concurrent', 'expected-refundable', 'payment-summary', 'description'],
  },
  'refusals-forgotten': { provider: 'upayments', caughtBy: 'refusal-kept', also: [] },
  'webhook-frees-twice': { provider: 'uqpay', caughtBy: 'webhook-twice', also: [] },
  'members-passed': { provider: 'uqpay', caughtBy: 'members-known', also: [] },
  'lost-frees': {
    provider: 'uqpay',
    caughtBy: 'lost-answer-counted',
    also: ['lost-answer-recorded', 'resent-refusal'],
  },
  '5xx-is-refusal': { provider: 'uqpay', caughtBy: 'lost-answer-recorded', also: ['lost-answer-counted'] },
  'unreadable-settles': { provider: 'upayments', caughtBy: 'lost-answer-recorded', also: ['lost-answer-counted'] },
  'lost-listed-as-failed': { provider: 'uqpay', caughtBy: 'lost-answer-recorded', also: [] },
  'resent-refusal-believed': { provider: 'uqpay', caughtBy: 'resent-refusal', also: [] },
  'list-unread': { provider: 'upayments', caughtBy: 'elsewhere-listed', also: [] },
  'cancelled-for-good': { provider: 'upayments', caughtBy: 'cancel-carried-out', also: [] },
  'answered-currency-ignored': { provider: 'uqpay', caughtBy: 'other-currency-answered', also: [] },
  'webhooks-signed-otherwise': { provider: 'uqpay', caughtBy: 'webhook-genuine', also: [] },
  'new-status-fails': { provider: 'uqpay', caughtBy: 'status-counted', also: [] },
  'reversal-frees': { provider: 'uqpay', caughtBy: 'status-counted', also: [] },
  'keys-forgotten': { provider: 'upayments', caughtBy: 'key-remembered', also: [] },
  'equal-refund-mistaken': { provider: 'uqpay', caughtBy: 'lost-answer-not-mistaken', also: [] },
  'negative-counted': { provider: 'uqpay', caughtBy: 'odd-amounts', also: [] },
  'amounts-two-decimals': { provider: 'uqpay', caughtBy: 'currencies-unchanged', also: [] },
  'zeros-trimmed': { provider: 'uqpay', caughtBy: 'request-unchanged', also: ['currencies-unchanged'] },
  'sum-in-hundredths': { provider: 'uqpay', caughtBy: 'currencies-counted', also: ['payment-summary'] },
  'sum-in-floats': { provider: 'uqpay', caughtBy: 'currencies-counted', also: ['key-refused'] },
  'refund-ids-unlisted': { provider: 'uqpay', caughtBy: 'payment-summary', also: [] },
  'any-size-read-first': { provider: 'uqpay', caughtBy: 'guard-body-limit', also: [] },
  'retried-on-5xx': { provider: 'upayments', caughtBy: 'never-resent', also: [] },
  'key-of-one-path': {
    provider: 'upayments',
    caughtBy: 'same-key-once',
    also: [
      'key-case',
      'key-without-orders',
      'same-key-concurrent',
      'same-key-other-body',
      'same-key-first',
      'lost-answer-same-key',
    ],
  },
  'sign-in-on-one-path': { provider: 'upayments', caughtBy: 'sign-in', also: [] },
  'form-header-on-one-path': { provider: 'upayments', caughtBy: 'guard-form-header', also: [] },
  'vendors-loss-is-failed': {
    provider: 'upayments',
    caughtBy: 'lost-answer',
    also: ['key-case', 'key-without-orders', 'lost-answer-same-key', 'lost-answer-recorded'],
  },
  'cancel-loss-is-failed': { provider: 'upayments', caughtBy: 'lost-answer', also: [] },
  'list-settles': { provider: 'upayments', caughtBy: 'lost-answer-unlisted', also: [] },
  'unlisted-frees': { provider: 'upayments', caughtBy: 'refund-unlisted', also: [] },
  'event-matched-by-amount': { provider: 'uqpay', caughtBy: 'webhook-of-another', also: [] },
  '429-frees': { provider: 'uqpay', caughtBy: 'resent-refusal', also: [] },
  'no-token-frees': { provider: 'uqpay', caughtBy: 'token-missing-resent', also: [] },
  'figure-before-key': { provider: 'upayments', caughtBy: 'same-key-first', also: ['key-without-orders'] },
  'sum-before-key': { provider: 'upayments', caughtBy: 'same-key-first', also: ['key-without-orders'] },
  'pending-is-succeeded': { provider: 'upayments', caughtBy: 'standings', also: [] },
  'failed-is-succeeded': { provider: 'uqpay', caughtBy: 'standings', also: [] },
  'late-event-believed': { provider: 'uqpay', caughtBy: 'webhook-late', also: [] },
  'events-ignored': { provider: 'uqpay', caughtBy: 'failure-learned', also: ['success-learned'] },
  'vendors-cancel-frees-early': { provider: 'upayments', caughtBy: 'cancel-counted', also: [] },
  'key-case-kept': { provider: 'upayments', caughtBy: 'key-case', also: [] },
  'key-case-sent': { provider: 'uqpay', caughtBy: 'key-case', also: [] },
  'key-refused-held': { provider: 'uqpay', caughtBy: 'key-refused', also: [] },
  'orders-before-key': { provider: 'uqpay', caughtBy: 'key-without-orders', also: [] },
  'chunks-crash': { provider: 'uqpay', caughtBy: 'guard-chunked', also: ['guard-body-limit'] },
  'any-size-in-chunks': { provider: 'upayments', caughtBy: 'guard-body-limit', also: [] },
  'cancel-missing': { provider: 'upayments', caughtBy: 'cancel', also: [] },
  'replay-unmarked': { provider: 'upayments', caughtBy: 'refusal-repeated', also: [] },
  'refund-id-of-another': { provider: 'upayments', caughtBy: 'standings', also: ['success-learned'] },
  'reasons-dropped': { provider: 'upayments', caughtBy: 'request-unchanged', also: [] },
  'success-made-up': { provider: 'upayments', caughtBy: 'success-true', also: ['slow-provider'] },
  'given-up-with-browser': { provider: 'upayments', caughtBy: 'browser-gone', also: [] },
  'freed-with-browser': { provider: 'uqpay', caughtBy: 'lost-answer-counted', also: [] },
  'expected-user-ignored': { provider: 'uqpay', caughtBy: 'user-changed', also: [] },
  'deleted-at-start': { provider: 'upayments', caughtBy: 'sent-at-restart', also: [], needsRestart: true },
  'failed-at-start': { provider: 'uqpay', caughtBy: 'sent-at-restart', also: [], needsRestart: true },
} as const satisfies Record<
  string,
  {
    readonly provider: 'uqpay' | 'upayments';
    readonly caughtBy: string;
    readonly also: readonly string[];
    /** Only a restart of the proxy brings it out. */
    readonly needsRestart?: true;
  }
>;

export type Fault = keyof typeof FAULTS;

/** Checks that ask what becomes of a sum. */
const NO_SUM = [
  'elsewhere-counted',
  'currencies-counted',
  'other-refund-read',
  'other-amount-answered',
  'other-currency-answered',
  'webhook-forged',
  'webhook-twice',
  'resent-refusal',
  'status-counted',
  'lost-answer-counted',
  'odd-amounts',
  'refund-unlisted',
  'lost-answer-unlisted',
  'token-missing-resent',
  'webhook-of-another',
];

/** Checks that read how the payment names a refund. */
const NO_STANDINGS = ['standings', 'failure-learned', 'success-learned', 'webhook-late'];

/** Checks that ask what settles a refund whose answer was lost, and need one that is held. */
const OF_LOST = ['lost-answer-unlisted', 'token-missing-resent', 'webhook-of-another'];

/** Which checks say nothing while a proxy has this fault: another check then names it. */
export const UNJUDGED: Partial<Record<Fault, readonly string[]>> = {
  'amounts-clamped': NO_SUM,
  'amounts-rounded': ['currencies-counted'],
  'vendors-not-counted': ['cancel-counted'],
  'reads-missing': ['cancel-carried-out', 'success-learned', 'refund-unlisted'],
  'refusals-flattened': ['refusal-kept'],
  'deduped-by-amount': ['lost-answer-not-mistaken'],
  'new-key-on-retry': [
    'key-case',
    'key-without-orders',
    'lost-answer-not-mistaken',
    'same-key-other-payment',
    'lost-answer',
    'lost-answer-same-key',
    'slow-provider',
    'slow-provider-bounded',
    'lost-answer-recorded',
    'resent-refusal',
    'lost-answer-counted',
    'same-key-first',
    'lost-answer-unlisted',
    'token-missing-resent',
    'webhook-of-another',
  ],
  'retried-blindly': [
    'key-case',
    'key-without-orders',
    'same-key-first',
    'lost-answer-unlisted',
    'lost-answer-not-mistaken',
    'same-key-other-payment',
    'one-in-flight',
    'lost-answer',
    'lost-answer-same-key',
    'slow-provider',
    'slow-provider-bounded',
    'lost-answer-recorded',
    'lost-answer-counted',
  ],
  'sent-again-after-loss': ['same-key-other-payment'],
  'unknown-is-failed': ['resent-refusal', 'lost-answer-counted', 'token-missing-resent', 'webhook-of-another'],
  'token-never-renewed': ['token-missing'],
  'no-reservation': NO_SUM,
  'pending-forgotten': [
    ...NO_STANDINGS,
    ...OF_LOST,
    'lost-answer-recorded',
    'resent-refusal',
    'status-counted',
    'refund-unlisted',
  ],
  'summary-number': ['lost-answer-recorded', ...NO_STANDINGS],
  'summary-with-words': NO_STANDINGS,
  'ledger-missing': [...NO_SUM, ...NO_STANDINGS, 'lost-answer-recorded'],
  'lost-frees': OF_LOST,
  'lost-listed-as-failed': OF_LOST,
  'webhooks-signed-otherwise': ['webhook-twice', 'failure-learned', 'success-learned', 'webhook-late'],
  'amounts-two-decimals': ['currencies-counted'],
  'retried-on-5xx': ['lost-answer', 'lost-answer-same-key', 'lost-answer-recorded', 'lost-answer-counted'],
};

/**
 * What a proxy may do otherwise without being wrong. `breaker`: after a lost answer it refuses some writes unsent.
 * `one-pending`: it refuses a second refund of a payment while one is pending. `reuse-unknown`: it says of a reused key what
 * has become of its first request.
 */
export type Habit =
  | 'no-user'
  | 'reuse-unknown'
  | 'one-pending'
  | 'no-other-currencies'
  | 'no-webhooks'
  | 'no-payments'
  | 'lockout'
  | 'breaker';
