import { WEBHOOK_DUE } from './due.ts';
import type { SandboxState } from './state.ts';
import type { Millis } from './time.ts';

/** Brings the state to the present: carries out everything due, each event at its own time. Called before every call. */
export function settleDue(state: SandboxState): Millis {
  const now = state.clock.now();
  const { timers } = state.registry;
  for (let event = state.due.take(now); event; event = state.due.take(now)) {
    if (event.kind === WEBHOOK_DUE) state.webhooks.begin(event.id, event.step, event.at);
    else timers[event.kind]?.(state, event);
  }
  return now;
}
