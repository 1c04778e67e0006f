import { waitUntil as wait } from '@open-wc/testing';

/**
 * Waits until the condition holds. The limit is far above what any machine takes, because only a condition that never
 * holds may reach it. `message` is asked for then, so that it can say what there is instead.
 *
 * @throws Error with the message after 15 s.
 */
export async function waitUntil(
  condition: () => unknown,
  message: string | (() => string) = 'what was waited for did not come',
): Promise<void> {
  try {
    await wait(async () => Boolean(await condition()), undefined, { interval: 10, timeout: 15_000 });
  } catch (error) {
    throw new Error(typeof message === 'string' ? message : message(), { cause: error });
  }
}
