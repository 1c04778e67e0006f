import type { CustomerResult } from './checkout.ts';
import type { Clock } from './clock.ts';
import type { Collections, Row, RowModel, SeedData } from './data-model.ts';
import type { DueEvent, DueQueue } from './due.ts';
import type { Flag } from './flag.ts';
import type { IdempotencyCache } from './idempotency.ts';
import type { Journal } from './journal/journal.ts';
import type { RefundAmount } from './magic.ts';
import type { Description, Operation } from './openapi/operation.ts';
import type { MerchantOrder } from './merchant-order.ts';
import type { Activity, PaymentOverview } from './overview.ts';
import type { Policies } from './policies.ts';
import type { Random } from './random.ts';
import type { RateLimit, RateWindows } from './rate-windows.ts';
import type { Recording } from './record/recorder.ts';
import type { ScenarioBook } from './scenarios/book.ts';
import type { ScenarioName } from './scenarios/catalogue.ts';
import type { Chosen } from './scenarios/parse.ts';
import type { Setting, Settings } from './settings.ts';
import type { Store } from './store.ts';
import type { Millis } from './time.ts';
import type { WebhookBook } from './webhooks/book.ts';
import type { TimestampUnit } from './webhooks/delivery.ts';
import type { Call, Reply } from './wire.ts';

export type Credentials = Readonly<Record<string, string>>;

/** What a provider may use of one namespace. */
export interface State {
  readonly options: {
    /** Calls without credentials are accepted. */
    readonly dev: boolean;
    readonly credentials: Credentials;
  };
  readonly clock: Clock;
  readonly store: Store;
  /** The rows of a collection that the state began with. */
  readonly seedRows: (collection: string) => readonly Row[];
  readonly due: DueQueue;
  readonly idempotency: IdempotencyCache;
  readonly scenarios: ScenarioBook;
  readonly journal: Journal;
  readonly webhooks: WebhookBook;
  readonly windows: RateWindows;
  readonly settings: Settings;
  /** By the provider's name; what its `sessions` made. */
  readonly sessions: ReadonlyMap<string, Sessions>;
  readonly refundIds: Random;
  /** Ids of payments: a stream of its own, so that a new payment does not change the ids of the refunds. */
  readonly paymentIds: Random;
}

/** One call on its way through the core. Handlers write here what the journal has to know. */
export interface Context {
  readonly state: State;
  readonly provider: Provider;
  readonly call: Call;
  readonly route: CalledRoute;
  readonly params: Readonly<Record<string, string>>;
  readonly now: Millis;
  /** Origin and namespace, without a trailing slash. A client puts its provider's path behind it. */
  readonly base: string;
  /** The parsed body, for routes that take one. */
  json: unknown;
  /** The connected account that the call is for; `null` for the master account and where a provider has no accounts. */
  account: string | null;
  payment: string | undefined;
  refund: string | undefined;
  /** Idempotency key as the provider scopes it. */
  scopedKey: string | undefined;
  /** Idempotency key as it came. */
  key: string | undefined;
  replayed: boolean;
  /** The request passed validation and changed, or could have changed, state. */
  executed: boolean;
  /** Outcome that the call itself asks for. */
  outcome: Chosen | undefined;
  /** Faults of the webhooks of this call's refund. */
  webhookFaults: readonly Chosen[];
  /** Names of the scenarios that the call has used, for the journal. */
  readonly scenarios: string[];
  readonly policies: string[];
}

export type Handler = (context: Context) => Reply;

/** `json`: a JSON object is required. `optional`: an empty body counts as an empty object. `none`: the body is not read. */
export type BodyKind = 'json' | 'optional' | 'none';

