import type { Judge } from '../contract/judge.ts';
import type { RefundStanding } from '../contract/standing.ts';
import type { MessageKey } from './locale-registry.ts';
import type { Call, Opened, Order, Refund, Refusal, Summary } from './model.ts';

/** What a provider can do. Shared code reads these and never asks which provider it is. */
export interface Capabilities {
  /** For how many milliseconds the same key sent again is answered instead of carried out; 0 when there is no such thing. */
  readonly idempotentUpstream: number;
  /** Most characters of reason and note together. */
  readonly reasonLimit: number;
  readonly reasonRequired: boolean;
  /** Decimals that surely survive the provider's own field, whatever the currency; `allow-third-decimal` lifts it. */
  readonly safeDecimals?: number;
}

/** A refund, or its part of each vendor; or the vendors it must first be divided over, when no money has moved. */
export type Created = { readonly refunds: readonly Refund[] } | { readonly opened: Opened };

/** Reads the body of `GET path` below the endpoint; `undefined` when it could not be read. */
export type Read = (path: string) => Promise<unknown>;

/** One provider: pure functions between our words and its wire. A reader returns `undefined` for an answer it cannot read. */
export interface Adapter {
  /** As the provider writes it. */
  readonly name: string;
  readonly capabilities: Capabilities;
  /** How long a refund takes on this payment method. */
  duration(method: string | null | undefined): MessageKey;
  create(order: Order): Call;
  readCreated(body: unknown, order: Order): Created | undefined;
  /** What an answer that is no success means for the money. */
  readonly judge: Judge;
  /** The provider's words and code in such an answer. */
  readRefusal(status: number, body: unknown): Refusal | undefined;
  /** What a refund that the proxy lists needs to be followed and cancelled. `references`: the provider's ids by name. */
  listed(
    standing: RefundStanding | 'unknown',
    words: string,
    references: Readonly<Record<string, string>>,
    id: string,
  ): Pick<Refund, 'progress' | 'references' | 'cancel'>;
  statusPath(refund: Refund): string;
  readStatus(body: unknown, refund: Refund): Partial<Refund> | undefined;
  /** What the provider itself tells of the payment, for a proxy that has no summary. */
  readPayment?(read: Read, paymentId: string): Promise<Summary | undefined>;
  /** Present where a refund that is not final can be cancelled. */
  readonly cancel?: {
    call(refund: Refund): Call;
    /** The provider's words when the answer says that the refund is cancelled. */
    readonly read: (body: unknown) => string | undefined;
  };
  /** Present where a refund may have to be divided over several vendors. */
  readonly vendors?: {
    /** Only rows above 0 are sent. `amounts` in minor units, one a row. */
    call(order: Order, opened: Opened, amounts: readonly bigint[]): Call;
    /** The provider's id of each row, and what a person may see of it. */
    labels(opened: Opened): readonly { readonly row: string; readonly label: string }[];
    read(body: unknown, call: Call, order: Order): Created | undefined;
  };
}

/** `KW91 •••• 3254`: enough to tell two vendors apart, no more. */
export function maskIban(iban: string): string {
  return iban.length > 8 ? `${iban.slice(0, 4)} •••• ${iban.slice(-4)}` : iban;
}
