import { routeAt } from '../../http/routes.ts';
import type { LedgerAddress } from '../../ledger/open.ts';
import type { RefundProxyOptions } from '../../options.ts';
import type { Provider } from '../../providers/provider.ts';
import { authenticator, authorizer, checkAccess } from './access.ts';
import { checkAddresses } from './addresses.ts';
import { ConfigError, readValues, type Environment, type Findings } from './environment.ts';
import { checkNotify, notifier } from './notify.ts';
import { readOrders } from './orders.ts';
import { readProviders } from './read-providers.ts';
import { Secrets } from './secrets.ts';
import type { Values } from './variables.ts';

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
  readonly authenticate: NonNullable<RefundProxyOptions['authenticate']>;
  readonly publicOrigin: string | undefined;
  readonly allowedOrigins: readonly string[];
  readonly writesPerMinute: number;
  readonly approvalMs: number;
  readonly webhookPath: string;
  readonly onChange: RefundProxyOptions['onChange'];
  readonly metrics: boolean;
  /** Secrets in files are read again when they change. */
  readonly secrets: Secrets;
  /** Warnings for the person who started the proxy. */
  readonly warnings: readonly string[];
}

/** Where a provider is served. A page gives this path as the form's `endpoint`. */
export function basePathOf(provider: string): string {
  return `/refunds/${provider}`;
}

/** @throws ConfigError that names every wrong or missing variable, and never shows a secret. */
export async function readConfig(environment: Environment): Promise<CliConfig> {
  const found: Findings = { faults: [], warnings: [] };
  const secrets = new Secrets();
  const values = readValues(environment, found, secrets);
  checkAddresses(values, environment, found);
  const providers = readProviders(values, found, secrets);
  checkAccess(values, found);
  checkNotify(values, found);
  checkWebhookPath(values, providers, found);
  const orders = await readOrders(values, found, secrets);
  if (found.faults.length > 0) throw new ConfigError(found.faults);
  return {
    port: values.REFUND_PROXY_PORT,
    host: values.REFUND_PROXY_HOST,
    timeoutMs: values.REFUND_PROXY_TIMEOUT_MS,
    reconcileEveryMs: values.REFUND_RECONCILE_SECONDS * 1000,
    logLevel: values.REFUND_LOG_LEVEL,
    ledger: { db: values.REFUND_PROXY_DB, schema: values.REFUND_PROXY_DB_SCHEMA },
    providers,
    orders,
    authorize: authorizer(values, secrets),
    authenticate: authenticator(values, secrets),
    publicOrigin: values.REFUND_PUBLIC_ORIGIN,
    allowedOrigins: values.REFUND_ALLOWED_ORIGINS,
    writesPerMinute: values.REFUND_RATE_LIMIT,
    approvalMs: values.REFUND_APPROVAL_HOURS * 3_600_000,
    webhookPath: values.REFUND_WEBHOOK_PATH,
    onChange: notifier(values, secrets),
    metrics: values.REFUND_METRICS,
    secrets,
    warnings: found.warnings,
  };
}

function checkWebhookPath(values: Values, providers: readonly Provider[], { faults }: Findings): void {
  const { REFUND_WEBHOOK_PATH: path } = values;
  for (const provider of providers) {
    const taken = routeAt(path, basePathOf(provider.name), provider);
    if (taken === undefined) continue;
    faults.push(
      `REFUND_WEBHOOK_PATH: expected a path of its own such as /webhooks: it would take the place of ${taken} of ` +
        `${basePathOf(provider.name)}; received "${path}"`,
    );
  }
}
