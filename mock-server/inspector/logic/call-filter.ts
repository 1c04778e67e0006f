import type { SandboxJournalEntry } from '../../client/answers.ts';

/** An empty text leaves a member out. */
export interface CallFilter {
  readonly provider: string;
  /** `4xx`, `404`, or `none` for a connection that was dropped unanswered. */
  readonly status: string;
  /** Part of the path, of an id, of the key, or of the name of the route or scenario. */
  readonly text: string;
}

export const NO_FILTER: CallFilter = { provider: '', status: '', text: '' };

type FilterField = keyof CallFilter;

export interface CallDifference {
  readonly field: FilterField;
  readonly wanted: string;
  readonly was: string;
}

export interface NearMiss {
  readonly entry: SandboxJournalEntry;
  readonly differs: readonly CallDifference[];
}

/** The status that the client saw: a dropped connection has none. */
export const seenStatus = ({ wire, status }: SandboxJournalEntry): string =>
  wire === 'drop' ? 'none' : String(status);

const hasStatus = (seen: string, wanted: string): boolean =>
  wanted.endsWith('xx') ? seen !== 'none' && seen.startsWith(wanted.slice(0, 1)) : seen === wanted;

function textsOf(entry: SandboxJournalEntry): string[] {
  const { path, query, route, payment_id, refund_id, idempotency_key, scenario } = entry;
  const whole = query === '' ? path : `${path}?${query}`;
  return [whole, route, payment_id, refund_id, idempotency_key, scenario].filter((text) => text !== null);
}

/** How a call differs from what the filter asks for; empty when it fits. */
export function callDifferences(entry: SandboxJournalEntry, filter: CallFilter): CallDifference[] {
  const result: CallDifference[] = [];
  const { provider, status } = filter;
  const text = filter.text.trim().toLowerCase();
  if (provider !== '' && entry.provider !== provider) {
    result.push({ field: 'provider', wanted: provider, was: entry.provider });
  }
  const seen = seenStatus(entry);
  if (status !== '' && !hasStatus(seen, status)) result.push({ field: 'status', wanted: status, was: seen });
  if (text !== '' && !textsOf(entry).some((one) => one.toLowerCase().includes(text))) {
    result.push({ field: 'text', wanted: filter.text.trim(), was: entry.path });
  }
  return result;
}

const MAX_MISSES = 3;

/** The calls that are closest to a filter that no call fits: fewer differences first, then the likelier text, then the newer. */
export function nearMisses(entries: readonly SandboxJournalEntry[], filter: CallFilter): NearMiss[] {
  const text = filter.text.trim().toLowerCase();
  const ranked = entries.map((entry) => ({
    entry,
    differs: callDifferences(entry, filter),
    likeness: text === '' ? 0 : Math.max(...textsOf(entry).map((one) => commonLength(one.toLowerCase(), text))),
  }));
  return ranked
    .toSorted(
      (one, other) =>
        one.differs.length - other.differs.length ||
        other.likeness - one.likeness ||
        other.entry.sequence - one.entry.sequence,
    )
    .slice(0, MAX_MISSES)
    .map(({ entry, differs }) => ({ entry, differs }));
}

/** Length of the longest text that both contain. */
export function commonLength(one: string, other: string): number {
  let longest = 0;
  let above = new Uint32Array(other.length + 1);
  for (const letter of one) {
    const row = new Uint32Array(other.length + 1);
    for (let index = 1; index <= other.length; index += 1) {
      if (other[index - 1] !== letter) continue;
      row[index] = above[index - 1]! + 1;
      longest = Math.max(longest, row[index]!);
    }
    above = row;
  }
  return longest;
}