export interface Route {
  /** Name of the provider. */
  readonly provider: string;
  /** Unique within the provider; scenarios and the journal's filters use it. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the provider's prefix; `{name}` takes one segment. */
  readonly path: string;
  readonly handler: Handler;
  readonly body: BodyKind;
  /** Names in the query of a read. Any other name is refused, because a filter must not be ignored in silence. */
  readonly query: readonly string[];
  /** `false` for the call that brings the credentials itself. */
  readonly auth: boolean;
  /** `none`: its calls are about no payment. `new`: about one that they make. Without it, about one that is there. */
  readonly payment?: 'none' | 'new';
  /** `none`: the journal names no refund of its calls. Those about no payment have none anyway. */
  readonly refund?: 'none';
  /** Creates or cancels a refund. Scenarios are for these calls unless they name a route. */
  readonly movesMoney: boolean;
  /** Request and answer, for the OpenAPI document. */
  readonly operation: Operation;
  /** HTTP status of success under these settings. */
  readonly success: (settings: Settings) => number;
  /** Calls beyond it are answered with 429. */
  readonly limit?: RateLimit;
}

/** A route as the core uses it, without its description. */
export type CalledRoute = Omit<Route, 'operation'>;

/** Refusals that every provider words in its own shape. */
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

/** Carries out an event that was planned. An event whose row has changed in the meantime does nothing. */
export type Timer = (state: State, event: DueEvent) => void;

/** @param before the row before the edit; `undefined` for a row that was added */
export type FollowEdit = (state: State, row: Row, before: Readonly<Row> | undefined, at: Millis) => void;

/**
 * Moves the money that an edit of a row moves, before the row is changed.
 * @returns why it cannot be moved, as a sentence; nothing was moved then
 */
export type MoveForEdit = (
  state: State,
  before: Readonly<Row> | undefined,
  after: Readonly<Row> | undefined,
) => string | undefined;

/** Who is signed in at one provider. Sessions outlast a reset and are in no snapshot. */
export interface Sessions {
  /** Plain data for the state file. */
  snapshot(): unknown;
  /** @returns why the data cannot be used, as a sentence */
  restore(data: unknown): string | undefined;
}

/** A payment that waits for its customer. */
export interface Checkout {
  readonly title: string;
  /** `USD 10.01` */
  readonly amount: string;
  /** The provider's own word for the payment's status. */
  readonly status: () => string;
  readonly isOpen: () => boolean;
  readonly complete: (result: CustomerResult, at: Millis) => void;
  /** Address that the customer returns to. */
  readonly returnUrl: (result: CustomerResult) => string | null;
}

export interface Signature {
  readonly secret: string;
  readonly body: string;
  /** Epoch milliseconds of real time. */
  readonly at: Millis;
  readonly unit: TimestampUnit;
}

export interface ProviderWebhooks {
  readonly eventTypes: readonly string[];
  /** Left out where the provider signs nothing. */
  readonly signing?: {
    /** The secret of an endpoint that brings none of its own. */
    readonly secret: (credentials: Credentials) => string;
    /** Headers that carry the signature. */
    readonly headers: (signature: Signature) => Promise<Readonly<Record<string, string>>>;
    /** Milliseconds that a receiver lets a timestamp differ from its clock. */
    readonly tolerance: Millis;
  };
  /** Command-line flags for an endpoint to start with. */
  readonly flags?: {
    readonly url: Flag;
    /** `credential`: the name of the credential that it sets. */
    readonly secret?: Flag & { readonly credential: string };
    readonly timestamp?: Flag;
  };
}

/** The payments of a provider for a person who looks at the sandbox. */
export interface ProviderOverview {
  /** The newest activities, in any order: at least one for each of the `limit` most recently active payments. */
  readonly recent: (state: State, limit: number) => readonly Activity[];
  /** `undefined` when there is no such payment. */
  readonly payment: (state: State, id: string) => PaymentOverview | undefined;
}

/** How a call from a shell signs in. A value may name a variable of the shell, as `${TOKEN}`. */
export interface ShellSignIn {
  readonly headers: Readonly<Record<string, string>>;
  /** The POST whose answer has the value of `${TOKEN}` in this member. */
  readonly token?: {
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly member: string;
  };
  /** Header of an idempotency key. */
  readonly key?: string;
  /** Header that names a connected account. */
  readonly account?: string;
}

