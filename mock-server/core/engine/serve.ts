import { note } from './context.ts';
import { NO_FAULTS, takeFaults, type Fault } from './faults.ts';
import type { JournalRecord } from './journal/record.ts';
import { magicScenario } from './magic.ts';
import { ownHeaderFault } from './own-headers.ts';
import type { CalledRoute, Context, Provider, RefusalKind } from './provider.ts';
import { methodOf, takesKey, withoutSlash, type Place } from './registry.ts';
import { CREATES, isFor } from './scenarios/catalogue.ts';
import { NONE_CHOSEN, parseScenarios, type Chosen, type ParsedScenarios } from './scenarios/parse.ts';
import type { SandboxState } from './state.ts';
import { describe, queryFault, quote } from './validation.ts';
import { encodingHint, JSON_TYPE, type Answer, type Call, type Reply } from './wire.ts';

interface Served {
  readonly state: SandboxState;
  readonly call: Call;
  readonly now: number;
  readonly base: string;
}

/** Answers a call of a provider's path; `undefined` for every other path. */
export function serveProvider(served: Served, path: string): Answer | undefined {
  const place = served.state.registry.placeOf(path);
  return place && serve(served, place);
}

function serve(served: Served, { provider, match, below }: Place): Answer {
  const { call } = served;
  const matched = match(methodOf(call), withoutSlash(below));
  if (matched.kind === 'found')
    return answer(makeContext(served, provider, matched.route, matched.params), served.state);
  const detail =
    matched.kind === 'wrong_method'
      ? `${quote(call.method)} is not a method of this path: expected ${matched.allowed.join(' or ')}`
      : `the sandbox has no ${quote(`${call.method} ${below}`)}`;
  const context = makeContext(served, provider, unmatched(provider), {});
  return finish(context, served.state, provider.refuse(matched.kind, detail), NO_FAULTS);
}

function makeContext(
  { state, call, now, base }: Served,
  provider: Provider,
  route: CalledRoute,
  params: Readonly<Record<string, string>>,
): Context {
  return {
    state,
    provider,
    call,
    route,
    params,
    now,
    base,
    json: undefined,
    account: null,
    payment: undefined,
    refund: undefined,
    scopedKey: undefined,
    key: undefined,
    replayed: false,
    executed: false,
    outcome: undefined,
    webhookFaults: [],
    scenarios: [],
    policies: [],
  };
}

const unmatched = (provider: Provider): CalledRoute => ({
  provider: provider.name,
  name: 'unknown',
  method: 'GET',
  path: '',
  handler: () => ({ status: 404, body: null }),
  body: 'none',
  query: [],
  auth: false,
  movesMoney: false,
  success: () => 200,
});

function answer(context: Context, state: SandboxState): Answer {
  const { route, provider } = context;
  if (takesKey(provider, route)) context.key = provider.keyOf?.(context);
  const early =
    (route.auth ? provider.authenticate?.(context) : undefined) ??
    limited(context) ??
    unknownFilter(context) ??
    (route.body === 'none' ? bodyFault(context) : readJson(context));
  if (early) return finish(context, state, early, NO_FAULTS);
  context.payment = provider.paymentOf?.(context);

  const requested = scenariosOf(context, state);
  if (requested && !requested.ok)
    return finish(context, state, provider.refuse('unknown_scenario', requested.message), NO_FAULTS);
  const faults = takeFaults(context, state, requested?.chosen.fault ?? NONE_CHOSEN.fault);
  const instead = faults.find((fault) => fault.instead)?.instead;
  if (instead) return finish(context, state, instead(provider), faults);
  return finish(context, state, provider.recall?.(context) ?? route.handler(context), faults);
}

/** The scenarios of the call itself: from its header, else from its own members, else from its amount. */
function scenariosOf(context: Context, state: SandboxState): ParsedScenarios | undefined {
  const { call, route, provider } = context;
  const misspelt = ownHeaderFault(call) ?? provider.scenarioFault?.(context.json);
  if (misspelt !== undefined) return { ok: false, message: misspelt };
  const header = call.headers['x-sandbox-scenario'];
  const written = header ?? provider.scenarioOf?.(context.json);
  const text = written ?? magicOf(context, state);
  if (text === undefined) return undefined;
  const parsed = parseScenarios(text, provider);
  if (!parsed.ok) return parsed;
  // A magic amount of another step's scenario is an ordinary amount.
  const idle = header === undefined ? idleFault(parsed.all, context, written === undefined) : undefined;
  if (idle !== undefined) return { ok: false, message: idle };
  const { outcome, webhook, fault } = parsed.chosen;
  context.outcome = outcome.find(({ name }) => isFor(name, route.name));
  context.webhookFaults = webhook.filter(({ name }) => isFor(name, route.name));
  // A retry repeats the body. A fault in the body is carried out once for each key, so that the retry can succeed.
  const { key, account } = context;
  if (fault.length === 0 || header !== undefined || key === undefined) return parsed;
  // A key belongs to its provider and to its account.
  if (state.scenarios.useFault([provider.name, account ?? '', key].join(' '))) return parsed;
  return { ...parsed, chosen: { ...parsed.chosen, fault: [] } };
}

/** Steps of one flow: a client sends the same text with each of them. */
const STEPS: readonly (readonly string[])[] = [CREATES, ['create_intent', 'update_intent', 'confirm_intent']];

/**
 * Refuses a scenario in the request's members that no step of this flow can carry out, because it would have no effect.
 * A header is different: a client may send it with every call. `isMagic`: an amount stands for it.
 */
