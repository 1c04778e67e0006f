import type { SandboxState } from '../core/engine/state.ts';
import { BUILT_IN } from '../core/providers/index.ts';
import type { CallLine, Sandbox } from '../index.ts';
import type { Flags } from './flags.ts';
import { webhookLine } from './webhooks.ts';

const CODES = { bold: 1, good: 32, refused: 33, broken: 31, faint: 2 } as const;
type Paint = (style: keyof typeof CODES, text: string) => string;

const isSet = (value: string | undefined) => value !== undefined && value !== '';

/**
 * Colours for a terminal. `NO_COLOR` switches them off; `FORCE_COLOR` switches them on without a terminal. See
 * no-color.org.
 */
export function makePaint(environment: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Paint {
  const useColours = !isSet(environment['NO_COLOR']) && (isTerminal || isSet(environment['FORCE_COLOR']));
  return (style, text) => (useColours ? `\u001B[${CODES[style]}m${text}\u001B[0m` : text);
}

/** `200 POST   /_sandbox/clock 1.3 ms`, without body, headers and query. */
export function callLine({ method, path, status, wire, ms }: CallLine, paint: Paint): string {
  const style = wire !== undefined || status >= 500 ? 'broken' : status >= 400 ? 'refused' : 'good';
  const wireFault = wire === undefined ? '' : ` (${wire})`;
  return `${paint(style, String(status))} ${method.padEnd(6)} ${path}${wireFault} ${paint('faint', `${ms.toFixed(1)} ms`)}`;
}

interface BannerOptions {
  readonly flags: Flags;
  /** The file of `--db` may hold another clock and other endpoints than the flags ask for. */
  readonly main: SandboxState;
  /** What ids are drawn from; `undefined` where the file of `--db` knows the ids. */
  readonly seed: number | undefined;
  readonly paint: Paint;
}

export function banner(sandbox: Sandbox, { flags, main, seed, paint }: BannerOptions): string {
  const { mode } = main.clock;
  const isSet = mode === 'frozen' && flags.clock.at !== undefined;
  const clock = isSet ? `${mode} at ${new Date(main.clock.now()).toISOString()}` : mode;
  const dev =
    (flags.dev ? ', dev mode: no credentials needed' : '') +
    (flags.controlGuard ? '' : ', control API open to any page');
  const state = flags.db === undefined ? '' : `\n  State       ${flags.db}`;
  const again = flags.seed.number === undefined ? 'of this start; its ids come again with' : 'set by';
  const ids = seed === undefined ? '' : `\n  Seed        ${seed}   (${again} --seed ${seed})`;
  return `
  ${paint('bold', 'Refund sandbox')} on ${sandbox.url}   (clock ${clock}${dev})

${providerLines(sandbox.url, paint)}
  At the root ${rootPaths(sandbox.url)}: the same paths, for clients that drop a base path
  Window      ${paint('bold', `${sandbox.url}/`)}   (in a browser: calls, money, clock, faults, webhooks, data)
  Control     ${sandbox.url}/_sandbox
  Orders      ${sandbox.url}/orders/{id}   (for a proxy, until your own server has them)
  Data        ${sandbox.url}/_sandbox/db${webhookLine(main.webhooks)}${state}${ids}

  Settle a four-hour KNET refund now:
    curl -X POST ${sandbox.url}/_sandbox/clock -d '{"advance":"PT4H"}'
  Lose the answer of the next refund:
    curl -X POST ${sandbox.url}/_sandbox/scenarios -d '{"scenario":"drop_after_commit"}'

  Ctrl-C stops it.
`;
}

/** Base address and credentials of each provider. */
function providerLines(url: string, paint: Paint): string {
  return BUILT_IN.providers
    .map(({ title, prefix, signIn, credentials = {} }) => {
      const how = signIn ? `\n              ${signIn(credentials)}` : '';
      return `  ${title.padEnd(12)}${paint('bold', url + prefix)}${how}`;
    })
    .join('\n');
}

function rootPaths(url: string): string {
  const [first = '', ...more] = BUILT_IN.rootPaths;
  return [url + first, ...more].join(' and ');
}
