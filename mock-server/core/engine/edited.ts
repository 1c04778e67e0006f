import type { Row } from './data-model.ts';
import { settleDue } from './settle.ts';
import type { SandboxState } from './state.ts';

interface Edit {
  readonly of: string;
  readonly id: string;
  /** `undefined` removes the row. */
  readonly row: Row | undefined;
}

/**
 * Carries out an edit that keeps every rule. The row goes on from its new status: the money moves and the change is
 * announced as the provider would do it.
 * @returns why the money cannot move, as a sentence; nothing is changed then
 */
export function applyEdit(state: SandboxState, { of, id, row }: Edit): string | undefined {
  const at = settleDue(state);
  const { followEdit, moveForEdit } = state.registry;
  const find = () => state.store.collections[of]?.find((one) => one.id === id);
  const old = find();
  const before = old && { ...old };
  const fault = moveForEdit[of]?.(state, before, row);
  if (fault !== undefined) return fault;
  // A copy, because what follows an edit stamps the row.
  state.store.edit(of, id, row && { ...row });
  const after = find();
  if (after) followEdit[of]?.(state, after, before, at);
  return undefined;
}
