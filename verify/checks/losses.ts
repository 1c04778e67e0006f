import { UQPAY_SAMPLES } from '../../contract/uqpay/samples.ts';
import type { Payment } from '../profile.ts';
import type { Reply } from '../recorder.ts';
import type { World } from '../world.ts';

/** A way to lose an answer. `what` names it in a report. */
export interface Loss {
  readonly what: string;
  /** Loses the answer to the next refund. */
  readonly lose: (world: World) => Promise<void>;
}

const scenario = (name: string, params?: Readonly<Record<string, number>>): Loss => ({
  what: name,
  lose: (world) => world.scenario(name, params),
});

/** Scenarios in which the provider refunds and the proxy does not get a readable answer. */
export const LOSSES: readonly Loss[] = [
  scenario('drop_after_commit'),
  { ...scenario('server_error', { after_commit: 1 }), what: 'server_error after the refund' },
  scenario('truncated_json'),
  scenario('wrong_content_type'),
];

/** As both providers write an error: UPayments has a `status`. */
function textOf(error: object): string {
  return JSON.stringify({ ...error, status: false });
}

/**
 * Answers that say nothing about the money, given in the provider's place. The provider then has no refund in its list, so
 * only the proxy's own record can hold the amount.
 */
const SAYS_NOTHING: readonly (readonly [what: string, status: number, text: string])[] = [
  ['a 500', 500, textOf(UQPAY_SAMPLES.internal)],
  ['a 502 that is a page', 502, '<html><body><h1>502 Bad Gateway</h1></body></html>'],
  ['a 503 without a body', 503, ''],
  ['a 408', 408, textOf({ ...UQPAY_SAMPLES.internal, code: 'request_timeout', message: 'timeout' })],
  ['a 200 with half a body', 200, '{"status":tr'],
  ['a 200 that is a page', 200, '<html><body>One moment</body></html>'],
  ['a 200 without a body', 200, ''],
  ['a 200 without a refund', 200, '{}'],
];

/** Losses after which the provider has made no refund. The proxy cannot tell the difference. */
export const SILENT: readonly Loss[] = [
  scenario('drop_before_commit'),
  ...SAYS_NOTHING.map(([what, status, text]): Loss => ({
    what,
    lose: async (world) => answerInstead(world, { status, text, headers: typeOf(text) }),
  })),
];

/** Gives the next refund this answer, and keeps the request from the provider. */
export function answerInstead({ recorder, profile }: World, instead: Reply): void {
  recorder.rewrite({ method: 'POST', path: profile.prefix + profile.refundPath, instead });
}

const typeOf = (text: string): Record<string, string> => ({
  'content-type': text.startsWith('<') ? 'text/html; charset=utf-8' : 'application/json',
});

/** Sends a refund whose answer is lost. */
export async function loseRefund(world: World, payment: Payment, amount: string, loss: Loss) {
  const key = world.key();
  await loss.lose(world);
  const exchange = await world.refund(payment, amount, { key });
  return { key, exchange };
}
