import type { Observation } from './facts.ts';

/**
 * A text that every database keeps and gives back as it is. Without it one character that a provider passes on makes every
 * read of the payment fail: PostgreSQL takes no NUL, and UTF-8 has no lone surrogates. In place of both stands U+FFFD.
 */
export function keepable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').replaceAll(/\p{Surrogate}/gu, '\uFFFD');
}

/** With every text as the ledger has it: an id that is compared with a stored one has to be written the same way. */
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
