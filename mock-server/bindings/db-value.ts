import type { LooseRow } from '../core/engine/data-model.ts';
import type { SandboxState } from '../core/engine/state.ts';
import { describe, explainIssues, quote } from '../core/engine/validation.ts';

interface Asked {
  readonly name: string;
  /** `currency`, `metadata.shop` or `currency_ne`. */
  readonly key: string;
  readonly texts: readonly string[];
}

/**
 * Why no row of a collection can have the value that a filter asks for, as a sentence. With a misspelt value it would find
 * nothing, and a test that expects no such row would pass.
 */
export function rowValueFault(state: SandboxState, { name, key, texts }: Asked): string | undefined {
  const { data } = state.registry;
  const member = key.replace(/_ne$/, '');
  const schema = data.schemaOf(name, member);
  const [, target] = data.referencesOf(name).find(([reference]) => reference === member) ?? [];
  const rows = (state.store.collections[name] ?? []) as unknown as readonly LooseRow[];
  for (const text of texts) {
    const issues = issuesOf(schema, text);
    const isMissing = target !== undefined && !state.store.collections[target]?.some(({ id }) => id === text);
    if ((!issues && !isMissing) || rows.some((row) => String(row[member]) === text)) continue;
    if (issues) return `${key}: ${explainIssues(issues, text)[0]?.message ?? `received ${describe(text)}`}`;
    const example = state.store.collections[target ?? '']?.at(-1)?.id;
    const such = example === undefined ? 'of which there is none' : `such as ${quote(example)}`;
    return `${key}: expected the id of a row of ${target}, ${such}, received ${describe(text)}`;
  }
  return undefined;
}

/** Why a text is no value of a member. A query writes every value as text; a member of an object is not checked. */
function issuesOf(schema: ReturnType<SandboxState['registry']['data']['schemaOf']>, text: string) {
  if (!schema) return undefined;
  const parsed = schema.safeParse(text);
  if (parsed.success || schema.safeParse(otherType(text)).success) return undefined;
  return parsed.error.issues;
}

function otherType(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  return text === '' ? text : Number(text);
}
