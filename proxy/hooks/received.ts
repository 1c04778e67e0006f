/**
 * Describes a value from a merchant's hook, option or file for a log: its type, and the value if it is short and plain.
 */
export function received(value: unknown, isPlain: (text: string) => boolean = () => false): string {
  if (typeof value === 'string') {
    if (value === '') return 'an empty string';
    return isPlain(value) ? `the string ${JSON.stringify(value)}` : kindOf(value);
  }
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') {
    return `the ${typeof value} ${value}`;
  }
  return kindOf(value);
}

/** The same without the value, for answers that a browser reads. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name = '' } = (value.constructor as { readonly name?: string } | undefined) ?? {};
  return name === '' || name === 'Object' ? 'an object' : `an object of the class ${name.slice(0, 40)}`;
}

/** One wrong value. */
export interface Fault {
  /** Its name and its place in the input. */
  readonly field: string;
  /** Type and shortened value, for logs. */
  readonly received: string;
  /** Type only, for browsers. */
  readonly kind: string;
  readonly expected: string;
}

/** The fault as one sentence for the developer who sets up the proxy. */
export function faultText({ field, received: what, expected }: Fault): string {
  return `${field}: expected ${expected}, received ${what}`;
}
