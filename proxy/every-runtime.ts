/** What both entries export: `index.ts` for Node, `portable.ts` for every other runtime. */
export { createRefundProxy, type RefundProxy } from './proxy.ts';
export {
  order,
  type Action,
  type Authorization,
  type AuthorizeContext,
  type FromHost,
  type EventOptions,
  type OnChange,
  type Order,
  type Permission,
  type RateLimit,
  type RefundProxyOptions,
} from './options.ts';
export { uqpay } from './providers/uqpay/uqpay.ts';
export { type UqpayOptions } from './providers/uqpay/options.ts';
export { upayments, type UpaymentsOptions } from './providers/upayments/upayments.ts';
export type {
  FieldError,
  Outcome,
  Provider,
  ProviderCall,
  ProviderSession,
  Read,
  ReadBody,
  ReadRoute,
  Route,
  WebhookMessage,
  WebhookReading,
  WriteRoute,
} from './providers/provider.ts';
export { exchange, type Exchange, type ProviderAnswer, type ProviderIo } from './providers/exchange.ts';
export type { Held, HeldRange, IntentQuery, NewIntent, NewReservation, Unsettled, Written } from './ledger/rows.ts';
export type { Observation, RefundFact } from './ledger/facts.ts';
export { Ledger } from './ledger/ledger.ts';
export { type LedgerStore, type LedgerTransaction } from './ledger/store.ts';
export { LedgerOwnedError, LedgerUnavailableError } from './ledger/errors.ts';
export type { AuditLine, Intent, Reservation, Scope } from './ledger/entities.ts';
export type { Logger } from './telemetry/log.ts';
export type { ProxyFigures, ProxyMetrics } from './telemetry/metrics.ts';
export type { Credential } from './providers/credential.ts';
export type { OpenTelemetryApi } from './telemetry/spans.ts';
export type { Reconciled } from './refunds/reconcile.ts';
