import { errorFields, hookErrorFields, type Log } from '../telemetry/log.ts';
import { ProblemError } from '../http/problem.ts';
import type { Fault } from './received.ts';

/** Logs a hook that threw, with the message and the stack of its error, or that took too long. */
export function hookFailed(log: Log, hook: 'orders' | 'authorize' | 'authenticate', error: unknown): void {
  const isLate = error instanceof Error && error.name === 'TimeoutError';
  if (isLate) log.error(`the ${hook} hook did not answer in time`, errorFields(error));
  else log.error(`the ${hook} hook failed`, hookErrorFields(error));
}

/** Logs every wrong field of the order. The answer names the first one, without its value. */
export function wrongOrder(log: Log, faults: readonly Fault[]): ProblemError {
  for (const { field, received, expected } of faults) {
    log.error(`the orders hook returned an order in which ${field} is wrong`, { field, received, expected });
  }
  const [{ field, kind, expected }] = faults as readonly [Fault];
  return new ProblemError('orders_unavailable', {
    detail: `The orders hook returned a wrong order: ${field}: expected ${expected}, received ${kind}. Nothing was sent`,
  });
}

/** Logs what the authorize hook returned instead of a verdict. It counts as a refusal. */
export function wrongVerdict(
  log: Log,
  { field, received, expected }: Fault,
  hook: 'authorize' | 'authenticate' = 'authorize',
): ProblemError {
  log.error(`the ${hook} hook returned a wrong ${field}, so the request was refused`, { field, received, expected });
  return new ProblemError('forbidden', {
    detail: `The ${hook} hook returned a wrong answer: ${field}: expected ${expected}, received ${received}`,
  });
}
