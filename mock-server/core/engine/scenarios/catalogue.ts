export interface NumberParam {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  /** The parameter that it is no lower than, unless it has its default: it would have no effect. */
  readonly above?: string;
  readonly about: string;
}

/** An ISO 8601 duration of the virtual clock, days at most; not set by default. */
interface DurationParam {
  readonly duration: true;
  readonly about: string;
}

export type Param = NumberParam | DurationParam;

/**
 * An outcome changes what a call does. A fault changes how the call is answered. A webhook scenario changes the webhooks of
 * its refund. A call can have several that concern different things.
 */
export const SCENARIO_KINDS = ['outcome', 'fault', 'webhook'] as const;
export type ScenarioKind = (typeof SCENARIO_KINDS)[number];

/** Routes that create a refund. An outcome is for them unless it names others. */
export const CREATES = ['create_refund', 'create_multivendor_refund'];
/** Routes by which a customer pays. */
const PAYS = ['create_intent', 'confirm_intent', 'charge'];

export interface Scenario {
  readonly kind: ScenarioKind;
  /** A call can have one scenario of each concern; the kind is the default. `all` excludes every other of its kind. */
  readonly concern?: string;
  /** Routes that can carry it out; `CREATES` by default. A fault is for any route. */
  readonly on?: readonly string[];
  readonly about: string;
  readonly params?: Readonly<Record<string, Param>>;
}

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

/** All scenarios of the sandbox. Each provider declares which of them it supports. */
export const CATALOGUE = {
  fail: { kind: 'outcome', about: 'Accepted, then FAILED after 20 seconds', params: afterwards },
  succeed: {
    kind: 'outcome',
    about: 'Accepted, then SUCCEEDED or refunded, as without a scenario',
    params: afterwards,
  },
  fast_fail: { kind: 'outcome', about: 'FAILED in the answer itself' },
  stay_initiated: { kind: 'outcome', about: 'Stays INITIATED' },
  stay_processing: {
    kind: 'outcome',
    on: [...CREATES, ...PAYS],
    about: 'Never becomes final; of a payment: pending for good',
  },
  fast_success: {
    kind: 'outcome',
    on: [...CREATES, ...PAYS],
    about: 'SUCCEEDED or refunded in the answer itself; of a payment: paid at once, whatever the method',
  },
  reversal: { kind: 'outcome', about: 'SUCCEEDED, then reversed', params: afterwards },
  reversal_stays_initiated: {
    kind: 'outcome',
    about: 'SUCCEEDED, then REVERSAL_INITIATED for good',
    params: afterwards,
  },
  reversal_stays_processing: {
    kind: 'outcome',
    about: 'SUCCEEDED, then REVERSAL_PROCESSING for good',
    params: afterwards,
  },
  reversal_from_initiated: {
    kind: 'outcome',
    about: 'INITIATED, then reversed',
    params: afterwards,
  },
  insufficient_balance: {
    kind: 'outcome',
    about: "Refused: the merchant's balance, or the first vendor's, is too low",
  },
  over_refund: {
    kind: 'outcome',
    on: ['create_refund'],
    about: 'Refused as if the amount were above what can still be refunded',
  },
  not_refundable: { kind: 'outcome', about: 'Refused: the payment cannot be refunded' },
  dispute_open: {
    kind: 'outcome',
    about: 'Refused: a dispute is opened and announced, and the payment is not refunded until its row is closed',
  },
  delete_too_late: {
    kind: 'outcome',
    on: [...CREATES, 'delete_refund', 'delete_multivendor_refund'],
    about: 'Stays initiated, and is refunded when a call wants to delete it',
  },
  vendor_tampered: {
    kind: 'outcome',
    on: VENDORS,
    about: 'One vendor lands in dataTempered, as if its row had been changed',
  },
  vendor_over_limit: {
    kind: 'outcome',
    on: VENDORS,
    about: 'One vendor lands in refundIssue, as if its amount were above the limit',
  },
  vendor_short: {
    kind: 'outcome',
    on: VENDORS,
    about: 'One vendor lands in insufficientBalance',
  },
  payment_declined: {
    kind: 'outcome',
    on: PAYS,
    about: 'The payment fails: FAILED, or NOT CAPTURED',
    params: {
      after: { duration: true, about: 'pending until then, since the call, such as PT10M; at once without it' },
    },
  },
  requires_action: {
    kind: 'outcome',
    on: PAYS,
    about: 'The payment waits for the customer: REQUIRES_CUSTOMER_ACTION, whatever the method',
  },
  cancel_fails: {
    kind: 'outcome',
    on: ['cancel_intent'],
    about: 'The cancel is accepted and has no effect: the intent stays as it is, and cancel.failed is announced',
  },
  latency: {
    kind: 'fault',
    concern: 'pace',
    about: 'Carried out at once, answered late; its idempotency key runs meanwhile',
    params: {
      ms: { default: 1_000, min: 0, max: 600_000, about: 'milliseconds of real time' },
      max: {
        default: 0,
        min: 0,
        max: 600_000,
        above: 'ms',
        about: 'when above ms: a time between both, drawn from the seed',
      },
    },
  },
  rate_limited: {
    kind: 'fault',
    about: '429 with Retry-After; nothing is carried out',
    params: { retry_after: { default: 1, min: 0, max: 86_400, about: 'seconds' } },
  },
  server_error: {
    kind: 'fault',
    about: 'A 5xx in the shape of the provider',
    params: { status: { default: 500, min: 500, max: 599, about: 'HTTP status' }, after_commit: afterCommit },
  },
  forbidden: { kind: 'fault', about: '403; nothing is carried out' },
  status_false: {
    kind: 'fault',
    about: 'A 2xx whose body says status: false; nothing is carried out',
  },
  malformed_json: { kind: 'fault', about: 'Carried out, answered with a body that is not JSON' },
  truncated_json: { kind: 'fault', about: 'Carried out, answered with the first half of the body' },
  wrong_content_type: { kind: 'fault', about: 'Carried out, answered with an HTML page' },
  drop_before_commit: { kind: 'fault', about: 'Connection dropped, nothing is carried out' },
  drop_after_commit: {
    kind: 'fault',
    about: 'Carried out, then the connection is dropped unanswered',
  },
  drop_at_byte: {
    kind: 'fault',
    about: 'Carried out, the connection is dropped within the body of the answer',
    params: { byte: { default: 20, min: 0, max: 1_048_576, about: 'bytes of the body that are sent' } },
  },
  slow_body: {
    kind: 'fault',
    about: 'Carried out, the body of the answer comes in eight pieces',
    params: { ms: { default: 100, min: 0, max: 60_000, about: 'milliseconds of real time between two pieces' } },
  },
  webhook_duplicate: {
    kind: 'webhook',
    concern: 'copies',
    about: 'Every webhook of the refund comes several times, with the same event_id',
    params: { copies: { default: 2, min: 2, max: 10, about: 'times that each is sent' } },
  },
  webhook_delay: {
    kind: 'webhook',
    concern: 'time',
    about: 'Every webhook of the refund comes late',
    params: { seconds: { default: 60, min: 1, max: 604_800, about: 'seconds of the virtual clock' } },
  },
  webhook_reorder: {
    kind: 'webhook',
    concern: 'time',
    about: 'The next webhook of the same payment overtakes it; sent after an hour if none comes',
  },
  webhook_drop: {
    kind: 'webhook',
    concern: 'all',
    about: 'No webhook of the refund is sent; the delivery log has them, and they can be resent by hand',
  },
  webhook_before_answer: {
    kind: 'webhook',
    concern: 'time',
    about: 'Webhooks that are due at once are sent, and answered, before the call that creates the refund is answered',
  },
  webhook_forged: {
    kind: 'webhook',
    concern: 'signature',
    about: 'The signature is made with another secret: the receiver has to refuse it',
  },
  webhook_stale: {
    kind: 'webhook',
    concern: 'signature',
    about: 'Signed ten minutes ago, beyond the tolerance of 300 seconds: the receiver has to refuse it',
  },
} as const satisfies Record<string, Scenario>;

