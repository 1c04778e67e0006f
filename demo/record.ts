import * as z from 'zod/mini';

import { toDecimal } from '../contract/money.ts';
import type { AuditLine, Intent, Ledger, Reservation } from '../proxy/index.ts';

const maybe = z.optional(z.nullable(z.string()));

const part = z.object({
  amount: z.string(),
  vendor: maybe,
  /** It no longer counts against the captured amount. */
  released: z.boolean(),
  standing: z.string(),
  refund_id: maybe,
});

const line = z.object({
  at: z.string(),
  who: z.string(),
  what: z.string(),
  from: maybe,
  to: maybe,
  source: z.string(),
  detail: maybe,
});

const intent = z.object({
  id: z.string(),
  key: z.string(),
  kind: z.string(),
  state: z.string(),
  user: z.string(),
  parts: z.array(part),
  lines: z.array(line),
});

/** The ledger's record of one payment, the newest intent first: the console shows it, and a merchant's page never does. */
export const ledgerRecord = z.object({ intents: z.array(intent) });
export type LedgerRecord = z.infer<typeof ledgerRecord>;
export type RecordedIntent = LedgerRecord['intents'][number];

/** Where the console reads the record, below its own address. */
export const RECORD_PATH = '_demo/ledger';

export async function recordOf(ledger: Ledger, provider: string, paymentId: string): Promise<LedgerRecord> {
  const { rows, intents } = await ledger.paymentRecord({ merchant: 'default', provider }, paymentId);
  const newest = intents.toSorted((one, other) => other.createdAt - one.createdAt);
  return {
    intents: await Promise.all(
      newest.map(async (one) =>
        describeIntent(
          one,
          rows.filter(({ intentId }) => intentId === one.id),
          await ledger.audit(one.id),
        ),
      ),
    ),
  };
}

function describeIntent(
  { id, key, kind, state, user }: Intent,
  rows: readonly Reservation[],
  audit: readonly AuditLine[],
): RecordedIntent {
  return {
    id,
    key,
    kind,
    state,
    user,
    parts: rows.map(({ amount, currency, vendor, released, standing, refundId }) => ({
      amount: toDecimal(amount, currency),
      vendor,
      released,
      standing,
      refund_id: refundId,
    })),
    lines: audit.map(({ at, who, what, from, to, source, detail }) => ({
      at: new Date(at).toISOString(),
      who,
      what,
      from,
      to,
      source,
      detail,
    })),
  };
}
