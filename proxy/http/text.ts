import { keepable } from '../ledger/texts.ts';
import { invalid } from './problem.ts';
import { pointerOf } from '../../contract/pointer.ts';
import type { FieldError } from '../providers/provider.ts';

const DETAIL = 'holds a NUL (U+0000) or half of a surrogate pair, which no record keeps: send the text without it';

/** Whether a text contains what a database cannot store or UTF-8 cannot encode. */
export function isUnkeepable(text: string): boolean {
  return keepable(text) !== text;
}

/** Every string of a body, member names included, that cannot be stored as it is. `parseJson` has limited the depth. */
function textFaults(value: unknown, path: readonly PropertyKey[] = []): FieldError[] {
  if (typeof value === 'string') return isUnkeepable(value) ? [{ pointer: readable(path), detail: DETAIL }] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const at = [...path, name];
    const ofName = isUnkeepable(name) ? [{ pointer: readable(at), detail: `the name of the member ${DETAIL}` }] : [];
    return [...ofName, ...textFaults(member, at)];
  });
}

/** @throws ProblemError that names every field whose text cannot be stored. */
export function checkTexts(body: unknown): void {
  const errors = textFaults(body);
  if (errors.length > 0) throw invalid(errors);
}

/** The pointer goes into an answer, which must not repeat the bad characters. */
function readable(path: readonly PropertyKey[]): string {
  return keepable(pointerOf(path));
}
