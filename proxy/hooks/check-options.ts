import { nearest } from './nearest.ts';
import type { ProxyMetrics } from '../telemetry/metrics.ts';
import type { EventOptions, RateLimit, RefundProxyOptions } from '../options.ts';
import { kindOf, received } from './received.ts';
import { isWhole } from './whole.ts';

/** Whether a text is the origin of pages: scheme, host and port, nothing after it. */
export function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

interface Expected {
  readonly isRight: (value: unknown) => boolean;
  readonly words: string;
  readonly isRequired?: true;
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isFunction = (value: unknown) => typeof value === 'function';

/** An object that has these functions, of whatever class. */
function hasFunctions(value: unknown, ...names: string[]): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === 'function');
}

function hasMembers(value: unknown, ...names: string[]): boolean {
  return typeof value === 'object' && value !== null && names.every((name) => name in value);
}

function isEach(value: unknown, names: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.entries(value).every(([name, of]) => names.includes(name) && (of === undefined || isWhole(of, 1)))
  );
}

const SPANS = { isRight: (value: unknown) => isWhole(value, 1), words: 'a whole number of milliseconds above 0' };
const A_FUNCTION = { isRight: isFunction, words: 'a function' };
const EVENT_NAMES = namesOf<keyof EventOptions>({
  heartbeatMs: true,
  lookMs: true,
  unreadMs: true,
  longestMs: true,
  most: true,
  mostPerUser: true,
  mostPayments: true,
  mostPaymentsPerUser: true,
});
const LIMIT_NAMES = namesOf<keyof RateLimit>({ writes: true, perMs: true });
/** Leaves out what metrics of an earlier version do not have. */
const METRICS = namesOf<
  Exclude<keyof ProxyMetrics, 'contradicted' | 'called' | 'credentialsRefused' | 'signed' | 'limited' | 'ledger'>
>({
  answered: true,
  sent: true,
  webhook: true,
  streams: true,
});

/** Lists every member of a type: a new member does not compile until it is listed. */
function namesOf<Name extends string>(all: Readonly<Record<Name, true>>): readonly string[] {
  return Object.keys(all);
}

/** Every option, by name. A new option of the type has to be added here. */
const OPTIONS: Readonly<Record<keyof RefundProxyOptions, Expected>> = {
  provider: {
    isRight: (value) => hasFunctions(value, 'connect'),
    words: 'what uqpay({ ... }) or upayments({ ... }) returns',
    isRequired: true,
  },
  basePath: {
    isRight: (value) => typeof value === 'string' && /^(?:\/[^/?#\s]+)*$/.test(value),
    words: "a path such as /refunds/uqpay, without a slash at its end; '' for the root",
    isRequired: true,
  },
  ledger: {
    isRight: (value) => hasFunctions(value, 'begin', 'settle', 'recover'),
    words: "a ledger such as new SqliteLedger({ file: 'refunds.sqlite' })",
    isRequired: true,
  },
  merchant: { isRight: isText, words: 'a string that is not empty' },
  orders: {
    isRight: isFunction,
    words: "a function that resolves with the merchant's own record of a payment",
    isRequired: true,
  },
  authorize: { isRight: isFunction, words: 'a function; it decides who may refund', isRequired: true },
  authenticate: A_FUNCTION,
  onChange: A_FUNCTION,
  publicOrigin: {
    isRight: (value) => isText(value) && isOrigin(value),
    words: 'an origin such as https://admin.example, without a path',
  },
  allowedOrigins: {
    isRight: (value) => Array.isArray(value) && value.every((each) => isText(each) && isOrigin(each)),
    words: 'an array of origins such as https://admin.example, without a path and without *',
  },
  rateLimit: {
    isRight: (value) => isEach(value, LIMIT_NAMES) && Object.values(value as object).filter(Boolean).length === 2,
    words: '{ writes, perMs }, whole numbers above 0; leave it out for no limit',
  },
  now: A_FUNCTION,
  newId: A_FUNCTION,
  fetch: A_FUNCTION,
  approvalMs: SPANS,
  webhookPath: {
    isRight: (value) => typeof value === 'string' && /^(?:\/[\w-]+)+$/.test(value),
    words: 'a path below basePath such as /webhooks',
  },
  events: {
    isRight: (value) => isEach(value, EVENT_NAMES),
    words: `an object with some of ${EVENT_NAMES.join(', ')}, whole numbers above 0`,
  },
  metrics: {
    isRight: (value) => hasFunctions(value, ...METRICS),
    words: 'what prometheusMetrics() returns, or an object with its functions',
  },
  openTelemetry: {
    isRight: (value) => hasMembers(value, 'trace', 'context'),
    words: "the module @opentelemetry/api: import * as openTelemetry from '@opentelemetry/api'",
  },
  timeoutMs: SPANS,
  maxBodyBytes: { isRight: (value) => isWhole(value, 1), words: 'a whole number of bytes above 0' },
  logger: {
    isRight: (value) => hasFunctions(value, 'info', 'warn', 'error'),
    words: 'a pino logger, or an object with info, warn and error',
  },
};

/** Options whose value an error may quote: none of them is a credential. */
const SHOWN: ReadonlySet<string> = new Set(['basePath', 'publicOrigin', 'webhookPath', 'merchant']);

/** Members that are no options. They are no fault: the caller may use the same object for other things. */
export function strangeOptions(options: object): readonly string[] {
  return Object.entries(options).flatMap(([name, value]) =>
    value === undefined || Object.hasOwn(OPTIONS, name) ? [] : [name],
  );
}

/**
 * Checks at run time what the types say, for callers without TypeScript.
 * @throws TypeError that names every option that is missing or wrong.
 */
export function checkOptions(options: RefundProxyOptions<never>): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`createRefundProxy: expected an object of options, received ${kindOf(options)}`);
  }
  const given = options as unknown as Readonly<Record<string, unknown>>;
  const faults: string[] = [];
  for (const [name, { isRight, words, isRequired }] of Object.entries(OPTIONS)) {
    const value = given[name];
    if (value === undefined && !isRequired) continue;
    if (value === undefined) faults.push(`${name}: is missing; expected ${words}`);
    else if (!isRight(value)) {
      const receivedText = received(value, (text) => SHOWN.has(name) && text.length <= 80);
      faults.push(`${name}: expected ${words}, received ${receivedText}`);
    }
  }
  for (const name of strangeOptions(options)) {
    const meant = nearest(name, Object.keys(OPTIONS));
    if (meant !== undefined && given[meant] === undefined) faults.push(`${name}: is no option; is ${meant} meant?`);
  }
  if (faults.length > 0) throw new TypeError(`createRefundProxy: ${faults.join('\ncreateRefundProxy: ')}`);
}
