import type { Row } from './data-model.ts';
import type { SandboxState } from './state.ts';
import type { Millis } from './time.ts';

export interface Edit {
  readonly collection: string;
  /** The row before the edit; `undefined` for a row that was added. */
  readonly before: Readonly<Row> | undefined;
  /** The row of the state itself; `undefined` for a row that was removed. */
  readonly after: Row | undefined;
  readonly at: Millis;
}

/** A row that a person edited goes on from its new status, and the change is announced as the provider would do it. */
export function followEdit(state: SandboxState, { collection, before, after, at }: Edit): void {
  if (after) state.registry.followEdit[collection]?.(state, after, before, at);
}
