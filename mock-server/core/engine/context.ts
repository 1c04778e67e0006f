import type { AskedAmount } from './magic.ts';
import type { Operation } from './openapi/operation.ts';
import type { PolicyId } from '../providers/uqpay/policies.ts';
import type { RateLimit } from './rate-windows.ts';
import type { Chosen, ProviderName } from './scenarios/scenarios.ts';
import type { Settings } from './settings.ts';
import type { SandboxState } from './state.ts';
import type { Millis } from './time.ts';
import type { Call, Reply } from './wire.ts';

/** One call on its way through the core. Handlers write down here what the journal is to know. */
export interface Context {
  readonly state: SandboxState;
  readonly call: Call;
  readonly route: CalledRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly now: Millis;
  /** Origin and namespace, without a trailing slash: what this client puts its provider's path behind. */
  readonly base: string;
  /** The parsed body, for routes that take one. */
  json: unknown;
  /** UQPAY: the connected account that the call is for; `null` for the master account, and at the other provider. */
  account: string | null;
  payment: string | undefined;
  refund: string | undefined;
  /** Idempotency key as the provider scopes it, and as it came. */
  scopedKey: string | undefined;
  key: string | undefined;
  replayed: boolean;
  /** The request passed validation and changed, or could have changed, state. */
  executed: boolean;
  /** Outcome that the call itself asks for. */
  outcome: Chosen | undefined;
  /** How the webhooks of this call's refund misbehave. */
  manners: readonly Chosen[];
  /** What was taken of both, for the journal. */
  readonly scenarios: string[];
  readonly policies: PolicyId[];
}

export type Handler = (context: Context) => Reply;

/** `json`: a JSON object is required. `optional`: or nothing at all, which is an empty one. `none`: whatever comes is not read. */
export type BodyKind = 'json' | 'optional' | 'none';

export interface Route {
  readonly provider: ProviderName;
  /** Unique within the provider; scenarios and the journal's filters use it. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the provider's prefix; `{name}` takes one segment. */
  readonly path: string;
  readonly handler: Handler;
  readonly body: BodyKind;
  /** Names in the query of a read; any other is refused, for no filter is ever ignored in silence. */
  readonly query: readonly string[];
  /** `false` for the one call that brings the credentials itself. */
  readonly auth: boolean;
  /** Creates or cancels a refund: what scenarios are for unless they name a route. */
  readonly movesMoney: boolean;
  /** What it takes and answers, for the OpenAPI document. */
  readonly operation: Operation;
  /** HTTP status of success under these settings. */
  readonly success: (settings: Settings) => number;
  /** Calls beyond it are answered with 429. */
  readonly limit?: RateLimit;
}

/** A route on its way through the core, which asks nothing of its description. */
export type CalledRoute = Omit<Route, 'operation'>;

/** What any provider has to be able to say, each in its own shape. `detail` is a full sentence. */
export type RefusalKind =
  | 'unknown_path'
  | 'wrong_method'
  | 'malformed_json'
  | 'unknown_filter'
  | 'content_type'
  | 'body_too_large'
  | 'not_utf8'
  | 'unknown_scenario'
  | 'rate_limited'
  | 'server_error'
  | 'forbidden';

export interface Provider {
  readonly name: ProviderName;
  /** Path prefix below the base, without a trailing slash. */
  readonly prefix: string;
  /** The same paths for a client that resolves them against the origin, and so leaves the prefix out. */
  readonly rootPrefix: string;
  readonly authenticate: (context: Context) => Reply | undefined;
  readonly refuse: (kind: RefusalKind, detail: string) => Reply;
  /** The payment that a body or a path names, for scenarios that are set for one payment. */
  readonly paymentOf: (context: Context) => string | undefined;
  /** The text of a scenario that the request itself carries, `undefined` when it carries none. */
  readonly scenarioOf: (json: unknown) => string | undefined;
  /** What a request asks to refund, for magic amounts; the first magic one where it names several. */
  readonly amountOf: (context: Context) => AskedAmount | undefined;
  /** The idempotency key of a call, whatever becomes of it; the journal shows it. */
  readonly keyOf?: (context: Context) => string | undefined;
  /** Duplicate protection: an answer here takes the place of the handler's. */
  readonly recall?: (context: Context) => Reply | undefined;
  /** Keeps the answer for a repetition. @returns what to call once the answer has left */
  readonly keep?: (context: Context, status: number, body: string) => { running: boolean } | undefined;
}

export function note(context: Context, ...policies: readonly PolicyId[]): void {
  for (const policy of policies) if (!context.policies.includes(policy)) context.policies.push(policy);
}

/**
 * Marks the request as executing and takes the outcome, and the manner of its webhooks, that were asked for: by the call
 * itself, else on the control API.
 */
export function beginExecution(context: Context): Chosen | undefined {
  context.executed = true;
  const { route, payment, state } = context;
  const occasion = { provider: route.provider, route: route.name, movesMoney: route.movesMoney, payment };
  const outcome = context.outcome ?? state.scenarios.take('outcome', occasion)[0];
  if (context.manners.length === 0) context.manners = state.scenarios.take('webhook', occasion);
  if (outcome) context.scenarios.push(outcome.name);
  for (const { name } of context.manners) context.scenarios.push(name);
  return outcome;
}

/** A member of an object that came from outside; `undefined` when it is no object or has no such member of its own. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

export function textMember(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === 'string' ? found : undefined;
}

const IN_TEXT = /^sandbox:(.+)$/;

/** `sandbox:NAME` in a text that the request carries anyway. */
export function scenarioInText(text: string | undefined): string | undefined {
  return text === undefined ? undefined : IN_TEXT.exec(text)?.[1];
}
