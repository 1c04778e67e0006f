import { DAY, parseDuration } from '../time.ts';
import { shown } from '../validation.ts';

export const PROVIDERS = ['uqpay', 'upayments'] as const;
export type ProviderName = (typeof PROVIDERS)[number];

interface NumberParam {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly about: string;
}

/** An ISO 8601 duration of the virtual clock, days at most; not set without it. */
interface DurationParam {
  readonly duration: true;
  readonly about: string;
}

type Param = NumberParam | DurationParam;

/**
 * An outcome changes what a call does, a fault how it is answered, a webhook scenario what is told of its refund
 * afterwards. A call can have as many as concern different things.
 */
export const SCENARIO_KINDS = ['outcome', 'fault', 'webhook'] as const;
export type ScenarioKind = (typeof SCENARIO_KINDS)[number];

/** Calls that make a refund: what an outcome is for unless it says otherwise. */
export const CREATES = ['create_refund', 'create_multivendor_refund'];
/** Calls that make a customer pay, or send them to. */
const PAYS = ['create_intent', 'confirm_intent', 'charge'];

export interface Scenario {
  readonly kind: ScenarioKind;
  /** What it changes, the kind itself without it: of one concern, a call can have one. `all` goes with no other of its kind. */
  readonly concern?: string;
  readonly providers: readonly ProviderName[];
  /** Routes that can carry an outcome or a webhook scenario out; the creates without it. */
  readonly on?: readonly string[];
  readonly about: string;
  readonly params?: Readonly<Record<string, Param>>;
}

const both = PROVIDERS;
const uqpay = ['uqpay'] as const;
const upayments = ['upayments'] as const;
const VENDORS = ['create_multivendor_refund'];
const afterwards = {
  after: { duration: true, about: 'when the outcome comes, since the call, such as P3D; the usual time without it' },
} as const satisfies Record<string, Param>;
const afterCommit: Param = {
  default: 0,
  min: 0,
  max: 1,
  about: '1: the state is committed first, only the answer is lost',
};

