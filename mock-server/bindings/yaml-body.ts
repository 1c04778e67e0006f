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
  const { parse, YAMLParseError } = await import('yaml');
  try {
    return parse(text, { logLevel: 'error' }) as unknown;
  } catch (error) {
    if (!(error instanceof YAMLParseError) || error.code !== 'MULTIPLE_DOCS') throw error;
    const place = / at line.*/.exec(error.message)?.[0] ?? '';
    throw new Error(`expected one document of YAML, received another${place}`, { cause: error });
  }
}