function idleFault(all: readonly Chosen[], context: Context, isMagic: boolean): string | undefined {
  const { route, provider, payment = '', state } = context;
  const steps = STEPS.find((names) => names.includes(route.name)) ?? [route.name];
  const idle = all.find(({ name }) => !steps.some((step) => isFor(name, step)));
  if (idle) {
    const names = provider.routes.map(({ name }) => name).filter((name) => isFor(idle.name, name));
    return `scenario ${idle.name} is not for ${route.name}: expected it in ${names.join(', ')}`;
  }
  if (isMagic || !provider.payments(state).has(payment)) return undefined;
  // A call that is refused itself says why. Another step may never come for this payment.
  const mayCome = (step: string) => step === route.name || (provider.canExecute?.(state, step, payment) ?? true);
  const never = all.find(({ name }) => !steps.some((step) => isFor(name, step) && mayCome(step)));
  return never && `scenario ${never.name} is never carried out for ${quote(payment)}: no step of its refund has it`;
}

function magicOf(context: Context, state: SandboxState): string | undefined {
  const { provider } = context;
  if (!state.options.magicAmounts || !context.route.movesMoney) return undefined;
  const amount = provider.amountOf?.(context);
  const text = amount && magicScenario(amount);
  // When only other providers support the scenario, the amount is an ordinary one.
  return text !== undefined && parseScenarios(text, provider).ok ? text : undefined;
}

function limited(context: Context): Reply | undefined {
  const { provider, route, state, now } = context;
  if (!route.limit) return undefined;
  const wait = state.windows.take(route.limit, now);
  if (wait === undefined) return undefined;
  note(context, route.limit.policy);
  const reply = provider.refuse('rate_limited', `more than ${route.limit.calls} calls a minute: wait ${wait} seconds`);
  return { ...reply, headers: { 'retry-after': String(wait) } };
}

/** A filter that the route does not serve is refused by name. P */
function unknownFilter({ route, call, provider }: Context): Reply | undefined {
  if (call.query === '' || route.method !== 'GET') return undefined;
  const fault = queryFault(new URLSearchParams(call.query), route.query);
  return fault === undefined ? undefined : provider.refuse('unknown_filter', fault);
}

const JSON_CONTENT = /^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i;

function bodyFault({ call, provider }: Context): Reply | undefined {
  if (call.bodyFault === undefined) return undefined;
  const kind: RefusalKind = call.bodyFault === 'too_large' ? 'body_too_large' : 'not_utf8';
  const detail =
    kind === 'body_too_large' ? 'the body is larger than 1 MiB' : `the body is not valid UTF-8${encodingHint(call)}`;
  return provider.refuse(kind, detail);
}

function readJson(context: Context): Reply | undefined {
  const { call, provider } = context;
  const refusal = bodyFault(context);
  if (refusal) return refusal;
  if (context.route.body === 'optional' && (call.body === '' || call.body === 'null')) {
    context.json = {};
    return undefined;
  }
  const type = call.headers['content-type'];
  if (type === undefined || !JSON_CONTENT.test(type)) {
    return provider.refuse('content_type', `content-type: expected application/json, received ${describe(type)}`);
  }
  try {
    context.json = JSON.parse(call.body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return provider.refuse('malformed_json', 'the body is not valid JSON');
  }
  if (typeof context.json === 'object' && context.json !== null && !Array.isArray(context.json)) return undefined;
  return provider.refuse('malformed_json', `the body must be a JSON object, received ${describe(context.json)}`);
}

/** Serialises the reply, keeps it for a repetition and records it in the journal. */
function finish(context: Context, state: SandboxState, reply: Reply, faults: readonly Fault[]): Answer {
  const { provider, call, now, route } = context;
  const text = reply.serialized ? String(reply.body) : JSON.stringify(reply.body);
  const storedAnswer = provider.keep?.(context, reply.status, text);
  const clean: Answer = { status: reply.status, headers: headersOf(reply), body: text };
  const answer = delayed(
    state,
    faults.length === 0 ? clean : faults.reduce((previous, fault) => fault.change(previous), clean),
  );
  const record: JournalRecord = {
    at: now,
    provider: provider.name,
    route: route.name,
    method: call.method,
    path: call.path,
    query: call.query,
    status: answer.status,
    account: context.account ?? undefined,
    payment: context.payment,
    refund: context.refund,
    key: context.key,
    replayed: context.replayed,
    scenario: namesOf(context, faults),
    wire: answer.fault?.kind,
    policies: context.policies,
  };
  state.journal.record(record, { request: call.body, response: text });
  return holdKey(context, answer, storedAnswer);
}

function namesOf({ scenarios }: Context, faults: readonly Fault[]): string | undefined {
  if (scenarios.length === 0 && faults.length === 0) return undefined;
  return [...scenarios, ...faults.map(({ name }) => name)].join(', ');
}

function delayed(state: SandboxState, answer: Answer): Answer {
  const { latency } = state.options;
  if ((latency.ms === 0 && latency.max === undefined) || answer.delay !== undefined) return answer;
  return { ...answer, delay: state.drawLatency(latency) };
}

/** The idempotency key of an answer that does not leave at once runs until the answer has left. */
function holdKey({ executed, webhookFaults }: Context, sent: Answer, stored: { running: boolean } | undefined): Answer {
  const afterWebhooks = executed && webhookFaults.some(({ name }) => name === 'webhook_before_answer');
  if (!afterWebhooks && !(stored && sent.delay)) return sent;
  let answer = sent;
  if (stored) {
    stored.running = true;
    answer = { ...sent, finish: () => void (stored.running = false) };
  }
  return afterWebhooks ? { ...answer, afterWebhooks: () => answer } : answer;
}

const JSON_HEADERS = { 'content-type': JSON_TYPE };

function headersOf({ headers }: Reply): Readonly<Record<string, string>> {
  return headers ? { ...JSON_HEADERS, ...headers } : JSON_HEADERS;
}
