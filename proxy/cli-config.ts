import { readFile } from 'node:fs/promises';

import * as z from 'zod/mini';

import { isCurrency, parseDecimal } from '../contract/index.ts';
import type { LedgerAddress } from './ledger/open.ts';
import { order, type Action, type Authorization, type AuthorizeContext, type RefundProxyOptions } from './options.ts';
import { upayments } from './providers/upayments.ts';
import { uqpay } from './providers/uqpay.ts';
import type { Provider } from './providers/provider.ts';

/** Every variable of the stand-alone proxy: what it is for, and its default. `--help` prints this table. */
export const VARIABLES = {
  REFUND_PROXY_PORT: 'port, 4020; 0 takes any free one',
  REFUND_PROXY_HOST: 'address to listen on, 127.0.0.1',
  REFUND_PROXY_DB: 'file of the ledger, refund-proxy.sqlite; or, for several instances, a postgres:// address',
  REFUND_PROXY_DB_SCHEMA: 'PostgreSQL only: schema that holds the ledger, refund_proxy; made when it is not there',
  REFUND_PROXY_TIMEOUT_MS: 'milliseconds for one call of a provider, 20000',
  REFUND_PROXY_DEMO: '1: addresses and credentials of the local sandbox on port 4010 where none are given',
  REFUND_ORDERS_FILE: 'JSON array of orders: payment_id, currency, captured, ...',
  REFUND_ORDERS_URL: 'instead: address of one order as JSON, with {id} in it; 404 when there is none',
  REFUND_USER_HEADER: "header in which the merchant's own sign-in, in front of the proxy, names the user",
  REFUND_ALLOW_ANONYMOUS: '1: everybody may refund; for development, on a loopback address only',
  REFUND_RESOLVERS: 'users, by comma, who may settle what is unknown over HTTP; nobody without it',
  REFUND_APPROVAL_ABOVE:
    'refunds above these amounts wait for a second person: USD 500.00, KWD 150.000; none without it',
  REFUND_APPROVERS: 'users, by comma, who may approve or decline what waits; nobody without it',
  REFUND_APPROVAL_HOURS: 'hours after which what waits comes to nothing, 24',
  REFUND_ALLOWED_ORIGINS: "origins, by comma, of other sites' pages that may use the proxy",
  REFUND_RATE_LIMIT: 'new requests a user may make a minute, 120; 0 for no limit',
  REFUND_RECONCILE_SECONDS: 'pause between two rounds of reading what is not final, 30; 0 for none',
  REFUND_WEBHOOK_PATH: 'path below /uqpay and /upayments at which the providers report, /webhooks',
  REFUND_METRICS: '1: numbers for Prometheus at GET /metrics; keep that from the public',
  REFUND_LOG_LEVEL: 'debug, info, warn, error or silent; info',
  UQPAY_BASE_URL: 'ends in /api',
  UQPAY_CLIENT_ID: 'x-client-id',
  UQPAY_API_KEY: 'x-api-key',
  UQPAY_ON_BEHALF_OF: "a connected account's id, optional",
  UQPAY_WEBHOOK_SECRET: 'signs the webhooks; without it none is taken',
  UPAYMENTS_BASE_URL: 'ends in /api/v1',
  UPAYMENTS_TOKEN: 'bearer token',
  UPAYMENTS_NOTIFY_URL: 'where the provider reports a settled refund, optional',
} as const;
type Variable = keyof typeof VARIABLES;

export type Environment = Readonly<Record<string, string | undefined>>;

