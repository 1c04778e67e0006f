import type { RefundRefusal } from '../../contract/index.ts';
import type { Exchange, ProviderAnswer, ProviderIo } from './exchange.ts';
import type { JsonObject } from '../http/json.ts';
import type { RequestedPart } from '../ledger/rules/admission.ts';
import type { Intent, VendorLimit } from '../ledger/entities.ts';
import type { Observation, ProviderEvent, ProviderTotal, RefundFact } from '../ledger/facts.ts';
import type { NewReservation } from '../ledger/rows.ts';

/** A wrong field of the request: its RFC 6901 pointer, and what to do. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Which payment a request concerns: named directly, or through one of its refunds. */
export type Subject = { readonly payment: string } | { readonly refund: string };

/** What a body says about the order, to be compared with the merchant's own record. */
export interface Claims {
  readonly currency?: string | undefined;
  readonly payment_attempt_id?: string | undefined;
}

/** A body that fits the provider's schema. */
export interface ReadBody {
  readonly subject: Subject;
  readonly claims: Claims;
  /** The amounts that it asks for, in minor units of the order's currency; empty for a cancel. */
  parts(currency: string): { readonly parts: readonly RequestedPart[] } | { readonly errors: readonly FieldError[] };
  /** The body to send: the known members of the browser's body, and what comes from configuration. */
  forward(intent: Intent): JsonObject;
  /** `cancel` only: every id of the refund in the body, to be compared with those in the ledger. */
  readonly references?: Readonly<Record<string, string>>;
}

/** What the answer to a write means for the money. */
export type Outcome =
  | { readonly kind: 'refunded'; readonly refunds: readonly RefundFact[] }
  /** No money moved. The second step is open. */
  | { readonly kind: 'opened'; readonly vendors: readonly VendorLimit[] }
  | { readonly kind: 'cancelled' }
  /** Certainly nothing was refunded, and the same request would be refused again. */
  | { readonly kind: 'refused' }
  /** Certainly nothing was refunded, and the same key may be sent again. */
  | { readonly kind: 'try_again' }
  /** `refunds`: what the answer says about this request's refund, if it differs from what was asked. */
  | { readonly kind: 'unknown'; readonly why: string; readonly refunds?: readonly RefundFact[] };

export interface ReadRoute {
  readonly kind: 'read';
  readonly method: 'GET';
  /** The path below the provider's base. `:name` stands for one segment. */
  readonly path: string;
  /** Query members that are passed on. All others are dropped. */
  readonly query?: readonly string[];
  /** Returns `undefined` when the request does not say which payment it concerns. */
  subject(params: Readonly<Record<string, string>>, query: URLSearchParams): Subject | undefined;
  /** What a successful answer says about refunds in the ledger. */
  observe(answer: ProviderAnswer, params: Readonly<Record<string, string>>): readonly Observation[];
}

export interface WriteRoute {
  readonly kind: 'refund' | 'vendor_refund' | 'cancel';
  readonly method: 'POST';
  readonly path: string;
  read(body: unknown): ReadBody | { readonly errors: readonly FieldError[] };
  /** `again`: this intent was sent before, so a refusal may concern this send only. */
  classify(
    answer: ProviderAnswer,
    context: {
      readonly body: unknown;
      readonly intent: Intent;
      readonly reservations: readonly NewReservation[];
      readonly again: boolean;
    },
  ): Outcome;
}

export type Route = ReadRoute | WriteRoute;

export interface ProviderCall {
  readonly method: 'GET' | 'POST';
  /** The path below the base, with every segment encoded. */
  readonly path: string;
  /** The same with names in place of ids, for logs and metrics. */
  readonly route: string;
  readonly query?: URLSearchParams | undefined;
  readonly body?: JsonObject | undefined;
  /** Writes only. */
  readonly providerKey?: string | undefined;
  /** Writes only: nothing is sent at or after this time. Epoch milliseconds. */
  readonly notAfter?: number | undefined;
  /** Writes only: nothing is sent before this time, because the clock was set back. Epoch milliseconds. */
  readonly notBefore?: number | undefined;
  /** Reads only: aborted when the caller has gone. A write is never aborted: the provider may have carried it out. */
  readonly signal?: AbortSignal | undefined;
}

