import type { CalledRoute, Context, Provider } from './context.ts';
import type { Chosen, ScenarioName, ScenarioParams } from './scenarios/scenarios.ts';
import { drawLatency } from './latency.ts';
import type { SandboxState } from './state.ts';
import type { Answer, Reply } from './wire.ts';

/** A fault that was taken for this call. */
export interface Fault {
  readonly name: ScenarioName;
  /** Answers in the handler's place: nothing is carried out. */
  readonly instead?: ((provider: Provider) => Reply) | undefined;
  /** Changes the answer of what was carried out. */
  readonly change: (answer: Answer) => Answer;
}

type MakeFault = (params: ScenarioParams, state: SandboxState, route: CalledRoute) => Omit<Fault, 'name'>;

const asItWas = (answer: Answer): Answer => answer;
const drop = (answer: Answer): Answer => ({ ...answer, fault: { kind: 'drop' } });
const param = (params: ScenarioParams, name: string): number => Number(params[name] ?? 0);

const NOT_JSON = '<html><body><h1>502 Bad Gateway</h1></body></html>';

const FAULTS: Partial<Readonly<Record<ScenarioName, MakeFault>>> = {
  latency: (params, state) => {
    const delay = drawLatency({ ms: param(params, 'ms'), max: param(params, 'max') }, state.latencies);
    return { change: (answer) => ({ ...answer, delay }) };
  },
  rate_limited: (params) => ({
    instead: (provider) => provider.refuse('rate_limited', 'too many requests: wait and try again'),
    change: (answer) => ({
      ...answer,
      headers: { ...answer.headers, 'retry-after': String(param(params, 'retry_after')) },
    }),
  }),
  server_error: (params) => {
    const status = param(params, 'status');
    const failed = (provider: Provider): Reply => ({
      ...provider.refuse('server_error', 'the provider failed (sandbox scenario)'),
      status,
    });
    if (param(params, 'after_commit') === 0) return { instead: failed, change: asItWas };
    const body = JSON.stringify({
      type: 'api_error',
      code: 'internal_error',
      status: false,
      message: 'internal error',
    });
    return { change: (answer) => ({ ...answer, status, body }) };
  },
  forbidden: () => ({
    instead: (provider) => provider.refuse('forbidden', 'Forbidden: this token may not do this'),
    change: asItWas,
  }),
  status_false: (_params, state, route) => ({
    instead: (provider) => ({
      ...provider.refuse('server_error', 'nothing was carried out (sandbox scenario)'),
      status: route.success(state.settings),
    }),
    change: asItWas,
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

/** The faults of this call: those it asks for itself, else the first that were set for it on the control API. */
export function takeFaults(context: Context, asked: readonly Chosen[]): readonly Fault[] {
  const { state, route, payment } = context;
  const { provider, name, movesMoney } = route;
  const chosen =
    asked.length > 0 ? asked : state.scenarios.take('fault', { provider, route: name, movesMoney, payment });
  if (chosen.length === 0) return NONE;
  return chosen.flatMap(({ name: fault, params }) => {
    const make = FAULTS[fault];
    return make ? [{ name: fault, ...make(params, state, route) }] : [];
  });
}

const NONE: readonly Fault[] = [];
