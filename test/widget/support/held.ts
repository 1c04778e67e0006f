import type { Reply } from '../fake-environment.ts';
import { waitUntil } from './wait-until.ts';

/** A reply that the test gives when it likes: to the newest request, or to the next one if none waits for it. */
export function heldReply(): {
  readonly reply: () => Promise<Reply>;
  readonly answer: (reply: Reply) => Promise<void>;
} {
  let waiting: ((reply: Reply) => void) | undefined;
  return {
    reply: () => new Promise((resolve) => (waiting = resolve)),
    async answer(reply) {
      // A request reaches the fake some tasks after the press, and how many is up to the engine.
      if (!waiting) await waitUntil(() => waiting, 'expected a request');
      waiting!(reply);
      waiting = undefined;
    },
  };
}
