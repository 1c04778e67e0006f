import type { Judge } from '../contract/index.ts';
import type { Reply } from './recorder.ts';
import { SetupError, type NewRows, type Row, type Sandbox } from './sandbox.ts';

export interface Payment {
  readonly id: string;
  readonly currency: string;
  /** A decimal string in units of `currency`. */
  readonly captured: string;
  /** What its order says was refunded elsewhere, a decimal string. */
  readonly refundedElsewhere?: string;
}

/** A currency, and how much a payment in it captures, as a decimal string. */
export interface Tender {
  readonly currency: string;
  readonly captured: string;
}

/** Another currency in which the provider takes payments. */
export interface OtherTender extends Tender {
  /** Amounts that a careless proxy changes when it passes them on. */
  readonly delicateAmounts: readonly [string, ...string[]];
}

interface Probe {
  readonly method: string;
  readonly path: string;
}

/** What the checks need to know about a provider. Shared code reads this and never compares the provider's name. */
export interface Profile {
  readonly name: string;
  /** The prefix of the provider's paths on the sandbox. */
  readonly prefix: string;
  /** The start of its payment ids. Nineteen digits follow. */
  readonly paymentPrefix: string;
  readonly currency: string;
  readonly captured: string;
  /** Currencies with more decimals and with fewer, where the provider has them. */
  readonly tenders: readonly OtherTender[];
  /** Whether the provider itself carries out each idempotency key once. */
  readonly deduplicates: boolean;
  readonly refundPath: string;
  readonly tokenPath?: string;
  /** An amount, as a decimal string, that a careless proxy changes when it passes it on. */
  readonly delicateAmount: string;
  /** The member of a refund's body that holds its amount. */
  readonly amountMember: string;
  /** Values of that member that are not a valid amount. */
  readonly oddAmounts: readonly unknown[];
  /** Calls that a proxy may make. Each pattern matches a method, a space and the decoded path below the prefix. */
  readonly served: readonly RegExp[];
  /** Calls that no refund form makes. The provider knows most of them. */
  readonly probes: readonly Probe[];
  /** Names of request headers that hold a secret. */
  readonly secretHeaders: readonly string[];
  /** Headers of a browser that must never reach the provider, each with a value that the checks look for. */
  readonly strangers: Readonly<Record<string, string>>;
  /** Members of a refund's body that the form sends only where its page or the admin gives them. */
  readonly optionalMembers: Readonly<Record<string, unknown>>;
  /** Members in which another refund of the same amount may differ, each with a value that no other request of verify has. */
  readonly otherMembers: readonly Readonly<Record<string, unknown>>[];
  /** Members of a refund's body that only configuration may set. */
  readonly configured: Readonly<Record<string, string>>;
  /** The header that carries the idempotency key to the provider. */
  readonly keyHeader?: string;
  /** For how many hours the provider recognises a key. */
  readonly keyHours?: number;
  body(payment: Payment, amount: string): Record<string, unknown>;
  /** The id of the refund in the answer to a create. `undefined` when the answer contains no refund. */
  refundId(json: unknown): string | undefined;
  /** Says what an answer that is not a refund means for the money. */
  readonly judge: Judge;
  /** Whether the body has the shape of the provider's errors. */
  isError(json: unknown): boolean;
  /** Paths that the form reads to get a refund. */
  reads(payment: Payment, refundId: string): readonly string[];
  /** The credential that a call lacks. `undefined` when it has all. */
  missingCredentials(headers: Readonly<Record<string, string>>): string | undefined;
  /** Changes an answer to a create so that it has a new status and a new member. A proxy must pass both on unchanged. */
  unheardOf(text: string): string;
  /** The sandbox's rows of a payment. */
  rowsOf(sandbox: Sandbox, payment: Payment): Promise<NewRows>;
  /** A payment with two vendors. The second has no balance to give back unless `isPaid` says so. */
  readonly vendors?: VendorProfile;
  /** How to cancel a refund that is not final. */
  readonly cancel?: {
    readonly path: string;
    body(created: unknown): Record<string, unknown> | undefined;
    /** Whether an answer says that the refund is cancelled. */
    isDone(json: unknown): boolean;
    /** What the reads of a payment and of its refund answer when this refund was carried out all the same, by path. */
    carriedOut(payment: Payment, refundId: string): Readonly<Record<string, Reply>>;
  };
  /** Changes the answer to a create or a read so that the refund has failed, or has this amount. */
  readonly failed?: (text: string, amount?: string) => string;
  readonly withAmount?: (text: string, amount: string) => string;
  /** Changes the answer to a create so that the refund is in this currency. */
  readonly withCurrency?: (text: string, currency: string) => string;
  /** Changes the answer to a create, a read or a list so that each refund in it has this status. */
  readonly withStatus?: (text: string, word: string) => string;
  /** Refusals of a key that was sent again, after which the first request may still be carried out, by what they are. */
  readonly resentRefusals?: Readonly<Record<string, Reply>>;
  /** The sandbox scenario in which the provider refuses a refund with a 2xx. */
  readonly refusedWith2xx?: string;
  /** Forged webhooks about a refund that the proxy made. `now`: milliseconds since 1970. */
  forgedEvents(payment: Payment, created: unknown, now: number): readonly ForgedEvent[];
  /** A genuine webhook about a refund, signed with the sandbox's secret. Only for a provider that signs. */
  statusEvent?(payment: Payment, created: unknown, now: number, word: string): ForgedEvent | undefined;
  /** Which statuses a refund may have, and how a payment has to name them. */
  readonly statuses: Statuses;
  /** The provider's list of the refunds of a payment. */
  readonly list: {
    /** The start of its path below the prefix, as the source of a pattern. */
    readonly path: string;
    /** What lists the refunds of the whole account, where the provider takes a list without a payment. */
    readonly ofAccount?: string;
    /** The same list without any refund, and with another refund in the place of each. */
    empty(this: void, text: string): string;
    rename(this: void, text: string): string;
  };
  /** What the provider answers when it does not find a refund. */
  readonly missing: Reply;
  /** The sandbox's rows of refunds of this payment that have not failed and are not cancelled. */
  refunds(sandbox: Sandbox, payment: Payment): Promise<readonly Row[]>;
}

