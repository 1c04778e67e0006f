import type { Provider, Route } from '../provider.ts';
import { takesKey, type Registry } from '../registry.ts';
import { describe } from '../validation.ts';
import { namesIn, type JournalFilter } from './filter.ts';
import type { NumberedCall } from './record.ts';

/** Whether a status is this one of a description: `404`, or `5XX` for all server errors. */
export const isStatus = (described: string, status: number): boolean =>
  described === String(status) || (/^\dXX$/.test(described) && described[0] === String(status)[0]);

/** The statuses with which a call of this route succeeds. A setting can change it. */
export function successesOf({ settings }: Registry, { operation: { answer } }: Route): readonly string[] {
  const setting = answer.settable === undefined ? undefined : settings[answer.settable];
  return setting ? setting.values.map(String) : [String(answer.status)];
}

function statusesOf(registry: Registry, route: Route): readonly string[] {
  const always = registry.find(route.provider)?.description.always ?? [];
  return [...successesOf(registry, route), ...always, ...(route.operation.refuses ?? []).map(String)];
}

/** The statuses of a path, or of a method, that no route answers. */
const unmatchedOf = ({ refuse }: Provider): readonly string[] =>
  (['unknown_path', 'wrong_method'] as const).map((kind) => String(refuse(kind, '').status));

interface Asked {
  /** The routes that the other members of the filter leave. */
  readonly routes: readonly Route[];
  /** The providers of calls that no route answers, where the filter leaves such calls. */
  readonly unmatched: readonly Provider[];
  /** Recorded calls of the filter's kind: what one was answered is always taken. */
  readonly calls: readonly NumberedCall[];
}

/** Whether a filter is for calls with an idempotency key only. */
export const asksForKey = ({ idempotency_key: key, replayed }: JournalFilter): boolean =>
  key !== undefined || replayed === true;

export function mayHaveKey(registry: Registry, route: Route): boolean {
  const provider = registry.find(route.provider);
  return provider !== undefined && takesKey(provider, route);
}

/** An answer that is repeated is one of a call that was carried out. */
const NEVER_REPEATED: readonly string[] = ['401', '403', '413', '429'];

/** A scenario that refuses a call decides its status. */
export const REFUSES = ['rate_limited', 'forbidden'] as const;

function refusedWith({ refuse }: Provider, scenario: JournalFilter['scenario']): readonly string[] | undefined {
  const names = namesIn(scenario);
  if (names.includes('server_error')) return ['5XX'];
  const kind = REFUSES.find((name) => names.includes(name));
  return kind && [String(refuse(kind, '').status)];
}

/** Why no call of these routes is answered with the status, as a sentence. */
export function statusFault(
  registry: Registry,
  { status, scenario, replayed }: JournalFilter,
  asked: Asked,
): string | undefined {
  if (status === undefined) return undefined;
  const expected = Number(status);
  if (!(expected >= 100 && expected <= 599)) {
    return `status: expected an HTTP status from 100 to 599, received ${describe(status)}`;
  }
  const known = new Set([
    ...asked.routes.flatMap((route) => {
      const provider = registry.find(route.provider);
      return (provider && refusedWith(provider, scenario)) ?? statusesOf(registry, route);
    }),
    ...asked.unmatched.flatMap(unmatchedOf),
  ]);
  if (replayed === true) for (const one of NEVER_REPEATED) known.delete(one);
  const isKnown = [...known].some((one) => isStatus(one, expected));
  if (known.size === 0 || isKnown || asked.calls.some(({ record }) => record.status === expected)) return undefined;
  const words = [...known].toSorted().map((one) => one.replace(/^(\d)XX$/, '$100 to $199'));
  return `status: these calls are answered with one of ${words.join(', ')}, received ${describe(status)}`;
}

/** A call without an idempotency key records none, and repeats no answer. */
export function keyFault(
  { idempotency_key: key, replayed }: JournalFilter,
  whose: readonly Provider[],
  { routes }: Asked,
): string | undefined {
  const member = key !== undefined ? 'idempotency_key' : replayed === true ? 'replayed' : undefined;
  if (member === undefined) return undefined;
  if (key === '') return `idempotency_key: expected a key, received ${describe(key)}`;
  const takers = whose.filter(({ keyOf }) => keyOf !== undefined);
  if (
    takers.some((provider) => routes.some((route) => route.provider === provider.name && takesKey(provider, route)))
  ) {
    return undefined;
  }
  const who =
    takers.length > 0 || whose.length === 0
      ? 'these calls take'
      : `${whose.map(({ name }) => name).join(' or ')} takes`;
  return `${member}: ${who} no idempotency key, so no recorded call has one: leave ${member} out`;
}
