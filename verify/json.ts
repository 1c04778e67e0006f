/**
 * Whether two texts are the same JSON. Numbers are compared as they are written: `12.340` differs from `12.34`. White space
 * and the order of members do not matter.
 */
export function sameJson(a: string, b: string): boolean {
  return a === b || (canonical(a) ?? {}) === canonical(b);
}

/** `undefined` when the text is not JSON. */
function canonical(text: string): string | undefined {
  try {
    return write(JSON.parse(text, keepSource as (this: unknown, key: string, value: unknown) => unknown));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A number with its digits as written. A class of its own, so that no string is mistaken for it. */
class NumberText {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

function keepSource(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === 'number' && source !== undefined ? new NumberText(source) : value;
}

function write(value: unknown): string {
  if (value instanceof NumberText) return value.source;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`;
}
