import { webhookLine, webhooksOf } from './webhooks.ts';
import type { Flags } from './flags.ts';
import { DEFAULT_CREDENTIALS } from '../core/engine/state.ts';
import type { CallLine, Sandbox } from '../index.ts';

const CODES = { bold: 1, good: 32, refused: 33, broken: 31, faint: 2 } as const;
type Paint = (style: keyof typeof CODES, text: string) => string;

const isSet = (value: string | undefined) => value !== undefined && value !== '';

/** Colours for a terminal; `NO_COLOR` switches them off, `FORCE_COLOR` on where there is none. See no-color.org. */
export function makePaint(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Paint {
  const wanted = !isSet(environment['NO_COLOR']) && (isTerminal || isSet(environment['FORCE_COLOR']));
  return (style, text) => (wanted ? `\u001B[${CODES[style]}m${text}\u001B[0m` : text);
}

/** `200 POST   /uqpay/api/v2/payment/refunds 1.3 ms`; nothing of bodies, headers or queries. */
export function callLine({ method, path, status, wire, ms }: CallLine, paint: Paint): string {
  const style = wire !== undefined || status >= 500 ? 'broken' : status >= 400 ? 'refused' : 'good';
  const lost = wire === undefined ? '' : ` (${wire})`;
  return `${paint(style, String(status))} ${method.padEnd(6)} ${path}${lost} ${paint('faint', `${ms.toFixed(1)} ms`)}`;
}

export function banner(sandbox: Sandbox, flags: Flags, paint: Paint): string {
  const { uqpayClientId, uqpayApiKey, upaymentsToken } = DEFAULT_CREDENTIALS;
  const { mode, at } = flags.clock;
  const clock = at === undefined ? mode : `${mode} at ${new Date(at).toISOString()}`;
  const dev =
    (flags.dev ? ', dev mode: no credentials needed' : '') +
    (flags.controlGuard ? '' : ', control API open to any page');
  const state = flags.db === undefined ? '' : `\n  State       ${flags.db}`;
  return `
  ${paint('bold', 'Refund sandbox')} on ${sandbox.url}   (clock ${clock}${dev})

  UQPAY       ${paint('bold', sandbox.uqpayUrl)}
              x-client-id: ${uqpayClientId}   x-api-key: ${uqpayApiKey}
  UPayments   ${paint('bold', sandbox.upaymentsUrl)}
              Authorization: Bearer ${upaymentsToken}
  At the root ${sandbox.url}/api/v1 and /api/v2: the same paths, for clients that drop a base path
  Control     ${sandbox.url}/_sandbox
  Data        ${sandbox.url}/_sandbox/db${webhookLine(webhooksOf(flags))}${state}

  Settle a four-hour KNET refund now:
    curl -X POST ${sandbox.url}/_sandbox/clock -d '{"advance":"PT4H"}'
  Lose the answer of the next refund:
    curl -X POST ${sandbox.url}/_sandbox/scenarios -d '{"scenario":"drop_after_commit"}'

  Ctrl-C stops it.
`;
}
