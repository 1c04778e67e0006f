import * as z from 'zod/mini';

import {
  credential,
  flag,
  header,
  limits,
  origin,
  origins,
  secrets,
  template,
  text,
  url,
  users,
  whole,
} from './schemas.ts';
import { PROVIDERS } from './providers.ts';
import type { ValuesOf, Variable, Variables } from './variable.ts';

/** The front end sends REFUND_USER_SECRET in this header. */
export const USER_SECRET_HEADER = 'X-Refund-User-Secret';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;

/** The variables of the proxy itself. */
export const OWN_VARIABLES = {
  REFUND_PROXY_PORT: { about: 'port; 0 takes any free one', default: '4020', schema: whole(0, 65_535) },
  REFUND_PROXY_HOST: { about: 'address to listen on', default: '127.0.0.1', schema: text },
  REFUND_PROXY_DB: {
    about: 'file of the ledger, for one process; for several, a postgres:// address with a percent-encoded password',
    default: 'refund-proxy.sqlite',
    schema: text,
  },
  REFUND_PROXY_DB_SCHEMA: {
    about: 'PostgreSQL only: schema that holds the ledger, refund_proxy by default; created if it does not exist',
    schema: z.optional(text.check(z.regex(/^[a-z_][a-z0-9_]{0,62}$/, 'expected lower case letters, digits and _'))),
  },
  REFUND_PROXY_TIMEOUT_MS: {
    about: 'time limit of one call of a provider, in milliseconds',
    default: '20000',
    schema: whole(1, 600_000),
  },
  REFUND_PROXY_DEMO: {
    about: '1: use the addresses and credentials of the local sandbox on port 4010 where none are set',
    default: '0',
    schema: flag,
  },
  REFUND_ORDERS_FILE: {
    about: 'JSON array of orders: payment_id, currency, captured, ...',
    schema: z.optional(text),
  },
  REFUND_ORDERS_URL: {
    about: 'instead of the file: address that returns one order as JSON, with {id} in it; 404 if there is no order',
    schema: z.optional(template),
  },
  REFUND_ORDERS_HEADER: {
    about: 'header that the proxy sends to REFUND_ORDERS_URL, such as "authorization: Bearer ..."; never logged',
    schema: z.optional(header),
    isSecret: true,
  },
  REFUND_USER_HEADER: {
    about: "header that names the user; the merchant's own sign-in, in front of the proxy, sets it",
    schema: z.optional(text.check(z.regex(/^[\w-]+$/, 'expected the name of a header'))),
  },
  REFUND_USER_SECRET: {
    about: `secret that the sign-in sends in ${USER_SECRET_HEADER} to prove itself; required unless on loopback`,
    schema: z.optional(credential.check(z.minLength(16, 'expected at least 16 characters'))),
    isSecret: true,
  },
  REFUND_ALLOW_ANONYMOUS: {
    about: '1: everybody may refund; for development only, on a loopback address and with a Host header that names it',
    default: '0',
    schema: flag,
  },
  REFUND_RESOLVERS: {
    about: 'comma-separated users who may settle unknown refunds over HTTP; nobody by default',
    default: '',
    schema: users,
  },
  REFUND_APPROVAL_ABOVE: {
    about:
      'single refunds above these amounts, and every refund in another currency, wait for a second person: USD 500.00, KWD 150.000; no limit by default',
    default: '',
    schema: limits,
  },
  REFUND_APPROVERS: {
    about: 'comma-separated users who may approve or decline waiting refunds; nobody by default',
    default: '',
    schema: users,
  },
  REFUND_APPROVAL_HOURS: {
    about: 'hours after which a waiting refund expires',
    default: '24',
    schema: whole(1, 8_760),
  },
  REFUND_PUBLIC_ORIGIN: {
    about: 'origin at which a front end serves the proxy and its own pages, such as https://admin.example',
    schema: z.optional(origin),
  },
  REFUND_ALLOWED_ORIGINS: {
    about: 'comma-separated origins of other sites whose pages may use the proxy',
    default: '',
    schema: origins,
  },
  REFUND_ALLOW_PLAIN_HTTP: {
    about: '1: allow http:// to other machines, such as containers of one network, for credentials, orders and changes',
    default: '0',
    schema: flag,
  },
  REFUND_RATE_LIMIT: {
    about: 'how many new requests a user may make in one minute; 0 for no limit',
    default: '120',
    schema: whole(0, 1_000_000),
  },
  REFUND_RECONCILE_SECONDS: {
    about: 'pause between two reconciliation rounds, which read refunds that are not final; 0 turns them off',
    default: '30',
    schema: whole(0, 86_400),
  },
  REFUND_WEBHOOK_PATH: {
    about: 'path below /refunds/uqpay and /refunds/upayments to which the providers send webhooks',
    default: '/webhooks',
    schema: text.check(z.regex(/^(?:\/[\w-]+)+$/, 'expected a path such as /webhooks')),
  },
  REFUND_NOTIFY_URL: {
    about:
      "address of the merchant's server to which the proxy sends each change of a refund; nothing is sent by default",
    schema: z.optional(url),
  },
  REFUND_NOTIFY_SECRET: {
    about: 'secret that signs each change: whsec_ and base64; while you replace it, both secrets, separated by a comma',
    default: '',
    schema: secrets,
    isSecret: true,
  },
  REFUND_METRICS: {
    about: '1: serve metrics for Prometheus at GET /metrics; keep that path from the public',
    default: '0',
    schema: flag,
  },
  REFUND_LOG_LEVEL: {
    about: LEVELS.join(', ').replace(/, (?=\w+$)/, ' or '),
    default: 'info',
    schema: z.enum(LEVELS, 'expected debug, info, warn, error or silent'),
  },
} as const satisfies Variables;

/**
 * Every variable of the stand-alone proxy. `--help`, the page in `docs/` and the check of the environment are made from
 * it.
 */
export const VARIABLES: Variables = {
  ...OWN_VARIABLES,
  ...Object.fromEntries(PROVIDERS.flatMap(({ variables }) => Object.entries(variables))),
};

/** The parsed variables of the proxy itself. Those of a provider are typed in its folder. */
export type Values = ValuesOf<typeof OWN_VARIABLES>;

export const NAMES: readonly string[] = Object.keys(VARIABLES);

export function variable(name: string): Variable {
  const found = VARIABLES[name];
  if (!found) throw new TypeError(`No variable is called ${name}`);
  return found;
}

/** The variables that hold a secret. */
export const SECRET_NAMES = NAMES.filter((name) => variable(name).isSecret === true);

/** The variable that names the file with this secret. */
export function fileTwin(name: string): string {
  return `${name}_FILE`;
}

export const FILE_NAMES: readonly string[] = SECRET_NAMES.map(fileTwin);

/** What the variable does, in one line. */
export function aboutVariable(name: string): string {
  const { about, isSecret } = variable(name);
  return isSecret ? `${about}; or ${name}_FILE, the path of a file that holds it` : about;
}

/** The table for `--help`. */
export function variablesHelp(): string {
  return NAMES.map((name) => {
    const { default: value } = variable(name);
    return `  ${name.padEnd(29)} ${aboutVariable(name)}${value ? ` (${value})` : ''}`;
  }).join('\n');
}
