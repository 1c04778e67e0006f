import * as z from 'zod/mini';

/** The part of JSON Schema that is read here. */
export interface Node {
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

export function nodeOf(schema: z.ZodMiniType): Node {
  let node = nodes.get(schema);
  if (!node) {
    node = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }) as Node;
    nodes.set(schema, node);
  }
  return node;
}

export const alternatives = (node: Node): readonly Node[] => (node.anyOf ? node.anyOf.flatMap(alternatives) : [node]);
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** What a body has for a member. The elements of an array are expected in any order. */
export function membersOf(body: unknown, key: string): readonly unknown[] {
  if (Array.isArray(body)) return body;
  return isObject(body) && Object.hasOwn(body, key) ? [body[key]] : [];
}

const TYPES = ['object', 'array', 'string', 'number', 'boolean', 'null'] as const;

/** The JSON types that a node takes. */
export function typesOf({ type }: Node): readonly string[] {
  if (type === undefined) return TYPES;
  return [type].flat().map((name) => (name === 'integer' ? 'number' : name));
}

export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** What a node takes for a member; nothing when it has no such member. A node without names takes any. */
export function memberOf(
  { properties = {}, additionalProperties = ANY, items, type }: Node,
  key: string,
): readonly Node[] {
  if (type === undefined) return [ANY];
  if (items) return [items];
  if (Object.hasOwn(properties, key)) return [properties[key]!];
  if (Object.keys(properties).length > 0 || additionalProperties === false) return [];
  return [additionalProperties === true ? ANY : additionalProperties];
}
