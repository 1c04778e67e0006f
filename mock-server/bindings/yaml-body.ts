import type { Call } from '../core/engine/wire.ts';
import { parseYaml } from '../cli/seed-file.ts';

/** Rows are written by people: `POST /_sandbox/seed` takes YAML as well. Everything else is JSON. */
export function isYaml({ method, path, headers }: Call): boolean {
  return method === 'POST' && path.endsWith('/_sandbox/seed') && /\byaml\b/i.test(headers['content-type'] ?? '');
}

/** The same call in JSON; one that cannot be read says why in the place of its rows. */
export async function fromYaml(call: Call): Promise<Call> {
  if (call.bodyFault !== undefined) return call;
  try {
    return { ...call, body: JSON.stringify(await parseYaml(call.body)) };
  } catch (error) {
    const [detail] = (error instanceof Error ? error.message : String(error)).split('\n');
    return { ...call, body: '', bodyFault: 'not_yaml', bodyFaultDetail: detail };
  }
}