/** Everything that can be made to happen. The docs' table is made from this one. */
export const SCENARIOS = {
  fail: { kind: 'outcome', providers: uqpay, about: 'Accepted, then FAILED after 20 seconds', params: afterwards },
  succeed: {
    kind: 'outcome',
    providers: both,
    about: 'Accepted, then SUCCEEDED or refunded, as without a scenario',
    params: afterwards,
  },
  fast_fail: { kind: 'outcome', providers: uqpay, about: 'FAILED in the answer itself' },
  stay_initiated: { kind: 'outcome', providers: uqpay, about: 'Stays INITIATED' },
  stay_processing: {
    kind: 'outcome',
    providers: both,
    on: [...CREATES, ...PAYS],
    about: 'Never becomes final; of a payment: pending for good',
  },
  fast_success: {
    kind: 'outcome',
    providers: both,
    on: [...CREATES, ...PAYS],
    about: 'SUCCEEDED or refunded in the answer itself; of a payment: paid at once, whatever the method',
  },
  reversal: { kind: 'outcome', providers: uqpay, about: 'SUCCEEDED, then reversed', params: afterwards },
  reversal_stays_initiated: {
    kind: 'outcome',
    providers: uqpay,
    about: 'SUCCEEDED, then REVERSAL_INITIATED for good',
    params: afterwards,
  },
  reversal_stays_processing: {
    kind: 'outcome',
    providers: uqpay,
    about: 'SUCCEEDED, then REVERSAL_PROCESSING for good',
    params: afterwards,
  },
  reversal_from_initiated: {
    kind: 'outcome',
    providers: uqpay,
    about: 'INITIATED, then reversed',
    params: afterwards,
  },
  insufficient_balance: {
    kind: 'outcome',
    providers: both,
    about: "Refused: the merchant's balance, or the first vendor's, is too low",
  },
  over_refund: {
    kind: 'outcome',
    providers: both,
    on: ['create_refund'],
    about: 'Refused as if the amount were above what can still be refunded',
  },
  not_refundable: { kind: 'outcome', providers: both, about: 'Refused: the payment cannot be refunded' },
  dispute_open: {
    kind: 'outcome',
    providers: uqpay,
    about: 'Refused: a dispute is opened, and told of, and no refund of the payment is made until its row is closed',
  },
  delete_too_late: {
    kind: 'outcome',
    providers: upayments,
    on: [...CREATES, 'delete_refund', 'delete_multivendor_refund'],
    about: 'Looks initiated, and turns out to be refunded when it is to be deleted',
  },
  vendor_tampered: {
    kind: 'outcome',
    providers: upayments,
    on: VENDORS,
    about: 'One vendor lands in dataTempered, as if its row had been changed',
  },
  vendor_over_limit: {
    kind: 'outcome',
    providers: upayments,
    on: VENDORS,
    about: 'One vendor lands in refundIssue, as if its amount were above the limit',
  },
  vendor_short: {
    kind: 'outcome',
    providers: upayments,
    on: VENDORS,
    about: 'One vendor lands in insufficientBalance',
  },
  payment_declined: {
    kind: 'outcome',
    providers: both,
    on: PAYS,
    about: 'The payment fails: FAILED, or NOT CAPTURED',
    params: {
      after: { duration: true, about: 'pending until then, since the call, such as PT10M; at once without it' },
    },
  },
  requires_action: {
    kind: 'outcome',
    providers: uqpay,
    on: PAYS,
    about: 'The payment waits for the customer: REQUIRES_CUSTOMER_ACTION, whatever the method',
  },
  cancel_fails: {
    kind: 'outcome',
    providers: uqpay,
    on: ['cancel_intent'],
    about: 'The cancel is taken and comes to nothing: the intent stays as it is, and cancel.failed is told',
  },
  latency: {
    kind: 'fault',
    concern: 'pace',
    providers: both,
    about: 'Carried out at once, answered late; its idempotency key runs meanwhile',
    params: {
      ms: { default: 1_000, min: 0, max: 600_000, about: 'milliseconds of real time' },
      max: { default: 0, min: 0, max: 600_000, about: 'when above ms: a time between both, drawn from the seed' },
    },
  },
  rate_limited: {
    kind: 'fault',
    providers: both,
    about: '429 with Retry-After; nothing is carried out',
    params: { retry_after: { default: 1, min: 0, max: 86_400, about: 'seconds' } },
  },
  server_error: {
    kind: 'fault',
    providers: both,
    about: 'A 5xx in the shape of the provider',
    params: { status: { default: 500, min: 500, max: 599, about: 'HTTP status' }, after_commit: afterCommit },
  },
  forbidden: { kind: 'fault', providers: upayments, about: '403; nothing is carried out' },
  status_false: {
    kind: 'fault',
    providers: upayments,
    about: 'A 2xx whose body says status: false; nothing is carried out',
  },
  malformed_json: { kind: 'fault', providers: both, about: 'Carried out, answered with a body that is not JSON' },
  truncated_json: { kind: 'fault', providers: both, about: 'Carried out, answered with the first half of the body' },
  wrong_content_type: { kind: 'fault', providers: both, about: 'Carried out, answered with an HTML page' },
  drop_before_commit: { kind: 'fault', providers: both, about: 'Connection dropped, nothing is carried out' },
  drop_after_commit: {
    kind: 'fault',
    providers: both,
    about: 'Carried out, then the connection is dropped unanswered',
  },
  drop_at_byte: {
    kind: 'fault',
    providers: both,
    about: 'Carried out, the connection is dropped within the body of the answer',
    params: { byte: { default: 20, min: 0, max: 1_048_576, about: 'bytes of the body that are sent' } },
  },
  slow_body: {
    kind: 'fault',
    providers: both,
    about: 'Carried out, the body of the answer comes in eight pieces',
    params: { ms: { default: 100, min: 0, max: 60_000, about: 'milliseconds of real time between two pieces' } },
  },
  webhook_duplicate: {
    kind: 'webhook',
    concern: 'copies',
    providers: both,
    about: 'Every webhook of the refund comes several times, with the same event_id',
    params: { copies: { default: 2, min: 2, max: 10, about: 'times that each is sent' } },
  },
  webhook_delay: {
    kind: 'webhook',
    concern: 'time',
    providers: both,
    about: 'Every webhook of the refund comes late',
    params: { seconds: { default: 60, min: 1, max: 604_800, about: 'seconds of the virtual clock' } },
  },
  webhook_reorder: {
    kind: 'webhook',
    concern: 'time',
    providers: both,
    about: 'The next webhook of the same payment overtakes it; sent after an hour if none comes',
  },
  webhook_drop: {
    kind: 'webhook',
    concern: 'all',
    providers: both,
    about: 'No webhook of the refund is sent; the delivery log has them, and they can be resent by hand',
  },
  webhook_before_answer: {
    kind: 'webhook',
    concern: 'time',
    providers: both,
    about: 'What is due at once is sent, and answered, before the call that made the refund is',
  },
  webhook_forged: {
    kind: 'webhook',
    concern: 'signature',
    providers: uqpay,
    about: 'The signature is made with another secret: the receiver has to refuse it',
  },
  webhook_stale: {
    kind: 'webhook',
    concern: 'signature',
    providers: uqpay,
    about: 'Signed ten minutes ago, beyond the tolerance of 300 seconds: the receiver has to refuse it',
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];

/** Numbers, and durations as text. */
export type ScenarioParams = Readonly<Record<string, number | string>>;

/** A scenario that was chosen for one call. */
export interface Chosen {
  readonly name: ScenarioName;
  readonly params: ScenarioParams;
}

export type ParsedScenario =
  | { readonly ok: true; readonly chosen: Chosen }
  | { readonly ok: false; readonly message: string };

/** Of each kind as many as go together. */
export type ChosenByKind = Readonly<Record<ScenarioKind, readonly Chosen[]>>;
export const NONE_CHOSEN: ChosenByKind = { outcome: [], fault: [], webhook: [] };

export type ParsedScenarios =
  | { readonly ok: true; readonly chosen: ChosenByKind; readonly all: readonly Chosen[] }
  | { readonly ok: false; readonly message: string };

export const scenario = (name: ScenarioName): Scenario => SCENARIOS[name];

const concernOf = (name: ScenarioName): string => scenario(name).concern ?? scenario(name).kind;

/** Whether one call can have both. */
export function goTogether(one: ScenarioName, other: ScenarioName): boolean {
  if (scenario(one).kind !== scenario(other).kind) return true;
  const [first, second] = [concernOf(one), concernOf(other)];
  return first !== second && first !== 'all' && second !== 'all';
}

/** Checks a name and its parameters and fills in the defaults. */
export function parseScenario(name: string, given: Readonly<Record<string, unknown>> = {}): ParsedScenario {
  if (!Object.hasOwn(SCENARIOS, name)) {
    return { ok: false, message: `unknown scenario ${shown(name)}: expected one of ${SCENARIO_NAMES.join(', ')}` };
  }
  const known = scenario(name as ScenarioName).params ?? {};
  const params: Record<string, number | string> = {};
  for (const [key, param] of Object.entries(known)) if (!('duration' in param)) params[key] = param.default;
  for (const [key, value] of Object.entries(given)) {
    const param = Object.hasOwn(known, key) ? known[key] : undefined;
    if (!param) {
      const names = Object.keys(known).join(', ') || 'none';
      return { ok: false, message: `scenario ${name} has no parameter ${shown(key)}: expected ${names}` };
    }
    const fault = 'duration' in param ? durationFault(value) : numberFault(param, value);
    if (fault !== undefined) {
      return { ok: false, message: `${key} of scenario ${name} must be ${fault} (${param.about})` };
    }
    params[key] = value as number | string;
  }
  return { ok: true, chosen: { name: name as ScenarioName, params } };
}

function numberFault({ min, max }: NumberParam, value: unknown): string | undefined {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
  return fits ? undefined : `a whole number from ${min} to ${max}`;
}

function durationFault(value: unknown): string | undefined {
  const millis = typeof value === 'string' ? parseDuration(value) : undefined;
  return millis !== undefined && millis >= 0 && millis <= LONGEST
    ? undefined
    : 'a duration in days or less, such as PT4H or P3D';
}

/** Ten years: beyond, a date may no longer have four digits for its year. */
const LONGEST = 3_653 * DAY;

/** Several at once, `fail; after=P3D, webhook_duplicate, webhook_delay`: all of them for this provider, where one is given. */
export function parseScenarios(text: string, provider: ProviderName | undefined): ParsedScenarios {
  const all: Chosen[] = [];
  for (const part of text.split(',')) {
    const parsed = parseScenarioText(part);
    if (!parsed.ok) return parsed;
    const { name } = parsed.chosen;
    if (provider !== undefined && !scenario(name).providers.includes(provider)) {
      return { ok: false, message: `scenario ${name} is not one of ${provider}` };
    }
    const other = all.find((before) => !goTogether(before.name, name));
    if (other) {
      const { kind } = scenario(name);
      return {
        ok: false,
        message: `${other.name} and ${name} are both of the kind ${kind} and do not go together: choose one`,
      };
    }
    all.push(parsed.chosen);
  }
  return { ok: true, chosen: byKind(all), all };
}

function byKind(all: readonly Chosen[]): ChosenByKind {
  const [first] = all;
  if (all.length === 1 && first) return { ...NONE_CHOSEN, [scenario(first.name).kind]: all };
  const of = (kind: ScenarioKind) => all.filter(({ name }) => scenario(name).kind === kind);
  return { outcome: of('outcome'), fault: of('fault'), webhook: of('webhook') };
}

/** As a header or a request's own text gives it: `latency` or `latency; ms=300`. */
function parseScenarioText(text: string): ParsedScenario {
  const [name = '', ...rest] = text.split(';').map((part) => part.trim());
  const params: Record<string, unknown> = {};
  for (const part of rest) {
    const [key = '', value = '', ...more] = part.split('=').map((half) => half.trim());
    if (value === '' || more.length > 0) {
      return {
        ok: false,
        message: `scenario ${shown(name)}: expected parameters such as ms=300, received ${shown(part)}`,
      };
    }
    if (Object.hasOwn(params, key))
      return { ok: false, message: `scenario ${shown(name)}: ${shown(key)} is there twice` };
    params[key] = /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  }
  return parseScenario(name, params);
}

/** As `parseScenarios` reads it. */
export function writeScenario({ name, params }: Chosen): string {
  return [name, ...Object.entries(params).map(([key, value]) => `${key}=${value}`)].join('; ');
}

export interface RuleFilter {
  readonly provider?: ProviderName | undefined;
  /** Name of a route, or `*` for every one. Without it, a rule is for the calls that move money. */
  readonly route?: string | undefined;
  readonly payment_id?: string | undefined;
}

export interface Rule extends RuleFilter {
  readonly id: number;
  readonly scenario: ScenarioName;
  readonly params: ScenarioParams;
  /** Calls that it is still good for. */
  readonly times: number;
}

/** What a rule is compared with. */
export interface Occasion {
  readonly provider: ProviderName;
  readonly route: string;
  readonly movesMoney: boolean;
  readonly payment: string | undefined;
}

/** The scenarios set on the control API, used up in the order in which they were set. */
export class ScenarioBook {
  #rules: Rule[] = [];
  #next = 1;
  /** Idempotency keys of requests whose own fault has struck. */
  readonly #struck = new Set<string>();

  /** @returns whether the fault that this request asks for is still to strike */
  strike(key: string): boolean {
    if (this.#struck.has(key)) return false;
    this.#struck.add(key);
    return true;
  }

  add(chosen: Chosen, times: number, filter: RuleFilter): Rule {
    const rule: Rule = { id: this.#next, scenario: chosen.name, params: chosen.params, times, ...filter };
    this.#next += 1;
    this.#rules.push(rule);
    return rule;
  }

  list(): readonly Rule[] {
    return this.#rules;
  }

  clear(): void {
    this.#rules = [];
  }

  snapshot(): { next: number; rules: Rule[] } {
    return { next: this.#next, rules: structuredClone(this.#rules) };
  }

  restore({ next, rules }: { readonly next: number; readonly rules: readonly Rule[] }): void {
    this.#next = next;
    this.#rules = structuredClone([...rules]);
  }

  /**
   * The first rule of this kind that fits, and those after it that fit too and go together with what was taken: two rules
   * that were set one after the other, to send webhooks twice and late, are both for the next refund. One time of each
   * is used up.
   */
  take(kind: ScenarioKind, occasion: Occasion): readonly Chosen[] {
    if (this.#rules.length === 0) return NONE;
    const taken: Chosen[] = [];
    for (const rule of this.#rules.slice()) {
      if (scenario(rule.scenario).kind !== kind || !fits(rule, occasion)) continue;
      if (!taken.every(({ name }) => goTogether(name, rule.scenario))) continue;
      taken.push({ name: rule.scenario, params: rule.params });
      this.#useUp(rule);
    }
    return taken;
  }

  #useUp(rule: Rule): void {
    const index = this.#rules.indexOf(rule);
    if (rule.times === 1) this.#rules.splice(index, 1);
    else this.#rules[index] = { ...rule, times: rule.times - 1 };
  }
}

const NONE: readonly Chosen[] = [];

/** A fault is for any route; what changes a refund is for the routes that make or delete one. */
export function isFor(name: ScenarioName, route: string): boolean {
  const { kind, on = CREATES } = scenario(name);
  return kind === 'fault' || on.includes(route);
}

/** Whether a rule is for such a call. */
export function fits(
  rule: Omit<Rule, 'id' | 'params' | 'times'>,
  { provider, route, movesMoney, payment }: Occasion,
): boolean {
  if (!scenario(rule.scenario).providers.includes(provider) || !isFor(rule.scenario, route)) return false;
  if (rule.provider !== undefined && rule.provider !== provider) return false;
  if (rule.payment_id !== undefined && rule.payment_id !== payment) return false;
  if (rule.route === undefined) return movesMoney || scenario(rule.scenario).on === PAYS;
  return rule.route === '*' || rule.route === route;
}
