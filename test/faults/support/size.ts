import type { LedgerName, ProviderName } from './testbed.ts';

/** How many schedules and kills to run: `npm test` runs the default, `npm run faults` all. */
export const SCHEDULES = Number(process.env['FAULTS_SCHEDULES'] ?? 250);
export const KILLS = Number(process.env['FAULTS_KILLS'] ?? 10);

/**
 * How many schedules run for each provider on each ledger. PostgreSQL gets fewer because its schedules take twice the
 * time.
 */
export const SHARE: Readonly<Record<LedgerName, number>> = {
  sqlite: Math.ceil(SCHEDULES * 0.38),
  postgres: Math.ceil(SCHEDULES * 0.12),
};

const only = process.env['FAULTS_PROVIDER'];
export const PROVIDERS = (['uqpay', 'upayments'] as const satisfies ProviderName[]).filter(
  (name) => only === undefined || only === name,
);
