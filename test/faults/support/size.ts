import type { LedgerName, ProviderName } from './testbed.ts';

/** How much of it: `npm test` runs the default, `npm run faults` all. */
export const SCHEDULES = Number(process.env['FAULTS_SCHEDULES'] ?? 500);
export const KILLS = Number(process.env['FAULTS_KILLS'] ?? 20);

/** Of all schedules, those of one provider on one ledger: a schedule on PostgreSQL takes twice the time. */
export const SHARE: Readonly<Record<LedgerName, number>> = {
  sqlite: Math.ceil(SCHEDULES * 0.38),
  postgres: Math.ceil(SCHEDULES * 0.12),
};

const only = process.env['FAULTS_PROVIDER'];
export const PROVIDERS = (['uqpay', 'upayments'] as const satisfies ProviderName[]).filter(
  (name) => only === undefined || only === name,
);
