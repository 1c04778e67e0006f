import type { LedgerAddress } from '../ledger/open.ts';
import type { RefundProxyOptions } from '../options.ts';
import type { Provider } from '../providers/provider.ts';
import { authenticator, authorizer, checkAccess } from './access.ts';
import { checkAddresses } from './addresses.ts';
import { ConfigError, readValues, type Environment, type Findings } from './environment.ts';
import { checkNotify, notifier } from './notify.ts';
import { readOrders } from './orders.ts';
import { readProviders } from './providers.ts';

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
  /** What the proxy can do without, for whoever started it to read. */
  readonly warnings: readonly string[];
}

/** @throws ConfigError that names every variable that is wrong or missing, and never repeats a value of the environment. */
export async function readConfig(environment: Environment): Promise<CliConfig> {
  const found: Findings = { faults: [], warnings: [] };
  const values = readValues(environment, found);
  checkAddresses(values, found);
  const providers = readProviders(values, found);
  checkAccess(values, found);
  checkNotify(values, found);
  const orders = await readOrders(values, found);
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
    authorize: authorizer(values),
    authenticate: authenticator(values),
    publicOrigin: values.REFUND_PUBLIC_ORIGIN,
    allowedOrigins: values.REFUND_ALLOWED_ORIGINS,
    writesPerMinute: values.REFUND_RATE_LIMIT,
    approvalMs: values.REFUND_APPROVAL_HOURS * 3_600_000,
    webhookPath: values.REFUND_WEBHOOK_PATH,
    onChange: notifier(values),
    metrics: values.REFUND_METRICS,
    warnings: found.warnings,
  };
}
