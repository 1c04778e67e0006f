import type { Exchange, ProviderAnswer, ProviderIo } from '../exchange.ts';
import type { JsonObject } from '../json.ts';
import type { Asked } from '../ledger/admission.ts';
import type { Intent, VendorLimit } from '../ledger/entities.ts';
import type { Observation, ProviderEvent, ProviderTotal, RefundFact } from '../ledger/facts.ts';
import type { NewReservation } from '../ledger/store.ts';

/** A field of the request that is not as expected: RFC 6901 pointer and what to do. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** Which payment a request is about: named outright, or through one of its refunds. */
export type Subject = { readonly payment: string } | { readonly refund: string };

/** What a body says of the order, to be checked against the merchant's own record. */
export interface Claims {
  readonly currency?: string | undefined;
  readonly payment_attempt_id?: string | undefined;
}

/** A body that fits the provider's schema. */
export interface ReadBody {
  readonly subject: Subject;
  readonly claims: Claims;
  /** What it asks for, in minor units of the order's currency; empty for a cancel. */
  asked(currency: string): { readonly asked: readonly Asked[] } | { readonly errors: readonly FieldError[] };
  /** The body to send: the browser's, with what comes from configuration put in and everything else of it kept out. */
  forward(intent: Intent): JsonObject;
  /** `cancel` only: every id of the refund that the body names, to be compared with those in the ledger. */
  readonly references?: Readonly<Record<string, string>>;
}

/** What an answer to a write means for the money. */
export type Outcome =
  | { readonly kind: 'refunded'; readonly refunds: readonly RefundFact[] }
  /** No money moved: a second step was opened. */
  | { readonly kind: 'opened'; readonly vendors: readonly VendorLimit[] }
  | { readonly kind: 'cancelled' }
  /** Definitely nothing, and the same again would be refused again. */
  | { readonly kind: 'refused' }
  /** Definitely nothing this time: the same key may try again. */
  | { readonly kind: 'try_again' }
  /** `refunds`: what the answer says of this request's refund, where it is not what was asked. */
  | { readonly kind: 'unknown'; readonly why: string; readonly refunds?: readonly RefundFact[] };

export interface ReadRoute {
  readonly kind: 'read';
  readonly method: 'GET';
  /** Path below the provider's base; `:name` is one segment. */
  readonly path: string;
  /** Names of query members that are passed on; all others are dropped. */
  readonly query?: readonly string[];
  /** `undefined` when the request does not say which payment it is about. */
  subject(params: Readonly<Record<string, string>>, query: URLSearchParams): Subject | undefined;
  /** What a success says about refunds in the ledger. */
  observe(answer: ProviderAnswer, params: Readonly<Record<string, string>>): readonly Observation[];
}

export interface WriteRoute {
  readonly kind: 'refund' | 'vendor_refund' | 'cancel';
  readonly method: 'POST';
  readonly path: string;
  read(body: unknown): ReadBody | { readonly errors: readonly FieldError[] };
  /** `again`: the provider was sent this intent before, so a refusal may be about this send only. */
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
  /** Path below the base, every segment encoded. */
  readonly path: string;
  /** The same with names in place of ids, for the log and the numbers. */
  readonly route: string;
  readonly query?: URLSearchParams | undefined;
  readonly body?: JsonObject | undefined;
  /** Writes only. */
  readonly providerKey?: string | undefined;
  /** Writes only: epoch milliseconds from which nothing is sent any more. */
  readonly notAfter?: number | undefined;
  /** Writes only: epoch milliseconds before which nothing is sent: the clock was set back. */
  readonly notBefore?: number | undefined;
  /** Reads only: whoever asked has gone. A write is never given up: the provider may have carried it out. */
  readonly signal?: AbortSignal | undefined;
}

/** A read of the provider that failed: the reader cannot know, and says so. */
export type Read<T> =
  | { readonly ok: true; readonly value: T; readonly source: string }
  | { readonly ok: false; readonly why: string };

/** A provider with its credentials, ready to call. */
export interface ProviderSession {
  /** The same session for one request, whose calls go through `io`. Without it, calls bear no mark of their request. */
  over?(io: ProviderIo): ProviderSession;
  send(call: ProviderCall): Promise<Exchange>;
  /** Every refund of the payment with its amount, wherever it was made. Only where the provider can tell. */
  listRefunds?(paymentId: string, signal?: AbortSignal): Promise<Read<readonly Observation[]>>;
  /** What the provider says all refunds of the payment come to, those too that its list does not go back to. */
  totalRefunded?(paymentId: string, signal?: AbortSignal): Promise<Read<ProviderTotal | undefined>>;
  /** An id of each refund that the provider has of the payment, where it tells no amounts; several may be the same. */
  countRefunds?(paymentId: string, signal?: AbortSignal): Promise<Read<readonly string[]>>;
  /** One refund as it stands now. */
  readRefund(refundId: string): Promise<Read<readonly Observation[]>>;
}

/** What came in at the webhook's address, before anything of it is believed. */
export interface WebhookMessage {
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Which of two secrets signed, while the provider changes from one to the next. */
export type SigningSecret = 'current' | 'previous';

export type WebhookReading =
  /** Signed, and about a refund. */
  | { readonly kind: 'event'; readonly event: ProviderEvent; readonly signedBy?: SigningSecret }
  /** Not signed: only a reason to read what the provider knows by these ids. */
  | { readonly kind: 'hint'; readonly references: readonly string[] }
  /** Not about a refund. */
  | { readonly kind: 'ignored'; readonly signedBy?: SigningSecret }
  | { readonly kind: 'refused'; readonly why: string }
  /** Signed, and not as the contract says. */
  | { readonly kind: 'unreadable'; readonly errors: readonly FieldError[] };

/** What a provider can do. Shared code reads this and never asks which provider it is. */
export interface Provider {
  readonly name: string;
  readonly routes: readonly Route[];
  /**
   * How long after the first send the same provider key is answered instead of carried out again, in milliseconds.
   * `undefined`: the provider has no idempotency; nothing is ever sent twice and one refund a payment may be open.
   */
  readonly resendWindowMs: number | undefined;
  /** Whether a refund that has succeeded may still be reversed, and is therefore followed. */
  readonly reverses: boolean;
  /** Reads what the provider sends by itself; `undefined` where that is not configured. */
  readonly webhook?: ((message: WebhookMessage) => Promise<WebhookReading>) | undefined;
  connect(io: ProviderIo): ProviderSession;
}
