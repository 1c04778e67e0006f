/** A JSON object that no schema has checked yet. */
export type JsonObject = Record<string, unknown>;

/** The deepest body of a refund has four levels. This limit bounds every recursion over a body. */
const MAX_DEPTH = 32;

export type ParsedJson = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly why: string };

/**
 * Parses untrusted JSON. Of a member that is given twice the last one counts. What was parsed is sent on, never the
 * text. A member called `__proto__` is dropped at every level.
 */
export function parseJson(text: string): ParsedJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, why: error instanceof Error ? error.message : 'not JSON' };
  }
  const open: { readonly node: unknown; readonly depth: number }[] = [{ node: value, depth: 1 }];
  for (let at = open.pop(); at; at = open.pop()) {
    const { node, depth } = at;
    if (typeof node !== 'object' || node === null) continue;
    if (depth > MAX_DEPTH) return { ok: false, why: `nested deeper than ${MAX_DEPTH} levels` };
    if (Object.hasOwn(node, '__proto__')) Reflect.deleteProperty(node, '__proto__');
    for (const child of Object.values(node)) open.push({ node: child, depth: depth + 1 });
  }
  return { ok: true, value };
}

interface HasNodeCrypto {
  readonly process?: {
    getBuiltinModule?(name: 'node:crypto'): {
      createHash(algorithm: 'sha256'): { update(text: string): { digest(encoding: 'hex'): string } };
    };
  };
}

/**
 * Node's hash, where there is one. The Web's digest works in another thread, which takes longer to wake up than to hash
 * a body.
 */
const nodeCrypto = (globalThis as HasNodeCrypto).process?.getBuiltinModule?.('node:crypto');

/** The same text for all JSON texts of the same value: sorted members, no white space. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonicalJson(member)}`);
  return `{${members.join(',')}}`;
}

/** Identifies a request: SHA-256 of method, provider path and canonical body, in hex. */
export async function fingerprint(method: string, path: string, body: unknown): Promise<string> {
  const text = `${method}\n${path}\n${canonicalJson(body)}`;
  if (nodeCrypto) return nodeCrypto.createHash('sha256').update(text).digest('hex');
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
