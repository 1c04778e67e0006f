/** Whether two texts are the same JSON, number by number as they are written: `12.340` is not `12.34`. White space aside. */
export function sameJson(a: string, b: string): boolean {
  return a === b || (canonical(a) ?? {}) === canonical(b);
}

/** `undefined` when it is no JSON. */
function canonical(text: string): string | undefined {
  try {
    return write(JSON.parse(text, keepSource as (this: unknown, key: string, value: unknown) => unknown));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** A number by its own digits, marked so that no text is taken for it. */
class Written {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

function keepSource(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === 'number' && source !== undefined ? new Written(source) : value;
}

function write(value: unknown): string {
  if (value instanceof Written) return value.source;
  if (Array.isArray(value)) return `[${value.map(write).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${write(member)}`).join(',')}}`;
}
