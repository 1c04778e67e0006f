import type { Observation } from './facts.ts';

/**
 * Makes a text storable in every database. Otherwise one character from a provider would make every read of the payment
 * fail: PostgreSQL accepts no NUL, and UTF-8 has no lone surrogates. U+FFFD replaces both.
 */
export function keepable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

/** With every text as the ledger stores it: an id must be written the same way to be compared with a stored one. */
export function keepableObservation(seen: Observation): Observation {
  const { references, intentId, intentKey, reason, currency } = seen;
  return {
    ...seen,
    refundId: keepable(seen.refundId),
    status: keepable(seen.status),
    ...(references && {
      references: Object.fromEntries(Object.entries(references).map(([name, id]) => [name, keepable(id)])),
    }),
    ...(intentId !== undefined && { intentId: keepable(intentId) }),
    ...(intentKey !== undefined && { intentKey: keepable(intentKey) }),
    ...(reason !== undefined && { reason: keepable(reason) }),
    ...(currency !== undefined && { currency: keepable(currency) }),
  };
}
