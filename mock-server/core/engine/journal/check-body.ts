import * as z from 'zod/mini';

import type { Route } from '../provider.ts';
import type { Registry } from '../registry.ts';
import type { SandboxState } from '../state.ts';
import { article, describe } from '../validation.ts';
import { isStatus, successesOf } from './check-status.ts';
import { bodyOf, differences, type JournalFilter } from './filter.ts';
import type { NumberedCall } from './record.ts';

/** The part of JSON Schema that is read here. */
interface Node {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: boolean | Node;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

/** Takes everything. */
const ANY: Node = {};
const nodes = new WeakMap<object, Node>();

function nodeOf(schema: z.ZodMiniType): Node {
  let node = nodes.get(schema);
  if (!node) {
    node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Node;
    nodes.set(schema, node);
  }
  return node;
}

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
  const requests = routes.flatMap(({ operation: { body } }) => (body ? [nodeOf(body.schema)] : []));
  const responses = routes.flatMap((route) => responsesOf(registry, route, filter.status)).map(nodeOf);
  const check = (part: 'request' | 'response', schemas: readonly Node[]) =>
    filter[part] === undefined
      ? undefined
      : valueFault(filter[part], {
          nodes: schemas.flatMap(alternatives),
          bodies: calls.map((call) => bodyOf(call, part)),
          at: part,
          isWord: part === 'response' ? (word) => isInRows(state, word) : undefined,
        });
  return check('request', requests) ?? check('response', responses);
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
export function mayFit(
  state: SandboxState,
  { method, path, payment_id: payment }: JournalFilter,
  route: Route,
): boolean {
  const { registry } = state;
  const owners = registry.providers.filter((provider) => provider.payments(state).has(String(payment)));
  return (
    (method === undefined || method === route.method || (method === 'HEAD' && route.method === 'GET')) &&
    (path === undefined || registry.routesAt(state.pathOf(String(path))).some((found) => found.route === route)) &&
    (owners.length === 0 || owners.some(({ name }) => name === route.provider))
  );
}

/** A row can have a status that the sandbox does not know, and answers then have it. */
const isInRows = ({ store }: SandboxState, word: unknown): boolean =>
  Object.values(store.collections).some((rows) => rows.some((row) => Object.values(row).includes(word)));

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

const alternatives = (node: Node): readonly Node[] => (node.anyOf ? node.anyOf.flatMap(alternatives) : [node]);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What a body has for a member. The elements of an array are expected in any order. */
function membersOf(body: unknown, key: string): readonly unknown[] {
  if (Array.isArray(body)) return body;
  return isObject(body) && Object.hasOwn(body, key) ? [body[key]] : [];
}

const TYPES = ['object', 'array', 'string', 'number', 'boolean', 'null'] as const;

/** The JSON types that a node takes. */
function typesOf({ type }: Node): readonly string[] {
  if (type === undefined) return TYPES;
  return [type].flat().map((name) => (name === 'integer' ? 'number' : name));
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** What a node takes for a member; nothing when it has no such member. A node without names takes any. */
function memberOf({ properties = {}, additionalProperties = ANY, items, type }: Node, key: string): readonly Node[] {
  if (type === undefined) return [ANY];
  if (items) return [items];
  if (Object.hasOwn(properties, key)) return [properties[key]!];
  if (Object.keys(properties).length > 0 || additionalProperties === false) return [];
  return [additionalProperties === true ? ANY : additionalProperties];
}
