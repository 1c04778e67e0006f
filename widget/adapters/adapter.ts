import type { Judge } from '../../contract/judge.ts';
import type { RefundStanding } from '../../contract/standing.ts';
import type { MessageKey } from '../messages/registry.ts';
import type { Call, Opened, RefundRequest, Refund, Refusal, Summary } from '../model.ts';

/** The abilities of a provider. Shared code reads these and never asks which provider it is. */
export interface Capabilities {
  /**
   * For how long a repeated key is answered instead of carried out again. Milliseconds; 0 when the provider has no
   * idempotency.
   */
  readonly idempotentUpstream: number;
  /** The most characters of reason and note together. */
  readonly reasonLimit: number;
  readonly reasonRequired: boolean;
  /** How many decimals the provider certainly keeps, whatever the currency; `allow-third-decimal` removes the limit. */
  readonly safeDecimals?: number;
}

/**
 * A refund, or its part for each vendor; or, when no money has moved, the vendors over which it must be divided first.
 */
export type Created = { readonly refunds: readonly Refund[] } | { readonly opened: Opened };

/** Reads the body of `GET path` below the endpoint; `undefined` when it is unreadable. */
type Read = (path: string) => Promise<unknown>;

/**
 * One provider: pure functions between our terms and its messages. A reader returns `undefined` for an answer that it
 * cannot read.
 */
export interface Adapter {
  /** As the provider writes it. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** The provider's name of the number by which the proxy knows a refund, if people do not call it a refund number. */
  readonly refundId?: string;
  /** How long a refund takes on this payment method. */
  duration(method: string | null | undefined): MessageKey;
  create(order: RefundRequest): Call;
  readCreated(body: unknown, order: RefundRequest): Created | undefined;
  /** What an unsuccessful answer means for the money. */
  readonly judge: Judge;
  /** The provider's message and code in such an answer. */
  readRefusal(status: number, body: unknown): Refusal | undefined;
  /**
   * What is needed to follow and cancel a refund that the proxy lists, and why it came to nothing. `words`: the
   * provider's status. `references`: the provider's ids by name.
   */
  listed(
    standing: RefundStanding | 'unknown',
    words: string,
    references: Readonly<Record<string, string>>,
    id: string,
  ): Pick<Refund, 'progress' | 'references' | 'cancel' | 'why' | 'words'>;
  statusPath(refund: Refund): string;
  readStatus(body: unknown, refund: Refund): Partial<Refund> | undefined;
  /** What the provider itself says about the payment, for a proxy without a summary. */
  readPayment?(read: Read, paymentId: string): Promise<Summary | undefined>;
  /** Defined if a refund that is not final can be cancelled. */
  readonly cancel?: {
    call(refund: Refund): Call;
    /** The provider's status if the answer says that the refund is cancelled. */
    readonly read: (body: unknown) => string | undefined;
  };
  /** Defined if a refund may have to be divided over several vendors. */
  readonly vendors?: {
    /** Only rows above 0 are sent. `amounts` in minor units, one for each row. */
    call(order: RefundRequest, opened: Opened, amounts: readonly bigint[]): Call;
    /** The provider's id of each row, and the part of it that a person may see. */
    labels(opened: Opened): readonly { readonly row: string; readonly label: string }[];
    read(body: unknown, call: Call, order: RefundRequest): Created | undefined;
  };
}