export class ConfigError extends Error {
  override name = 'ConfigError' as const;

  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

export interface CliConfig {
  readonly port: number;
  readonly host: string;
  readonly timeoutMs: number;
  readonly reconcileEveryMs: number;
  readonly logLevel: string;
  readonly ledger: LedgerAddress;
  readonly providers: readonly Provider[];
  readonly orders: RefundProxyOptions['orders'];
  readonly authorize: RefundProxyOptions['authorize'];
  readonly allowedOrigins: readonly string[];
  readonly writesPerMinute: number;
  readonly approvalMs: number;
  readonly webhookPath: string;
  readonly metrics: boolean;
}

const DEFAULTS: Partial<Record<Variable, string>> = {
  REFUND_PROXY_PORT: '4020',
  REFUND_PROXY_HOST: '127.0.0.1',
  REFUND_PROXY_DB: 'refund-proxy.sqlite',
  REFUND_PROXY_TIMEOUT_MS: '20000',
  REFUND_ALLOW_ANONYMOUS: '0',
  REFUND_RESOLVERS: '',
  REFUND_ALLOWED_ORIGINS: '',
  REFUND_RATE_LIMIT: '120',
  REFUND_RECONCILE_SECONDS: '30',
  REFUND_APPROVAL_ABOVE: '',
  REFUND_APPROVERS: '',
  REFUND_APPROVAL_HOURS: '24',
  REFUND_WEBHOOK_PATH: '/webhooks',
  REFUND_METRICS: '0',
  REFUND_LOG_LEVEL: 'info',
};

const DEMO: Partial<Record<Variable, string>> = {
  UQPAY_BASE_URL: 'http://127.0.0.1:4010/uqpay/api',
  UQPAY_CLIENT_ID: 'sandbox-client',
  UQPAY_API_KEY: 'sandbox-key',
  UPAYMENTS_BASE_URL: 'http://127.0.0.1:4010/upayments/api/v1',
  UPAYMENTS_TOKEN: 'jtest123',
};

const whole = (highest: number) =>
  z
    .pipe(z.string().check(z.regex(/^\d{1,9}$/, `expected a whole number from 0 to ${highest}`)), z.transform(Number))
    .check(z.maximum(highest, `expected a whole number from 0 to ${highest}`));
const list = z.pipe(
  z.string(),
  z.transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ),
);
const flag = z.pipe(
  z.enum(['0', '1'], 'expected 1 or 0'),
  z.transform((text) => text === '1'),
);
const url = z.string().check(z.regex(/^https?:\/\/[^\s@]+$/, 'expected an http(s) address without credentials in it'));
const text = z.string();
const origins = z.pipe(
  list,
  z.array(z.string().check(z.refine(isOrigin, 'expected origins such as https://admin.example'))),
);

/** Minor units by currency. */
const limits = z.pipe(
  list,
  z.transform((parts, context) => {
    const above = new Map<string, bigint>();
    for (const part of parts) {
      const [currency = '', amount = '', ...rest] = part.split(' ');
      const parsed = isCurrency(currency) && rest.length === 0 ? parseDecimal(amount, currency) : undefined;
      if (parsed?.ok) above.set(currency, parsed.minor);
      else
        context.issues.push({
          code: 'custom',
          input: parts,
          message: 'expected amounts such as USD 500.00, KWD 150.000',
        });
    }
    return above;
  }),
);

