import type * as z from 'zod/mini';

import type { Route } from '../provider.ts';
import type { Registry } from '../registry.ts';
import type { SandboxState } from '../state.ts';
import { article, describe } from '../validation.ts';
import { asksForKey, isStatus, mayHaveKey, successesOf } from './check-status.ts';
import { bodyOf, differences, type JournalFilter } from './filter.ts';
import { idsFault } from './check-ids.ts';
import { redactedFault } from './check-redacted.ts';
import { togetherFault } from './check-together.ts';
import type { NumberedCall } from './record.ts';
import { alternatives, isObject, kindOf, memberOf, membersOf, nodeOf, typesOf, type Node } from './schema-nodes.ts';

/**
 * Why no body of these calls can hold what the filter expects of it, as a sentence. What a recorded body holds is always
 * taken.
 */
export function bodyFault(
  state: SandboxState,
  filter: JournalFilter,
  candidates: readonly Route[],
): string | undefined {
  const { registry } = state;
  const routes = candidates.filter((route) => mayFit(state, filter, route));
  if (routes.length === 0) return undefined;
  const calls = callsOf(state, filter);
  const asked = routes.map((route) => ({
    route,
    request: route.operation.body ? [nodeOf(route.operation.body.schema)] : [],
    response: responsesOf(registry, route, filter.status).map(nodeOf),
  }));
  const whose = new Set(routes.map(({ provider }) => provider));
  const isWord = (word: unknown) => isInRows(state, whose, word);
  const check = (part: 'request' | 'response') =>
    filter[part] === undefined
      ? undefined
      : valueFault(filter[part], {
          nodes: asked.flatMap((one) => one[part]).flatMap(alternatives),
          bodies: calls.map((call) => bodyOf(call, part)),
          at: part,
          isWord: part === 'response' ? isWord : undefined,
        });
  return (
    redactedFault(filter, calls) ??
    check('request') ??
    check('response') ??
    idsFault(state, filter, routes) ??
    togetherFault(state, filter, { asked, calls, isWord })
  );
}

/** The bodies of a route, or those that come with one status. */
function responsesOf(registry: Registry, route: Route, status: JournalFilter['status']): readonly z.ZodMiniType[] {
  const { description, scenarios } = registry.find(route.provider) ?? {};
  const refusals = Object.entries(description?.refusals ?? {});
  const answer = route.operation.answer.schema;
  const all = [answer, ...refusals.map(([, { schema }]) => schema)];
  const isSuccess = successesOf(registry, route).includes(String(status));
  // `status_false` answers a failure with the status of success. After a commit, the journal has the answer that
  // `server_error` replaced.
  if (status === undefined || (isSuccess && scenarios?.status_false) || Number(status) >= 500) return all;
  const own = refusals.filter(([described]) => isStatus(described, Number(status))).map(([, { schema }]) => schema);
  return isSuccess ? [answer, ...own] : own;
}

/** The recorded calls of the filter's kind: what one of them was answered can come again. */
export function callsOf(
  { journal }: SandboxState,
  { provider, route, scenario, wire, status }: JournalFilter,
): NumberedCall[] {
  return [...journal.calls()].filter(
    (call) => differences(call, { provider, route, scenario, wire, status }).length === 0,
  );
}

/** Whether the other members of the filter leave this route. */
export function mayFit(state: SandboxState, filter: JournalFilter, route: Route): boolean {
  const { method, path, payment_id: payment } = filter;
  const { registry } = state;
  const owners = registry.providers.filter((provider) => provider.payments(state).has(String(payment)));
  return (
    (method === undefined || method === route.method || (method === 'HEAD' && route.method === 'GET')) &&
    (!asksForKey(filter) || mayHaveKey(registry, route)) &&
    (path === undefined || registry.routesAt(state.pathOf(String(path))).some((found) => found.route === route)) &&
    (owners.length === 0 || owners.some(({ name }) => name === route.provider))
  );
}

/** A row of these providers can have a status that the sandbox does not know, and answers then have it. */
const isInRows = ({ registry, store }: SandboxState, whose: ReadonlySet<string>, word: unknown): boolean =>
  registry.providers
    .filter(({ name }) => whose.has(name))
    .flatMap(({ rows }) => Object.keys(rows.schemas))
    .some((name) => store.collections[name]?.some((row) => Object.values(row).includes(word)));

/** One place in the bodies of some calls. */
interface Place {
  /** What their schemas take there. */
  readonly nodes: readonly Node[];
  /** What recorded bodies have there. */
  readonly bodies: readonly unknown[];
  readonly at: string;
  /** Whether a word that no schema lists can still come; without it, no word is checked. */
  readonly isWord: ((word: unknown) => boolean) | undefined;
}

function valueFault(expected: unknown, place: Place): string | undefined {
  const { bodies, at } = place;
  const kind = kindOf(expected);
  const fitting = place.nodes.filter((node) => typesOf(node).includes(kind));
  if (fitting.length === 0) {
    if (bodies.some((body) => kindOf(body) === kind)) return undefined;
    const kinds = [...new Set(place.nodes.flatMap(typesOf))].map(article);
    const wanted = kinds.length === 0 ? 'these calls have no body: expected nothing' : `expected ${kinds.join(' or ')}`;
    return `${at}: ${wanted}, received ${describe(expected)}`;
  }
  if (!isObject(expected)) return wordFault(expected, { ...place, nodes: fitting });
  for (const [key, value] of Object.entries(expected)) {
    const below = fitting.flatMap((node) => memberOf(node, key)).flatMap(alternatives);
    const inner = bodies.flatMap((body) => membersOf(body, key));
    if (below.length === 0 && inner.length === 0) {
      const names = [...new Set(fitting.flatMap(({ properties = {} }) => Object.keys(properties)))];
      return `${at}.${key}: is no member of these calls: expected one of ${names.join(', ') || 'none'}`;
    }
    const fault =
      below.length === 0 ? undefined : valueFault(value, { ...place, nodes: below, bodies: inner, at: `${at}.${key}` });
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A word of a fixed list is misspelt. */
function wordFault(expected: unknown, { nodes: given, bodies, at, isWord }: Place): string | undefined {
  const lists = given.map((node) => node.enum ?? (node.const === undefined ? undefined : [node.const]));
  const words = lists.flatMap((list) => list ?? []);
  const isFree = isWord === undefined || lists.includes(undefined) || words.includes(expected);
  if (isFree || bodies.includes(expected) || isWord(expected)) return undefined;
  return `${at}: expected one of ${[...new Set(words)].join(', ')}, received ${describe(expected)}`;
}
