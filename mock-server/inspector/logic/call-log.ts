import type { SandboxJournalEntry } from '../../client/answers.ts';

/** What the page has read of the journal, oldest first. */
export interface CallLog {
  readonly generation: number;
  readonly total: number;
  readonly entries: readonly SandboxJournalEntry[];
}

export interface JournalPage extends CallLog {
  readonly dropped: number;
}

export const EMPTY_LOG: CallLog = { generation: -1, total: 0, entries: [] };
/** Calls that one read brings. */
const PAGE_SIZE = 500;
/** Calls that the page keeps. */
const CAPACITY = 2_000;

/**
 * The query of the next read. It asks again for the newest call that is known, so that `merge` sees whether the numbers
 * still mean the same calls.
 */
export function nextQuery({ entries }: CallLog): string {
  const newest = entries.at(-1)?.sequence;
  return newest === undefined ? `?limit=${PAGE_SIZE}` : `?after=${newest - 1}&limit=${PAGE_SIZE}`;
}

/** The log with what was read; `undefined` when it was read from another journal and has to be read from its start. */
export function merge(log: CallLog, page: JournalPage): CallLog | undefined {
  const { generation, total } = page;
  const known = log.entries.at(-1);
  const [first] = page.entries;
  if (!known) return { generation, total, entries: page.entries };
  if (generation !== log.generation || !first || first.sequence < known.sequence) return undefined;
  // More calls came than one read brings: those between are left out.
  if (first.sequence > known.sequence + 1) return { generation, total, entries: page.entries };
  const repeats = first.sequence === known.sequence;
  if (repeats && JSON.stringify(first) !== JSON.stringify(known)) return undefined;
  const fresh = repeats ? page.entries.slice(1) : page.entries;
  if (fresh.length === 0) return total === log.total ? log : { ...log, total };
  return { generation, total, entries: [...log.entries, ...fresh].slice(-CAPACITY) };
}
