import type { Latency } from './latency.ts';
import type { CalledRoute, Context, Provider, State } from './provider.ts';
import { scenario, type FaultName, type ScenarioName } from './scenarios/catalogue.ts';
import type { Chosen, ScenarioParams } from './scenarios/parse.ts';
import type { Answer, Reply } from './wire.ts';

/** A fault of this call. */
export interface Fault {
  readonly name: FaultName;
  /** Replaces the handler, so that the call is not carried out. */
  readonly instead?: ((provider: Provider) => Reply) | undefined;
  /** Changes the answer. */
  readonly change: (answer: Answer) => Answer;
}

interface FaultState extends State {
  /** Draws the length of a latency. */
  readonly drawLatency: (latency: Latency) => number;
}

interface Occasion {
  readonly state: FaultState;
  readonly route: CalledRoute;
  readonly provider: Provider;
}

type MakeFault = (params: ScenarioParams, occasion: Occasion) => Omit<Fault, 'name'>;

const unchanged = (answer: Answer): Answer => answer;
const drop = (answer: Answer): Answer => ({ ...answer, fault: { kind: 'drop' } });
const param = (params: ScenarioParams, name: string): number => Number(params[name] ?? 0);

const NOT_JSON = '<html><body><h1>502 Bad Gateway</h1></body></html>';

/** Every fault of the catalogue. TypeScript reports a fault that is missing here. */
const FAULTS: Readonly<Record<FaultName, MakeFault>> = {
  latency: (params, { state }) => {
    const delay = state.drawLatency({ ms: param(params, 'ms'), max: param(params, 'max') });
    return { change: (answer) => ({ ...answer, delay }) };
  },
  rate_limited: (params) => ({
    instead: (provider) => provider.refuse('rate_limited', 'too many requests: wait and try again'),
    change: (answer) => ({
      ...answer,
      headers: { ...answer.headers, 'retry-after': String(param(params, 'retry_after')) },
    }),
  }),
  server_error: (params, { provider: whose }) => {
    const status = param(params, 'status');
    const failed = (provider: Provider): Reply => ({
      ...provider.refuse('server_error', 'the provider failed (sandbox scenario)'),
      status,
    });
    if (param(params, 'after_commit') === 0) return { instead: failed, change: unchanged };
    const body = JSON.stringify(whose.refuse('server_error', 'internal error').body);
    return { change: (answer) => ({ ...answer, status, body }) };
  },
  forbidden: () => ({
    instead: (provider) => provider.refuse('forbidden', 'Forbidden: this token may not do this'),
    change: unchanged,
  }),
  status_false: (_params, { state, route }) => ({
    instead: (provider) => ({
      ...provider.refuse('server_error', 'nothing was carried out (sandbox scenario)'),
      status: route.success(state.settings),
    }),
    change: unchanged,
  }),
  malformed_json: () => ({ change: (answer) => ({ ...answer, body: `${answer.body.slice(0, -1)},,` }) }),
  truncated_json: () => ({
    change: (answer) => ({ ...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2)) }),
  }),
  wrong_content_type: () => ({
    change: (answer) => ({ ...answer, headers: { 'content-type': 'text/html; charset=utf-8' }, body: NOT_JSON }),
  }),
  drop_before_commit: () => ({ instead: (provider) => provider.refuse('server_error', 'dropped'), change: drop }),
  drop_after_commit: () => ({ change: drop }),
  drop_at_byte: (params) => ({
    change: (answer) => ({ ...answer, fault: { kind: 'drop_at_byte', byte: param(params, 'byte') } }),
  }),
  slow_body: (params) => ({
    change: (answer) => ({ ...answer, fault: { kind: 'slow_body', ms: param(params, 'ms') } }),
  }),
};

/** The faults of this call: those that it asks for itself, else those of the control API. */
export function takeFaults(context: Context, state: FaultState, own: readonly Chosen[]): readonly Fault[] {
  const { provider, route, payment } = context;
  const scenarios =
    own.length > 0
      ? own
      : state.scenarios.take('fault', { provider, route: route.name, movesMoney: route.movesMoney, payment });
  if (scenarios.length === 0) return NO_FAULTS;
  return scenarios.flatMap(({ name, params }) =>
    isFault(name) ? [{ name, ...FAULTS[name](params, { state, route, provider }) }] : [],
  );
}

const isFault = (name: ScenarioName): name is FaultName => scenario(name).kind === 'fault';

export const NO_FAULTS: readonly Fault[] = [];