export type ScenarioName = keyof typeof CATALOGUE;
export const SCENARIO_NAMES = Object.keys(CATALOGUE) as ScenarioName[];

/** Names of one kind. */
type NameOf<Kind extends ScenarioKind> = {
  [Name in ScenarioName]: (typeof CATALOGUE)[Name]['kind'] extends Kind ? Name : never;
}[ScenarioName];
type OutcomeName = NameOf<'outcome'>;
export type FaultName = NameOf<'fault'>;
export type WebhookFaultName = NameOf<'webhook'>;

/** Which scenarios a provider can carry out. */
export type Support = Readonly<Record<ScenarioName, boolean>>;
/** The outcomes of a support table that are `true`. */
export type SupportedOutcome<Table extends Support> = {
  [Name in OutcomeName]: Table[Name] extends true ? Name : never;
}[OutcomeName];

export const scenario = (name: ScenarioName): Scenario => CATALOGUE[name];
export const isScenario = (name: string): name is ScenarioName => Object.hasOwn(CATALOGUE, name);

/** A fault is for any route; every other scenario is for the routes that can carry it out. */
export function isFor(name: ScenarioName, route: string): boolean {
  const { kind, on = CREATES } = scenario(name);
  return kind === 'fault' || on.includes(route);
}

const concernOf = (name: ScenarioName): string => scenario(name).concern ?? scenario(name).kind;

/** Whether one call can have both. */
export function goTogether(one: ScenarioName, other: ScenarioName): boolean {
  if (scenario(one).kind !== scenario(other).kind) return true;
  const [first, second] = [concernOf(one), concernOf(other)];
  return first !== second && first !== 'all' && second !== 'all';
}
