import type { PaymentCancel, PaymentRefund, PaymentRefundStanding } from '../contract/payment.ts';
import type { UpaymentsVendorRow } from '../contract/upayments/refund.ts';
import type { UpaymentsRefusal } from '../contract/upayments/vendors.ts';

/** The known facts of the payment. Amounts in minor units of `currency`. */
export interface Summary {
  readonly currency: string;
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly pending: bigint;
  readonly refundable: bigint;
  /** Why nothing can be refunded, in the words of `notRefundableBy`. */
  readonly notRefundable?: string | null | undefined;
  readonly notRefundableBy?: 'merchant' | 'provider';
  /** The provider lists refunds with unknown amounts. */
  readonly unaccounted?: { readonly listed: number; readonly known: number } | null | undefined;
  readonly attemptId?: string | null | undefined;
  /** `knet`, `card`, ... as the provider names it. */
  readonly method?: string | null | undefined;
  /** Every request whose key a browser may hold. `undefined` when nobody lists them. */
  readonly refunds?: readonly PaymentRefund[] | undefined;
  readonly cancels?: readonly PaymentCancel[] | undefined;
}

/** The content of the form, exactly as typed. */
export interface Draft {
  readonly scope: 'full' | 'part';
  readonly amount: string;
  /** `value` of a `RefundReason`, or empty. */
  readonly reason: string;
  readonly note: string;
}

/** A reason to choose. The provider receives and keeps `value`; the admin reads `label`. */
export interface RefundReason {
  readonly value: string;
  readonly label: string;
  /** The note is the reason: it is required, and `value` is not sent. */
  readonly noteRequired?: boolean;
}

/** A checked refund that can be sent. */
export interface RefundRequest {
  readonly paymentId: string;
  readonly attemptId?: string | null | undefined;
  /** Minor units. */
  readonly amount: bigint;
  readonly currency: string;
  /** Reason and note as they are sent; empty if there are none. */
  readonly reason: string;
  readonly reference?: string | undefined;
}

/** A request to the provider, below the endpoint. */
export interface Call {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Why a request came to nothing. */
export interface Refusal {
  /** The proxy's problem code, the provider's code, or the HTTP status. */
  readonly code: string;
  /** The message of the provider or the proxy; empty when the form explains the refusal itself. */
  readonly words: string;
  /** Whether the proxy itself refused. */
  readonly proxy: boolean;
  /** The refundable amount of the proxy, as a decimal string. */
  readonly refundable?: string | undefined;
  /** Too many requests: the same request may be accepted in a moment. */
  readonly busy?: boolean;
  /** Who declined it. */
  readonly by?: string | null | undefined;
}

/** Why the payment could not be loaded. */
export interface Failure {
  /** `unread`: the refund service refused to read the payment. `refused`: a refund came to nothing. */
  readonly why: 'no_answer' | 'offline' | 'not_found' | 'unreadable' | 'unread' | 'refused';
  /** The HTTP status of an answer that does not come from the refund service. */
  readonly status?: number | undefined;
  readonly notice?: Refusal | undefined;
}

/** A refund at the provider, or the part of one vendor. Plain JSON, because it is kept across reloads. */
export interface Refund {
  /** The id for reading its status, and the `refundId` of events; empty when no refund was created. */
  readonly id: string;
  /** Decimal string in units of `currency`, as in the provider's answer or the request. */
  readonly amount: string;
  readonly currency: string;
  readonly standing: PaymentRefundStanding;
  /** The provider's own words. */
  readonly words?: string | undefined;
  /** Its known progress: 2 accepted, 3 processing, 4 done. */
  readonly progress?: number | undefined;
  /** Ids that a person may need when asking the provider, under the provider's names. */
  readonly references?: Readonly<Record<string, string>> | undefined;
  /** A vendor's masked IBAN. */
  readonly vendor?: string;
  /** The provider's id of the vendor's row. */
  readonly row?: string;
  /** Why a vendor's part came to nothing. */
  readonly why?: UpaymentsRefusal | undefined;
  /** The body of the cancel request, if the provider can cancel. */
  readonly cancel?: Readonly<Record<string, string | number>> | undefined;
  readonly cancelStep?: 'sending' | 'unknown' | undefined;
  /** Created when the cancel is confirmed, and the same until an answer settles it. */
  readonly cancelKey?: string;
  /** Why the last cancel was refused. */
  readonly refusal?: Refusal | undefined;
}

/** Step one of a refund over several vendors: no money has moved. */
export interface Opened {
  readonly orderId: string;
  readonly rows: readonly UpaymentsVendorRow[];
  /** The limit of each row, in minor units. */
  readonly limits: readonly bigint[];
}