/** A read that failed: the caller cannot know the answer, and says so. */
export type Read<T> =
  | { readonly ok: true; readonly value: T; readonly source: string }
  /**
   * `isRefused`: the provider refused the credentials, so that trying again does not help. `isMissing`: the provider itself
   * says that it does not know what is asked for.
   */
  | { readonly ok: false; readonly why: string; readonly isRefused?: boolean; readonly isMissing?: boolean };

/** A read that got no answer. */
export function unread({ kind, why }: Exclude<Exchange, { kind: 'answer' }>): Read<never> {
  return { ok: false, why, ...(kind === 'credentials_refused' && { isRefused: true }) };
}

/** A provider with its credentials. */
export interface ProviderSession {
  /** The same session for one request: its calls go through `io`. Without it, calls carry no trace of their request. */
  over?(io: ProviderIo): ProviderSession;
  send(call: ProviderCall): Promise<Exchange>;
  /** Every refund of the payment with its amount, wherever it was made. Defined if the provider can list them. */
  listRefunds?(paymentId: string, signal?: AbortSignal): Promise<Read<readonly Observation[]>>;
  /** The provider's sum of all refunds of the payment, including those that are too old for its list. */
  totalRefunded?(paymentId: string, signal?: AbortSignal): Promise<Read<ProviderTotal | undefined>>;
  /**
   * The currency in which the provider has the payment; `undefined` when it does not tell. Read before the first send, so
   * it should cost no call when the payment was read before.
   */
  currencyOf?(paymentId: string): Promise<Read<string | undefined>>;
  /**
   * Every refund of the payment without its amount, if the provider lists them so. Several may have the same id. Callers
   * use `countListed`, so that the ledger learns what the list says.
   */
  countRefunds?(paymentId: string, signal?: AbortSignal): Promise<Read<readonly Observation[]>>;
  /** The current state of one refund. */
  readRefund(refundId: string): Promise<Read<readonly Observation[]>>;
}

/** A received webhook, before it is verified. */
export interface WebhookMessage {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Which of the two secrets signed it, while the provider changes from one to the other. */
export type SigningSecret = 'current' | 'previous';

export type WebhookReading =
  /** Signed, and about a refund. */
  | { readonly kind: 'event'; readonly event: ProviderEvent; readonly signedBy?: SigningSecret }
  /** Not signed: only a reason to read what the provider says about these ids. */
  | { readonly kind: 'hint'; readonly references: readonly string[] }
  /** Not about a refund. */
  | { readonly kind: 'ignored'; readonly signedBy?: SigningSecret }
  | { readonly kind: 'refused'; readonly why: string }
  /** Signed, but not in the form of the contract. */
  | { readonly kind: 'unreadable'; readonly errors: readonly FieldError[] };

export interface VendorAccount {
  readonly account: string;
  /** For a person who has to tell the rows apart: everyone who may read the payment reads it. */
  readonly label: string;
}

/** The abilities of a provider. Shared code reads these and never asks which provider it is. */
export interface Provider {
  readonly name: string;
  readonly routes: readonly Route[];
  /**
   * For how long after the first send the provider answers the same key instead of carrying it out again. Milliseconds.
   * `undefined`: the provider has no idempotency, so nothing is ever sent twice and a payment may have one open refund.
   */
  readonly resendWindowMs: number | undefined;
  /** Whether a successful refund may still be reversed, so that it has to be followed. */
  readonly reverses: boolean;
  /**
   * The provider forgets a refund that was cancelled: no read says that it was. So a person may say it of a refund that
   * is pending here. Without this, only a cancel of the proxy is settled as cancelled.
   */
  readonly hidesCancelled?: boolean;
  /**
   * The provider's code and message in an answer that refused a request; `undefined` when it has none. Everyone who may
   * read the payment reads them.
   */
  readRefusal?(status: number, body: unknown): RefundRefusal | undefined;
  /** The account of each vendor's row in an answer that opened the second step. */
  readVendors?(body: unknown): ReadonlyMap<string, VendorAccount>;
  /** Reads the provider's webhooks; `undefined` when they are not configured. */
  readonly webhook?: ((message: WebhookMessage) => Promise<WebhookReading>) | undefined;
  connect(io: ProviderIo): ProviderSession;
}
