/** What a merchant's hook, option or file gave, in words for a log: its type, and its value where that is short and plain. */
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

/** The same without any value: for answers that a browser reads. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (typeof value === 'string') return `a string of ${value.length} characters`;
  if (Array.isArray(value)) return 'an array';
  if (typeof value !== 'object') return `a ${typeof value}`;
  const { name = '' } = (value.constructor as { readonly name?: string } | undefined) ?? {};
  return name === '' || name === 'Object' ? 'an object' : `an object of the class ${name.slice(0, 40)}`;
}

/** One value that is not as expected. */
export interface Fault {
  /** Its name, and where it stands in what was given. */
  readonly field: string;
  /** Type and shortened value, for the log. */
  readonly received: string;
  /** Type only, for a browser. */
  readonly kind: string;
  readonly expected: string;
}

/** A fault as one sentence for whoever set the proxy up. */
export function faultText({ field, received: what, expected }: Fault): string {
  return `${field}: expected ${expected}, received ${what}`;
}
