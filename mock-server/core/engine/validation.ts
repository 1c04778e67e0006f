import type * as z from 'zod/mini';

/** A member of a request that does not fit: which one, what came and what was expected. */
export interface FieldFault {
  /** `metadata.order_id`, `refundPayload.0.ibanNumber`; `body` for the whole. */
  readonly field: string;
  readonly message: string;
}

/** The field of a fault of the whole body. */
export const WHOLE = 'body';

type Issue = z.core.$ZodIssue;

/**
 * Messages from the issue's code and the value that came, because zod/mini has no messages. With the schema, they also
 * name the members that are taken where one is not.
 */
export function explainIssues(issues: readonly Issue[], input: unknown, schema?: z.core.$ZodType): FieldFault[] {
  return issues.map((issue) => ({
    field: issue.path.length === 0 ? WHOLE : issue.path.map(String).join('.'),
    message: explain(issue, valueAt(input, issue.path), membersAt(schema, issue.path)),
  }));
}

/** What the definition of a schema says of what is in it. */
interface Described {
  readonly def?: {
    readonly shape?: Readonly<Record<PropertyKey, Described>>;
    readonly element?: Described;
    readonly innerType?: Described;
  };
}

function membersAt(schema: z.core.$ZodType | undefined, path: readonly PropertyKey[]): readonly string[] {
  const bare = (one?: Described): NonNullable<Described['def']> => {
    const { def = {} } = one ?? {};
    return def.innerType ? bare(def.innerType) : def;
  };
  let at = bare(schema as Described | undefined);
  for (const key of path) at = bare(at.shape?.[key] ?? at.element);
  return Object.keys(at.shape ?? {});
}

function explain(issue: Issue, value: unknown, members: readonly string[]): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(article(issue.expected), value);
    case 'too_big':
      return issue.origin === 'string'
        ? `must have at most ${issue.maximum} characters, received ${[...String(value)].length}`
        : `must be at most ${issue.maximum}, received ${describe(value)}`;
    case 'too_small':
      return Number(issue.minimum) === 1 && issue.origin !== 'number'
        ? 'must not be empty'
        : `must be at least ${issue.minimum}, received ${describe(value)}`;
    case 'invalid_value':
      return `expected one of ${issue.values.map(String).join(', ')}, received ${describe(value)}`;
    case 'unrecognized_keys':
      return `does not take ${issue.keys.map((key) => `"${key}"`).join(', ')}${members.length > 0 ? `: expected ${members.join(', ')}` : ''}`;
    case 'invalid_format':
    case 'custom':
      return `expected ${issue.message}, received ${describe(value)}`;
    case 'invalid_union': {
      const types = typesOfUnion(issue.errors);
      return types === undefined ? `is not valid: received ${describe(value)}` : wrongType(types, value);
    }
    case 'invalid_element':
    case 'invalid_key':
    case 'not_multiple_of':
    default:
      return `is not valid: received ${describe(value)}`;
  }
}

const wrongType = (expected: string, value: unknown): string =>
  value === undefined ? `is required: expected ${expected}` : `expected ${expected}, received ${describe(value)}`;

/** `a string or a number`; `undefined` when an alternative fails for another reason than its type. */
function typesOfUnion(alternatives: readonly (readonly Issue[])[]): string | undefined {
  const types = alternatives.map(([issue]) =>
    issue?.code === 'invalid_type' && issue.path.length === 0 ? article(issue.expected) : undefined,
  );
  return types.includes(undefined) ? undefined : types.join(' or ');
}

/** `an object`, `a string`; `null` has none. */
export const article = (type: string) => (type === 'null' ? type : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`);

/** A text in JSON quotes, cut to a length for messages. */
export function quote(text: string): string {
  const quoted = JSON.stringify(text);
  return quoted.length > 60 ? `${quoted.slice(0, 56)}..."` : quoted;
}

/** A short description of any value: a name for containers, a cut text for the rest. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'string') return `the string ${quote(value)}`;
  return `the ${typeof value} ${value as number | boolean}`;
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** Why a query has a name that is not served, or one twice, as a sentence; `undefined` when all are served. */
export function queryFault(query: URLSearchParams, served: readonly string[]): string | undefined {
  const names = new Set<string>();
  for (const name of query.keys()) {
    if (!served.includes(name)) {
      const expected = served.length === 0 ? 'no query' : `one of ${served.join(', ')}`;
      return `${quote(name).slice(1, -1)}: is not a filter of this call: expected ${expected}`;
    }
    if (names.has(name)) return `${name}: is there twice: expected it once`;
    names.add(name);
  }
  return undefined;
}
