import { upaymentsVendorsRefundAnswer } from '../../../contract/index.ts';
import type { ScenarioName } from '../../../mock-server/index.ts';
import type { ProcessLife } from './mortal.ts';

/** What breaks on the proxy's side of one call that moves money. */
export const CUTS = [
  'none',
  'no_connection',
  'timeout',
  'kill_before_call',
  'kill_after_call',
  'kill_after_record',
  'sleep_before_call',
  'sleep_before_record',
] as const;
/** One more: an answer without the first refunded vendor. */
export const VENDOR_CUTS = [...CUTS, 'part_left_out', 'part_left_out'] as const;
export type Cut = (typeof VENDOR_CUTS)[number] | 'disk_fails_before_record';

/** What breaks on the provider's side of the call. */
export interface Trouble {
  readonly scenario: ScenarioName;
  readonly params?: Readonly<Record<string, number>>;
}

interface Call {
  readonly life: ProcessLife;
  /** Makes the call; rejects if the process has died meanwhile. */
  readonly call: () => Promise<Response>;
  /** Makes the call, but nobody reads the answer. */
  readonly callUnread: () => Promise<unknown>;
  readonly sleep: () => Promise<void>;
  readonly failDisk: () => void;
}

/** One call from a proxy to the provider, with a fault at the chosen point. */
export async function callProvider(cut: Cut, { life, call, callUnread, sleep, failDisk }: Call): Promise<Response> {
  switch (cut) {
    case 'no_connection':
      throw Object.assign(new TypeError('fetch failed'), {
        cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' }),
      });
    case 'timeout':
      await call();
      throw new DOMException('too late', 'TimeoutError');
    case 'kill_before_call':
      life.end();
      return call();
    case 'kill_after_call':
      await callUnread();
      life.end();
      life.check();
      return call();
    case 'sleep_before_call':
      await sleep();
      return call();
    case 'sleep_before_record': {
      const answer = await call();
      await sleep();
      return answer;
    }
    case 'disk_fails_before_record': {
      const answer = await call();
      failDisk();
      return answer;
    }
    case 'part_left_out':
      return leaveOutFirstPart(await call());
    case 'kill_after_record':
    case 'none':
      return call();
    default:
      return cut satisfies never;
  }
}

async function leaveOutFirstPart(answer: Response): Promise<Response> {
  const text = await answer.text();
  const parsed = upaymentsVendorsRefundAnswer.safeParse(readJson(text));
  if (parsed.success) parsed.data.data.responseData.generated.shift();
  return new Response(parsed.success ? JSON.stringify(parsed.data) : text, answer);
}

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