/** Everything that the sandbox knows of one provider. Only the providers' registration names one. */
export interface Provider {
  /** In paths, filters and the journal. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Path prefix below the base, without a trailing slash. */
  readonly prefix: string;
  /** Prefix of the same paths for a client that resolves them against the origin. */
  readonly rootPrefix?: string;
  readonly routes: readonly Route[];
  readonly description: Description;
  readonly rows: RowModel;
  /** Scenarios that it can carry out. */
  readonly scenarios: Readonly<Partial<Record<ScenarioName, boolean>>>;
  /** Words a refusal. `detail` is a full sentence. */
  readonly refuse: (kind: RefusalKind, detail: string) => Reply;
  /** @returns a refusal when the call is not signed in */
  readonly authenticate?: (context: Context) => Reply | undefined;
  /** The payment that a body or a path names, for scenarios that are set for one payment. */
  readonly paymentOf?: (context: Context) => string | undefined;
  /** The text of a scenario in the request's own members. */
  readonly scenarioOf?: (json: unknown) => string | undefined;
  /** Why a member that is meant for a scenario has no effect, as a sentence. */
  readonly scenarioFault?: (json: unknown) => string | undefined;
  /** The amount that a request asks to refund, for magic amounts; the first magic one of several. */
  readonly amountOf?: (context: Context) => RefundAmount | undefined;
  /** The idempotency key of a call; the journal shows it. Without it, no call has one. */
  readonly keyOf?: (context: Context) => string | undefined;
  /** Whether two keys that are written differently are one; without it, none are. */
  readonly sameKey?: (one: string, other: string) => boolean;
  /** Whether the calls of a route can have a key; all can without it. `keyOf` is asked of no other call. */
  readonly takesKey?: (route: CalledRoute) => boolean;
  /** Duplicate protection: a reply here replaces the handler's. */
  readonly recall?: (context: Context) => Reply | undefined;
  /** Keeps the answer for a repetition. `running` is set while the first answer has not left. */
  readonly keep?: (context: Context, status: number, body: string) => { running: boolean } | undefined;
  /** Payments by id. */
  readonly payments: (state: State) => ReadonlyMap<string, unknown>;
  /** Refunds by id. */
  readonly refunds: (state: State) => ReadonlyMap<string, unknown>;
  /** `false` when every call of this route is refused for this payment before a scenario is used; `true` without it. */
  readonly canExecute?: (state: State, route: string, payment: string) => boolean;
  /** Members of its bodies that hold an id which it has given itself. */
  readonly ids?: readonly string[];
  /** The payment of a refund. */
  readonly refundedBy?: (state: State, refund: string) => string | undefined;
  /** By the kind of a planned event. */
  readonly timers?: Readonly<Record<string, Timer>>;
  /** Plans what the rows of a seed do by themselves. */
  readonly planSeed?: (state: State, data: SeedData) => void;
  /** What follows an edit of a row, by its collection. */
  readonly followEdit?: Readonly<Record<string, FollowEdit>>;
  /** The money that an edit of a row moves, by its collection. */
  readonly moveForEdit?: Readonly<Record<string, MoveForEdit>>;
  /** The payment that a customer was sent to. */
  readonly checkout?: (state: State, id: string) => Checkout | undefined;
  readonly webhooks?: ProviderWebhooks;
  readonly policies?: Policies;
  readonly sessions?: (random: Random) => Sessions;
  /** Credentials that are accepted unless the options give others. */
  readonly credentials?: Credentials;
  /** One line on how to sign in. */
  readonly signIn?: (credentials: Credentials) => string;
  /** The same for a shell, to repeat a call of the journal. */
  readonly shell?: (credentials: Credentials) => ShellSignIn;
  /** Its payments as money and as time. Without it the sandbox shows only their rows. */
  readonly overview?: ProviderOverview;
  /** A payment as the merchant's order, for a proxy that asks the sandbox; `undefined` when there is no such payment. */
  readonly order?: (state: State, id: string) => MerchantOrder | undefined;
  /** Makes a seed of what the real provider answers. Without it, the provider cannot be recorded. */
  readonly recording?: Recording;
  readonly settings?: Readonly<Record<string, Setting>>;
  /** Rows to start from unless the options give others. */
  readonly seed?: Collections | SeedData;
}
