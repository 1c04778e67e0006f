import { redactText } from '../redact.ts';
import { describe } from '../validation.ts';
import type { Difference } from './compare.ts';
import type { JournalEntry } from './entry.ts';
import { differences, type JournalFilter } from './filter.ts';
import type { Journal } from './journal.ts';
import type { NumberedCall } from './record.ts';

/** One of the three. */
export interface Expectation {
  readonly exactly?: number | undefined;
  readonly atLeast?: number | undefined;
  readonly never?: true | undefined;
}

interface NearMiss extends Pick<JournalEntry, 'sequence' | 'method' | 'path' | 'status'> {
  /** Differences that keep the call from counting. */
  readonly differs: readonly Difference[];
}

export interface Verification {
  readonly ok: boolean;
  readonly count: number;
  /** One paragraph for a person; what a failing test prints. */
  readonly explanation: string;
  /** Sequence numbers of the calls that fit, the newest ten. */
  readonly matched: readonly number[];
  /** When calls are missing: the closest ones that do not fit, closest first. */
  readonly near_misses: readonly NearMiss[];
  /** Older calls that the journal has forgotten: they were not looked at. */
  readonly dropped: number;
}

const MAX_MATCHED = 10;
const MAX_MISSES = 3;

export function verifyCalls(journal: Journal, filter: JournalFilter, expectation: Expectation): Verification {
  const matched: number[] = [];
  const misses: NearMiss[] = [];
  for (const call of journal.calls(filter.after)) {
    const differs = differences(call, filter);
    if (differs.length === 0) matched.push(call.sequence);
    else keepNearest(misses, call, differs);
  }
  const count = matched.length;
  const { words, tooFew, ...judged } = judge(expectation, count);
  // Whether a forgotten call would fit is not known.
  const forgotten = journal.dropped > (filter.after ?? 0) && expectation.atLeast === undefined;
  const holds = judged.holds && !forgotten;
  const nearest = tooFew ? misses : [];
  return {
    ok: holds,
    count,
    explanation: explain({ words, filter, matched, nearest, dropped: journal.dropped, holds }),
    matched: matched.slice(-MAX_MATCHED),
    near_misses: nearest,
    dropped: journal.dropped,
  };
}

function judge({ exactly, atLeast }: Expectation, count: number): { words: string; holds: boolean; tooFew: boolean } {
  if (exactly !== undefined) {
    return { words: `exactly ${calls(exactly)}`, holds: count === exactly, tooFew: count < exactly };
  }
  if (atLeast !== undefined) {
    return { words: `at least ${calls(atLeast)}`, holds: count >= atLeast, tooFew: count < atLeast };
  }
  return { words: 'no call', holds: count === 0, tooFew: false };
}

const calls = (count: number) => (count === 1 ? '1 call' : `${count} calls`);

/** Fewer differences are nearer; of equally near ones, the newer. */
function keepNearest(misses: NearMiss[], call: NumberedCall, differs: readonly Difference[]): void {
  const worst = misses.at(-1);
  if (misses.length >= MAX_MISSES && worst && worst.differs.length < differs.length) return;
  const { sequence, record } = call;
  const { method, status } = record;
  const path = redactText(record.path);
  const index = misses.findIndex((miss) => miss.differs.length >= differs.length);
  misses.splice(index < 0 ? misses.length : index, 0, { sequence, method, path, status, differs });
  if (misses.length > MAX_MISSES) misses.pop();
}

interface Findings {
  readonly words: string;
  readonly filter: JournalFilter;
  readonly matched: readonly number[];
  readonly nearest: readonly NearMiss[];
  readonly dropped: number;
  readonly holds: boolean;
}

function explain({ words, filter, matched, nearest, dropped, holds }: Findings): string {
  const conditions = Object.entries(filter).map(([name, value]) => `${name} ${JSON.stringify(value)}`);
  const which = conditions.length === 0 ? '' : ` with ${conditions.join(', ')}`;
  const numbers = matched.slice(-MAX_MATCHED).map((sequence) => `#${sequence}`);
  const result = matched.length === 0 ? 'found none' : `found ${matched.length} (${numbers.join(', ')})`;
  const sentences = [`expected ${words}${which}; ${result}`];
  if (dropped > 0) {
    sentences.push(
      `${calls(dropped)} before these are forgotten and were not looked at: clear the journal before a test, or raise journalCapacity`,
    );
  }
  if (!holds && nearest.length > 0) sentences.push(`closest: ${nearest.map(explainMiss).join('; ')}`);
  return `${sentences.join('. ')}.`;
}

function explainMiss({ sequence, method, path, differs }: NearMiss): string {
  const differences = differs.map(
    ({ field, expected, received }) =>
      `${field} was ${received === null ? 'absent' : describe(received)}, not ${describe(expected)}`,
  );
  return `#${sequence} ${method} ${path}: ${differences.join(' and ')}`;
}
