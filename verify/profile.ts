import type { Judge } from '../contract/index.ts';
import { SetupError, type Row, type Sandbox } from './sandbox.ts';

export interface Payment {
  readonly id: string;
  readonly currency: string;
  /** Decimal string in units of `currency`. */
  readonly captured: string;
}

interface Probe {
  readonly method: string;
  readonly path: string;
}

/** What a provider is, as far as a proxy in front of it can be judged. Shared code reads this and never asks for a name. */
export interface Profile {
  readonly name: string;
  /** Where its paths begin on the sandbox. */
  readonly prefix: string;
  /** How its payment ids begin; nineteen digits follow. */
  readonly paymentPrefix: string;
  readonly currency: string;
  readonly captured: string;
  /** It carries a key out once by itself. */
  readonly deduplicates: boolean;
  readonly refundPath: string;
  readonly tokenPath?: string;
  /** The decimal string of an amount that a careless proxy changes on its way. */
  readonly delicateAmount: string;
  /** The member of a refund's body that holds its amount, and values of it that are no amount. */
  readonly amountMember: string;
  readonly oddAmounts: readonly unknown[];
  /** What a proxy may call: a method, a space and the decoded path below the prefix. */
  readonly served: readonly RegExp[];
  /** Calls that the provider knows and that no refund form makes, and some that it does not. */
  readonly probes: readonly Probe[];
  /** Headers of a call that hold a secret. */
  readonly secretHeaders: readonly string[];
  /** Headers that a browser might send and that must never arrive, with a value to be found again. */
  readonly strangers: Readonly<Record<string, string>>;
  /** Members of a refund's body that only configuration may set. */
  readonly configured: Readonly<Record<string, string>>;
  /** Where one key a request is sent to the provider. */
  readonly keyHeader?: string;
  body(payment: Payment, amount: string): Record<string, unknown>;
  /** The refund's id in a create answer; `undefined` when it is no such answer. */
  refundId(json: unknown): string | undefined;
  /** What an answer that is no refund means for the money. */
  readonly judge: Judge;
  /** Whether it has the shape of the provider's own errors. */
  isError(json: unknown): boolean;
  /** Reads of a refund that the form makes. */
  reads(payment: Payment, refundId: string): readonly string[];
  /** What is missing in the credentials of a call; `undefined` when nothing is. */
  missingCredentials(headers: Readonly<Record<string, string>>): string | undefined;
  /** Another spelling of an answer to a create, which a client has to be shown as it came. */
  unheardOf(text: string): string;
  addPayment(sandbox: Sandbox, payment: Payment): Promise<void>;
  /** A payment that was charged with two vendors, the second of them too poor to give anything back. */
  readonly vendors?: VendorProfile;
  /** How a refund that is not final is cancelled. */
  readonly cancel?: {
    readonly path: string;
    body(created: unknown): Record<string, unknown> | undefined;
  };
  /** The sandbox's scenario in which a 2xx is no refund. */
  readonly refusedWith2xx?: string;
  /** What somebody sends to the proxy's webhooks who is not the provider, about a refund that the proxy has made. `now`: since 1970, ms. */
  forgedEvents(payment: Payment, created: unknown, now: number): readonly ForgedEvent[];
  /** The provider's own word that a refund failed, signed with the sandbox's secret; where it signs at all. */
  failedEvent?(payment: Payment, created: unknown, now: number): ForgedEvent | undefined;
  /** Rows of refunds of this payment that hold money. */
  refunds(sandbox: Sandbox, payment: Payment): Promise<readonly Row[]>;
}

/** `what` names it in a report. */
export interface ForgedEvent {
  readonly what: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface VendorProfile {
  readonly path: string;
  addPayment(sandbox: Sandbox, payment: Payment): Promise<void>;
  /**
   * Step 2 made of the answer to step 1, with the JSON number to refund of each vendor; `undefined` leaves that vendor out.
   * `undefined` when it is no such answer.
   */
  secondStep(opened: unknown, amounts: readonly (number | undefined)[]): Record<string, unknown> | undefined;
  /** Lists of the answer to step 2 that are not empty, and how many are in each. */
  lists(json: unknown): Readonly<Record<string, number>> | undefined;
  readonly expected: Readonly<Record<string, number>>;
}

/** The row that stands for a captured payment in the sandbox's own shop, as a pattern for more of them. */
export async function template(sandbox: Sandbox, collection: string, fits: (row: Row) => boolean): Promise<Row> {
  const found = (await sandbox.rows(collection)).find(fits);
  if (!found) throw new SetupError(`The sandbox's seed has no row in ${collection} to take a payment after`);
  return found;
}