interface Statuses {
  /** Statuses in the answer to the create: the sandbox scenario that leads to it, if it is not the usual one. */
  readonly answered: readonly { readonly scenario?: string; readonly standing: 'pending' | 'succeeded' | 'failed' }[];
  /** Statuses that the provider tells only after the answer. */
  readonly later: readonly {
    readonly scenario: string;
    readonly word: string;
    readonly standing: 'succeeded' | 'failed';
  }[];
}

/** `what` names the event in a report. */
export interface ForgedEvent {
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface VendorProfile {
  readonly path: string;
  /** What its order captured: less than the vendors were paid together. */
  readonly captured: string;
  /** @param isPaid whether the second vendor has a balance to give back, too */
  rowsOf(sandbox: Sandbox, payment: Payment, isPaid: boolean): Promise<NewRows>;
  /**
   * The body of step 2, made from the answer to step 1. `undefined` when `opened` is not such an answer.
   * @param amounts the amount to refund of each vendor, a JSON number. `undefined` leaves the vendor out
   */
  secondStep(opened: unknown, amounts: readonly (number | undefined)[]): Record<string, unknown> | undefined;
  /** The lists in the answer to step 2 that are not empty, and the length of each. */
  lists(json: unknown): Readonly<Record<string, number>> | undefined;
  readonly expected: Readonly<Record<string, number>>;
  /** The answer to step 2 without the rows that it refuses. */
  withoutRefused(this: void, text: string): string;
  /** How to cancel the refund of one vendor. */
  readonly cancel: {
    readonly path: string;
    /** @param done the answer to step 2. `undefined` when it lists no refund */
    body(done: unknown): Record<string, unknown> | undefined;
  };
}

/** A row of the sandbox's seed, to be copied for new payments. */
export async function template(sandbox: Sandbox, collection: string, fits: (row: Row) => boolean): Promise<Row> {
  const row = (await sandbox.seed(collection)).find(fits);
  if (!row) throw new SetupError(`The sandbox's seed has no row in ${collection} to make a payment from`);
  return row;
}
