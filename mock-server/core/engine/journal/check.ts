import * as z from 'zod/mini';

import type { Route } from '../provider.ts';
import { SCENARIO_NAMES } from '../scenarios/catalogue.ts';
import type { SandboxState } from '../state.ts';
import { describe, quote } from '../validation.ts';
import { bodyOf, type JournalFilter } from './filter.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const WIRE = ['drop', 'drop_at_byte', 'slow_body'] as const;
/** The journal's name for a call that no route answers. */
const UNKNOWN = 'unknown';

/**
 * Why a filter could never fit a call, as a sentence that names what there is. A filter with a misspelt value finds
 * nothing, and a test that expects no call would pass.
 */
export function filterFault(state: SandboxState, filter: JournalFilter): string | undefined {
  const { journal } = state;
  const { provider, route, method, status, wire, after } = filter;
  const { registry } = state;
  const own = registry.routes.filter((known) => provider === undefined || known.provider === provider);
  return (
    oneOf('provider', provider, registry.names) ??
    oneOf('route', route, [...new Set(own.map(({ name }) => name)), UNKNOWN]) ??
    oneOf('method', method, METHODS) ??
    oneOf('wire', wire, WIRE) ??
    (status !== undefined && !(Number(status) >= 100 && Number(status) <= 599)
      ? `status: expected an HTTP status from 100 to 599, received ${describe(status)}`
      : undefined) ??
    scenarioFault(filter.scenario) ??
    pathFault(state, filter.path) ??
    idFault(state, 'payment_id', filter.payment_id) ??
    idFault(state, 'refund_id', filter.refund_id) ??
    (after !== undefined && after > journal.total
      ? `after: the journal has come to ${journal.total}: expected a sequence number up to that, received ${after}`
      : undefined) ??
    bodyFault(
      state,
      filter,
      own.filter(({ name }) => route === undefined || name === route),
    )
  );
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

function oneOf(name: string, given: unknown, known: readonly string[]): string | undefined {
  if (given === undefined || known.includes(textOf(given))) return undefined;
  return `${name}: expected one of ${known.join(', ')}, received ${describe(given)}`;
}

function scenarioFault(given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const odd = textOf(given)
    .split(',')
    .map((name) => name.trim())
    .find((name) => !(SCENARIO_NAMES as string[]).includes(name));
  return odd === undefined ? undefined : oneOf('scenario', odd, SCENARIO_NAMES);
}

function pathFault({ journal, registry }: SandboxState, given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const path = textOf(given);
  const below = path.replace(/^\/ns\/[^/]+/, '');
  if (METHODS.some((method) => registry.routeOf(method, below))) return undefined;
  for (const { record } of journal.calls()) if (record.path === path) return undefined;
  return (
    `path: ${quote(path)} is no path of a provider and none that was called: expected one such as ` +
    `${registry.examplePath}, without a query`
  );
}

const ROWS = {
  payment_id: (state: SandboxState) => state.registry.providers.map((provider) => provider.payments(state)),
  refund_id: (state: SandboxState) => state.registry.providers.map((provider) => provider.refunds(state)),
} as const;
const OF_RECORD = { payment_id: 'payment', refund_id: 'refund' } as const;

/** An id has to name a row, or a recorded call has to be about it. */
function idFault(state: SandboxState, name: keyof typeof ROWS, given: unknown): string | undefined {
  if (given === undefined) return undefined;
  const id = textOf(given);
  const rows = ROWS[name](state);
  if (rows.some((known) => known.has(id))) return undefined;
  for (const { record } of state.journal.calls()) if (record[OF_RECORD[name]] === id) return undefined;
  const examples = rows.flatMap((map) => [...map.keys()].slice(-2)).map((one) => quote(one));
  return `${name}: ${quote(id)} is not there and no recorded call was about it: expected one such as ${examples.join(', ')}`;
}

/** The part of JSON Schema that is read here. */
interface Node {
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: boolean | object;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
}

const nodes = new WeakMap<object, Node>();

function nodeOf(schema: z.ZodMiniType): Node {
  let node = nodes.get(schema);
  if (!node) {
    node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Node;
    nodes.set(schema, node);
  }
  return node;
}

function bodyFault(
  { journal, registry }: SandboxState,
  filter: JournalFilter,
  routes: readonly Route[],
): string | undefined {
  if (routes.length === 0) return undefined;
  const { request, response } = filter;
  const bodies = (part: 'request' | 'response') => [...journal.calls()].map((call) => bodyOf(call, part));
  const requests = routes.flatMap(({ operation: { body } }) => (body ? [nodeOf(body.schema)] : []));
  const responses = routes.flatMap(({ operation, provider }) => [
    nodeOf(operation.answer.schema),
    ...Object.values(registry.find(provider)?.description.refusals ?? {}).map(({ schema }) => nodeOf(schema)),
  ]);
  return (
    (request === undefined ? undefined : unknownMember(request, requests, bodies('request'), 'request')) ??
    (response === undefined ? undefined : unknownMember(response, responses, bodies('response'), 'response'))
  );
}

const alternatives = (node: Node): readonly Node[] => (node.anyOf ? node.anyOf.flatMap(alternatives) : [node]);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
/** Takes members of any name, as metadata does. */
const isOpen = ({ properties = {}, additionalProperties, items }: Node): boolean =>
  items === undefined && Object.keys(properties).length === 0 && additionalProperties !== false;

/** A member that no schema of these calls names and that no recorded body has. */
function unknownMember(
  expected: unknown,
  given: readonly Node[],
  bodies: readonly unknown[],
  at: string,
): string | undefined {
  if (!isObject(expected)) return undefined;
  const nodes = given.flatMap(alternatives).filter((node) => Array.isArray(expected) === (node.items !== undefined));
  if (nodes.length === 0 && given.length > 0) return undefined;
  if (!Array.isArray(expected) && nodes.some(isOpen)) return undefined;
  for (const [key, value] of Object.entries(expected)) {
    const below = nodes.flatMap(({ items, properties = {} }) =>
      items ? [items] : Object.hasOwn(properties, key) ? [properties[key]!] : [],
    );
    const bodiesWithMember = bodies.filter((body) => isObject(body) && Object.hasOwn(body, key));
    if (below.length === 0 && bodiesWithMember.length === 0) {
      const names = [...new Set(nodes.flatMap(({ properties = {} }) => Object.keys(properties)))];
      return `${at}.${key}: is no member of these calls: expected one of ${names.join(', ') || 'none'}`;
    }
    if (below.length === 0) continue;
    const inner = bodiesWithMember.map((body) => (body as Record<string, unknown>)[key]);
    const fault = unknownMember(value, below, inner, `${at}.${key}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
