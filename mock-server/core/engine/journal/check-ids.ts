import type { Provider, Route } from '../provider.ts';
import type { SandboxState } from '../state.ts';
import { quote } from '../validation.ts';
import type { JournalFilter } from './filter.ts';
import { isObject } from './schema-nodes.ts';

/**
 * Why no body of these calls can hold an id that the filter expects there, as a sentence: the provider has given no such id,
 * and no recorded call has it. `routes`: those that the filter leaves.
 */
export function idsFault(state: SandboxState, filter: JournalFilter, routes: readonly Route[]): string | undefined {
  const whose = state.registry.providers.filter(({ name }) => routes.some(({ provider }) => provider === name));
  for (const part of ['request', 'response'] as const) {
    for (const { at, key, id } of textsIn(filter[part], part)) {
      const givers = whose.filter(({ ids }) => ids?.includes(key));
      if (givers.length === 0) continue;
      if (givers.some((provider) => isGiven(state, provider, id))) continue;
      const examples = givers.flatMap(({ payments }) => [...payments(state).keys()].slice(-1)).map((one) => quote(one));
      return `${at}: ${quote(id)} is not there and no recorded call has it: expected an id such as ${examples.join(', ')}`;
    }
  }
  return undefined;
}

interface TextIn {
  /** Its path, such as `request.refundPayload.0.refundRequestId`. */
  readonly at: string;
  /** Name of the member. */
  readonly key: string;
  readonly id: string;
}

function* textsIn(value: unknown, at: string, key = ''): Generator<TextIn> {
  if (typeof value === 'string') yield { at, key, id: value };
  else if (Array.isArray(value)) for (const [index, one] of value.entries()) yield* textsIn(one, `${at}.${index}`, key);
  else if (isObject(value)) for (const [name, one] of Object.entries(value)) yield* textsIn(one, `${at}.${name}`, name);
}

function isGiven({ store, journal }: SandboxState, { name, rows }: Provider, id: string): boolean {
  const isInRow = (row: object) => Object.values(row).includes(id);
  if (Object.keys(rows.schemas).some((collection) => store.collections[collection]?.some(isInRow))) return true;
  const text = JSON.stringify(id);
  for (const { record, bodies } of journal.calls()) {
    if (record.provider !== name) continue;
    const { request, response } = bodies();
    if (request.includes(text) || response.includes(text)) return true;
  }
  return false;
}