const schema = z.object({
  REFUND_PROXY_PORT: whole(65_535),
  REFUND_PROXY_HOST: text,
  REFUND_PROXY_DB: text,
  REFUND_PROXY_DB_SCHEMA: z.optional(
    text.check(z.regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected lower case letters, digits and _')),
  ),
  REFUND_PROXY_TIMEOUT_MS: whole(600_000),
  REFUND_ORDERS_FILE: z.optional(text),
  REFUND_ORDERS_URL: z.optional(url.check(z.includes('{id}', 'expected {id} where the payment id goes'))),
  REFUND_USER_HEADER: z.optional(text.check(z.regex(/^[\w-]+$/, 'expected the name of a header'))),
  REFUND_ALLOW_ANONYMOUS: flag,
  REFUND_RESOLVERS: list,
  REFUND_ALLOWED_ORIGINS: origins,
  REFUND_APPROVAL_ABOVE: limits,
  REFUND_APPROVERS: list,
  REFUND_APPROVAL_HOURS: whole(8_760),
  REFUND_WEBHOOK_PATH: text.check(z.regex(/^(?:\/[\w-]+)+$/, 'expected a path such as /webhooks')),
  REFUND_METRICS: flag,
  REFUND_RATE_LIMIT: whole(1_000_000),
  REFUND_RECONCILE_SECONDS: whole(86_400),
  REFUND_LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent'], 'expected debug, info, warn, error or silent'),
  UQPAY_BASE_URL: z.optional(url),
  UQPAY_CLIENT_ID: z.optional(text),
  UQPAY_API_KEY: z.optional(text),
  UQPAY_ON_BEHALF_OF: z.optional(text),
  UQPAY_WEBHOOK_SECRET: z.optional(text.check(z.minLength(8, 'expected at least 8 characters'))),
  UPAYMENTS_BASE_URL: z.optional(url),
  UPAYMENTS_TOKEN: z.optional(text),
  UPAYMENTS_NOTIFY_URL: z.optional(url),
});
type Parsed = z.infer<typeof schema>;

/** Where the ledger is, and nothing else, for commands that call no provider. */
export function ledgerAddress(environment: Environment): LedgerAddress {
  return {
    db: environment['REFUND_PROXY_DB'] || DEFAULTS.REFUND_PROXY_DB!,
    schema: environment['REFUND_PROXY_DB_SCHEMA'] || undefined,
  };
}

/** @throws ConfigError that names every variable that is wrong or missing, and never repeats a value. */
export async function readConfig(environment: Environment): Promise<CliConfig> {
  const given: Record<string, string> = { ...DEFAULTS, ...(environment['REFUND_PROXY_DEMO'] === '1' && DEMO) };
  for (const name of Object.keys(VARIABLES)) {
    const value = environment[name];
    if (value) given[name] = value;
  }
  const parsed = z.safeParse(schema, given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map(({ path, message }) => `${String(path[0])}: ${message}`));
  }
  const values = parsed.data;
  const faults: string[] = [];
  const providers = readProviders(values, faults);
  checkAccess(values, faults);
  const orders = await readOrders(values, faults);
  if (faults.length > 0 || !orders) throw new ConfigError(faults);
  return {
    port: values.REFUND_PROXY_PORT,
    host: values.REFUND_PROXY_HOST,
    timeoutMs: values.REFUND_PROXY_TIMEOUT_MS,
    reconcileEveryMs: values.REFUND_RECONCILE_SECONDS * 1000,
    logLevel: values.REFUND_LOG_LEVEL,
    ledger: { db: values.REFUND_PROXY_DB, schema: values.REFUND_PROXY_DB_SCHEMA },
    providers,
    orders,
    authorize: authorizer(values),
    allowedOrigins: values.REFUND_ALLOWED_ORIGINS,
    writesPerMinute: values.REFUND_RATE_LIMIT,
    approvalMs: values.REFUND_APPROVAL_HOURS * 3_600_000,
    webhookPath: values.REFUND_WEBHOOK_PATH,
    metrics: values.REFUND_METRICS,
  };
}

function readProviders(values: Parsed, faults: string[]): Provider[] {
  const providers: Provider[] = [];
  const complete = (names: readonly (keyof Parsed)[]): boolean => {
    const missing = names.filter((name) => values[name] === undefined);
    if (missing.length > 0 && missing.length < names.length) {
      faults.push(...missing.map((name) => `${name}: is missing, the provider's other variables are set`));
    }
    return missing.length === 0;
  };
  const { UQPAY_BASE_URL, UQPAY_CLIENT_ID, UQPAY_API_KEY, UPAYMENTS_BASE_URL, UPAYMENTS_TOKEN } = values;
  if (complete(['UQPAY_BASE_URL', 'UQPAY_CLIENT_ID', 'UQPAY_API_KEY'])) {
    providers.push(
      uqpay({
        baseUrl: UQPAY_BASE_URL!,
        clientId: UQPAY_CLIENT_ID!,
        apiKey: UQPAY_API_KEY!,
        onBehalfOf: values.UQPAY_ON_BEHALF_OF,
        webhookSecret: values.UQPAY_WEBHOOK_SECRET,
      }),
    );
  }
  if (complete(['UPAYMENTS_BASE_URL', 'UPAYMENTS_TOKEN'])) {
    providers.push(
      upayments({ baseUrl: UPAYMENTS_BASE_URL!, token: UPAYMENTS_TOKEN!, notifyUrl: values.UPAYMENTS_NOTIFY_URL }),
    );
  }
  if (providers.length === 0 && faults.length === 0) {
    faults.push(
      'UQPAY_BASE_URL, UQPAY_CLIENT_ID, UQPAY_API_KEY or UPAYMENTS_BASE_URL, UPAYMENTS_TOKEN: set those of one provider ' +
        '(REFUND_PROXY_DEMO=1 takes the local sandbox)',
    );
  }
  return providers;
}

