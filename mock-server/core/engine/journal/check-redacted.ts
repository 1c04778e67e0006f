import { describe } from '../validation.ts';
import { compareBodies } from './compare.ts';
import { bodyOf, type JournalFilter } from './filter.ts';
import type { NumberedCall } from './record.ts';
import { isObject } from './schema-nodes.ts';

/** Texts that the journal shows in the place of what came: `[redacted]`, the middle of an IBAN, a body that is no JSON. */
const SHOWN_ONLY = /\[(?:redacted|deeper)\]|\b[A-Z]{2}\d{2}\*{4}[A-Z0-9]{4}\b|^\[\d+ characters that are not JSON\]$/;

/** Why an expectation that was copied from the journal fits no call, as a sentence: calls are compared as they came. */
export function redactedFault(filter: JournalFilter, calls: readonly NumberedCall[]): string | undefined {
  for (const part of ['request', 'response'] as const) {
    const expected = filter[part];
    const found = expected === undefined ? undefined : findShown(expected, part);
    if (found === undefined) continue;
    if (calls.some((call) => compareBodies(bodyOf(call, part), expected, part).length === 0)) continue;
    return (
      `${found.at}: the journal shows this text in the place of what came, and compares what came: ` +
      `expected the value itself, or no ${found.at.slice(found.at.lastIndexOf('.') + 1)}, received ${describe(found.text)}`
    );
  }
  return undefined;
}

function findShown(value: unknown, at: string): { readonly at: string; readonly text: string } | undefined {
  if (typeof value === 'string') return SHOWN_ONLY.test(value) ? { at, text: value } : undefined;
  if (!isObject(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = findShown(inner, `${at}.${key}`);
    if (found) return found;
  }
  return undefined;
}
