export * from './every-runtime.ts';
export { nodeHandler, serveProxies, type ServedProxies, type ServeOptions } from './server/node.ts';
export { SqliteLedger, type SqliteOptions } from './ledger/stores/sqlite/sqlite.ts';
export { PostgresLedger, type PostgresOptions } from './ledger/stores/postgres/postgres.ts';
export { prometheusMetrics, type PrometheusMetrics } from './telemetry/prometheus.ts';
