import { handleControl } from './control/control.ts';
import { serveProvider } from './engine/serve.ts';
import { settleDue } from './engine/settle.ts';
import type { SandboxState } from './engine/state.ts';
import type { Answer, Call } from './engine/wire.ts';

/**
 * Takes one call, changes the state, and gives one answer. Synchronous, so that nothing can happen halfway.
 * @param path the call's path below the namespace
 * @param base origin and namespace, for absolute URLs in answers
 */
export function handle(state: SandboxState, call: Call, path: string, base: string): Answer {
  const now = settleDue(state);
  return serveProvider({ state, call, now, base }, path) ?? handleControl(state, call, path);
}