function checkAccess(
  { REFUND_USER_HEADER, REFUND_ALLOW_ANONYMOUS, REFUND_PROXY_HOST }: Parsed,
  faults: string[],
): void {
  if (REFUND_USER_HEADER === undefined && !REFUND_ALLOW_ANONYMOUS) {
    faults.push(
      'REFUND_USER_HEADER: is missing; name the header of your own sign-in, or set REFUND_ALLOW_ANONYMOUS=1 to develop',
    );
  }
  if (REFUND_ALLOW_ANONYMOUS && !/^(?:127\.|localhost$|::1$)/.test(REFUND_PROXY_HOST)) {
    faults.push('REFUND_ALLOW_ANONYMOUS: is for development on a loopback address; REFUND_PROXY_HOST is another');
  }
}

function authorizer(values: Parsed): RefundProxyOptions['authorize'] {
  const { REFUND_USER_HEADER, REFUND_APPROVAL_ABOVE } = values;
  const resolvers = new Set(values.REFUND_RESOLVERS);
  const approvers = new Set(values.REFUND_APPROVERS);
  const listers = new Set([...resolvers, ...approvers]);
  const only: Partial<Record<Action, readonly [users: ReadonlySet<string>, detail: string]>> = {
    resolve: [resolvers, 'Only users in REFUND_RESOLVERS may'],
    approve: [approvers, 'Only users in REFUND_APPROVERS may'],
    decline: [approvers, 'Only users in REFUND_APPROVERS may'],
    list_intents: [listers, 'Only users in REFUND_RESOLVERS or REFUND_APPROVERS may'],
  };
  return async (request, { action, amount, order }: AuthorizeContext): Promise<Authorization> => {
    const user = REFUND_USER_HEADER === undefined ? 'anonymous' : request.headers.get(REFUND_USER_HEADER);
    if (!user) return { refuse: 'unauthenticated' };
    const [users, detail] = only[action] ?? [];
    if (users && !users.has(user)) return { refuse: 'forbidden', ...(detail !== undefined && { detail }) };
    const limit = REFUND_APPROVAL_ABOVE.get(order?.currency ?? '');
    const waits = action === 'refund' && limit !== undefined && amount !== undefined && amount > limit;
    return waits ? { refuse: 'approval_required', user } : { user };
  };
}

async function readOrders(
  { REFUND_ORDERS_FILE, REFUND_ORDERS_URL, REFUND_PROXY_TIMEOUT_MS }: Parsed,
  faults: string[],
): Promise<RefundProxyOptions['orders'] | undefined> {
  if ((REFUND_ORDERS_FILE === undefined) === (REFUND_ORDERS_URL === undefined)) {
    faults.push('REFUND_ORDERS_FILE or REFUND_ORDERS_URL: set one of them, so that the proxy knows what was captured');
    return undefined;
  }
  if (REFUND_ORDERS_URL !== undefined) return (id) => fetchOrder(REFUND_ORDERS_URL, id, REFUND_PROXY_TIMEOUT_MS);
  try {
    const parsed = z.safeParse(z.array(order), JSON.parse(await readFile(REFUND_ORDERS_FILE!, 'utf8')));
    if (!parsed.success) {
      faults.push(
        ...parsed.error.issues.map(({ path, message }) => `REFUND_ORDERS_FILE: /${path.join('/')}: ${message}`),
      );
      return undefined;
    }
    const byId = new Map(parsed.data.map((row) => [row.payment_id, row]));
    return async (id) => byId.get(id);
  } catch (error) {
    faults.push(`REFUND_ORDERS_FILE: ${error instanceof Error ? error.message : 'cannot be read'}`);
    return undefined;
  }
}

async function fetchOrder(template: string, id: string, timeoutMs: number): Promise<unknown> {
  const response = await fetch(template.replaceAll('{id}', encodeURIComponent(id)), {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(timeoutMs),
  });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`REFUND_ORDERS_URL answered ${response.status}`);
  return response.json();
}

function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text;
}
