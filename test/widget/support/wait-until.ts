import { waitUntil as wait } from '@open-wc/testing';

/**
 * Waits until the condition holds. The limit is far above what any machine takes, because only a condition that never
 * holds may reach it.
 *
 * @throws Error with the message after 15 s.
 */
export function waitUntil(condition: () => unknown, message?: string): Promise<void> {
  return wait(async () => Boolean(await condition()), message, { interval: 10, timeout: 15_000 });
}
