import { problem } from '../contract/index.ts';
import type { Exchange } from './drive.ts';

/**
 * One sentence when most writes of a run were answered with a 5xx that is no problem of the proxy's own. Such a proxy
 * crashes, and then most checks fail for that one reason, whatever they are about.
 */
export function crashNote(exchanges: readonly Exchange[]): string | undefined {
  const writes = exchanges.filter(({ sent }) => sent.method === 'POST');
  const crashed = writes.filter(({ answer }) => isCrash(answer));
  const [first] = crashed;
  if (!first || crashed.length * 2 <= writes.length) return undefined;
  const statuses = [...new Set(crashed.map(({ answer }) => answer.status))].join(' or ');
  const counted = `The proxy answers ${statuses} to ${crashed.length} of ${writes.length} writes`;
  return `${counted}: look at its log first, the checks below may all fail for that`;
}

/** What a gateway answers when nothing came from behind it: with an unresponsive provider it is right. */
const GATEWAY_TIMEOUT = 504;

function isCrash({ status, json }: Exchange['answer']): boolean {
  return status >= 500 && status !== GATEWAY_TIMEOUT && !problem.safeParse(json).success;
}
