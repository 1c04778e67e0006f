import type * as Yaml from 'yaml';

import type { Call } from '../core/engine/wire.ts';

/** Rows are written by people: `POST /_sandbox/seed` takes YAML as well. Everything else is JSON. */
export function isYaml({ method, path, headers }: Call): boolean {
  return method === 'POST' && path.endsWith('/_sandbox/seed') && /\byaml\b/i.test(headers['content-type'] ?? '');
}

/** The same call in JSON. A body that cannot be read becomes a body fault. */
export async function fromYaml(call: Call): Promise<Call> {
  if (call.bodyFault !== undefined) return call;
  try {
    return { ...call, body: JSON.stringify(await parseYaml(call.body)) };
  } catch (error) {
    const [detail] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { ...call, body: '', bodyFault: 'not_yaml', bodyFaultDetail: detail };
  }
}

/** @throws Error whose first line says what is wrong, and in which line and column */
export async function parseYaml(text: string): Promise<unknown> {
  // Loaded on first use, because most sandboxes read no YAML.
  const yaml = await import('yaml');
  const places = new yaml.LineCounter();
  // Its own search for repeated keys compares each key with all before it: a large mapping would hold up every request.
  const document = yaml.parseDocument(text, { logLevel: 'error', uniqueKeys: false, lineCounter: places });
  const [error] = document.errors;
  if (error?.code === 'MULTIPLE_DOCS') {
    const place = / at line.*/.exec(error.message)?.[0] ?? '';
    throw new Error(`expected one document of YAML, received another${place}`, { cause: error });
  }
  if (error) throw error;
  const offset = repeatedKey(document, yaml);
  if (offset !== undefined) {
    const { line, col } = places.linePos(offset);
    throw new Error(`Map keys must be unique at line ${line}, column ${col}:`);
  }
  return document.toJS() as unknown;
}

/** Where a mapping has a key for the second time. */
function repeatedKey(document: Yaml.Document, { visit, isScalar }: typeof Yaml): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Map(_, { items }) {
      const known = new Set<unknown>();
      for (const key of items.map((item) => item.key).filter(isScalar)) {
        if (known.has(key.value)) offset ??= key.range?.[0];
        known.add(key.value);
      }
      return offset === undefined ? undefined : visit.BREAK;
    },
  });
  return offset;
}
