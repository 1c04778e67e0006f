import * as z from 'zod/mini';

import { filterFault } from '../engine/journal/check.ts';
import {
  isDeeperThan,
  JOURNAL_FIELD_NAMES,
  JOURNAL_FIELDS,
  MAX_FILTER_DEPTH,
  type JournalField,
  type JournalFilter,
} from '../engine/journal/filter.ts';
import { verifyCalls } from '../engine/journal/verify.ts';
import { describe } from '../engine/validation.ts';
import { ok, type Reply } from '../engine/wire.ts';
import { parseBody } from './bodies.ts';
import { isControlFault, refuseFault, type ControlContext, type ControlFault } from './context.ts';

export function listJournal(context: ControlContext): Reply {
  const filter = filterOf(context);
  if (isControlFault(filter)) return refuseFault(filter);
  const { journal } = context.state;
  const { total, dropped, generation } = journal;
  return ok({ total, dropped, generation, entries: journal.entries(filter) });
}

export function countJournal(context: ControlContext): Reply {
  const filter = filterOf(context);
  if (isControlFault(filter)) return refuseFault(filter);
  return ok({ count: context.state.journal.count(filter), dropped: context.state.journal.dropped });
}

export function clearJournal({ state }: ControlContext): Reply {
  state.journal.clear();
  return ok({ total: 0, dropped: 0, generation: state.journal.generation, entries: [] });
}

export const COUNT_QUERY: readonly string[] = [...JOURNAL_FIELD_NAMES, 'after'];
export const JOURNAL_QUERY: readonly string[] = [...COUNT_QUERY, 'limit'];
const isField = (name: string): name is JournalField => Object.hasOwn(JOURNAL_FIELDS, name);

/** Converts the texts of a query to the types of `JOURNAL_FIELDS`. */
function filterOf({ state, call }: ControlContext): JournalFilter | ControlFault {
  const filter: Record<string, string | number | boolean> = {};
  for (const [name, text] of new URLSearchParams(call.query)) {
    const kind = isField(name) ? JOURNAL_FIELDS[name].kind : 'number';
    const value = parse(kind, text);
    if (value === undefined) return { fault: `${name}: expected ${EXPECTED[kind]}, received ${describe(text)}` };
    filter[name] = value;
  }
  const fault = filterFault(state, filter);
  return fault === undefined ? filter : { fault };
}

const EXPECTED = { text: 'text', number: 'a whole number', flag: 'true or false' } as const;

function parse(kind: keyof typeof EXPECTED, text: string): string | number | boolean | undefined {
  if (kind === 'text') return text;
  if (kind === 'number') return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return text === 'true' || text === 'false' ? text === 'true' : undefined;
}

const SCHEMAS = { text: z.string(), number: z.int(), flag: z.boolean() } as const;
const fields = Object.fromEntries(
  JOURNAL_FIELD_NAMES.map((name) => [name, z.optional(SCHEMAS[JOURNAL_FIELDS[name].kind])]),
);
const from = (least: number) => z.int().check(z.minimum(least));

/** Every body is an object, so an expected value that is not an object could never fit. */
const body = z.custom<object>((value) => typeof value === 'object' && value !== null, 'an object');

const verifyBody = z.strictObject({
  filter: z.optional(
    z.strictObject({
      ...fields,
      after: z.optional(from(0)),
      request: z.optional(body),
      response: z.optional(body),
    }),
  ),
  exactly: z.optional(from(0)),
  // Every journal has at least none.
  atLeast: z.optional(from(1)),
  never: z.optional(z.literal(true)),
});

/** `{"filter": {"route": "create_refund", "request": {"amount": "10.01"}}, "exactly": 1}` */
export function verifyJournal({ state, call }: ControlContext): Reply {
  const parsed = parseBody(call, verifyBody);
  if (isControlFault(parsed)) return refuseFault(parsed);
  const { filter = {}, ...expectation } = parsed.data;
  if (isDeeperThan(filter, MAX_FILTER_DEPTH)) {
    return refuseFault({ fault: `filter: expected at most ${MAX_FILTER_DEPTH} levels, received more` });
  }
  const fault = filterFault(state, filter);
  if (fault !== undefined) return refuseFault({ fault: `filter.${fault}` });
  const members = Object.entries(expectation);
  if (members.length !== 1) {
    const names = members.length === 0 ? 'none' : members.map(([name]) => name).join(' and ');
    return refuseFault({ fault: `expected one of exactly, atLeast and never, received ${names}` });
  }
  return ok(verifyCalls(state.journal, filter, expectation));
}
