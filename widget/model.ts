import type { PaymentCancel, PaymentRefund, PaymentRefundStanding } from '../contract/payment.ts';
import type { UpaymentsVendorRow } from '../contract/upayments/refund.ts';
import type { UpaymentsRefusal } from '../contract/upayments/vendors.ts';

/** What is known of the payment. Amounts in minor units of `currency`. */
export interface Summary {
  readonly currency: string;
  readonly captured: bigint;
  readonly refunded: bigint;
  readonly pending: bigint;
  readonly refundable: bigint;
  /** Why nothing can be refunded, in the words of `notRefundableBy`. */
  readonly notRefundable?: string | null | undefined;
  readonly notRefundableBy?: 'merchant' | 'provider';
  /** The provider lists more refunds than anybody knows the amounts of. */
  readonly unaccounted?: { readonly listed: number; readonly known: number } | null | undefined;
  readonly attemptId?: string | null | undefined;
  /** `knet`, `card`, ... as the provider names it. */
  readonly method?: string | null | undefined;
  /** Every request that a browser may hold a key for. `undefined` where nobody lists them. */
  readonly refunds?: readonly PaymentRefund[] | undefined;
  readonly cancels?: readonly PaymentCancel[] | undefined;
}

/** What is in the form, exactly as it was typed. */
export interface Draft {
  readonly scope: 'full' | 'part';
  readonly amount: string;
  /** `value` of a `RefundReason`, or empty. */
  readonly reason: string;
  readonly note: string;
}

/** A reason to choose from. `value` is what the provider receives and keeps; `label` is what the admin reads. */
export interface RefundReason {
  readonly value: string;
  readonly label: string;
  /** The note is the reason: it must be written, and `value` is not sent. */
  readonly noteRequired?: boolean;
}

/** A refund that was checked and can be asked for. */
export interface Order {
  readonly paymentId: string;
  readonly attemptId?: string | null | undefined;
  /** Minor units. */
  readonly amount: bigint;
  readonly currency: string;
  /** Reason and note as they are sent; empty when there is none. */
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
  /** The provider's or the proxy's own words; empty where the form itself says why. */
  readonly words: string;
  /** Whether the proxy itself refused. */
  readonly proxy: boolean;
  /** What the proxy knows to be refundable: a decimal string. */
  readonly refundable?: string | undefined;
  /** Too many requests: the same again may be taken in a moment. */
  readonly busy?: boolean;
  /** Who declined it. */
  readonly by?: string | null | undefined;
}

/** Why the payment could not be loaded. */
export interface Failure {
  /** `unread`: the refund service refused to tell of the payment. `refused`: a refund came to nothing. */
  readonly why: 'no_answer' | 'offline' | 'not_found' | 'unreadable' | 'unread' | 'refused';
  /** HTTP status of an answer that is none of the refund service's. */
  readonly status?: number | undefined;
  readonly notice?: Refusal | undefined;
}

/** A refund at the provider, or one vendor's part of it. Plain JSON: it is kept over a reload. */
export interface Refund {
  /** The id its status is read by, and the `refundId` of events; empty when nothing came into being. */
  readonly id: string;
  /** Decimal string in units of `currency`, as the provider or the request had it. */
  readonly amount: string;
  readonly currency: string;
  readonly standing: PaymentRefundStanding;
  /** The provider's own words. */
  readonly words?: string | undefined;
  /** How far it is known to be: 2 accepted, 3 processing, 4 done. */
  readonly progress?: number | undefined;
  /** What a person may need when asking the provider, as the provider names it. */
  readonly references?: Readonly<Record<string, string>> | undefined;
  /** A vendor's masked IBAN. */
  readonly vendor?: string;
  /** The provider's id of the vendor's row. */
  readonly row?: string;
  /** Why a vendor's part came to nothing. */
  readonly why?: UpaymentsRefusal | undefined;
  /** Body of the cancel request, where the provider can cancel. */
  readonly cancel?: Readonly<Record<string, string | number>> | undefined;
  readonly cancelStep?: 'asking' | 'sending' | 'unknown' | undefined;
  /** Minted when the cancel is confirmed and sent again with each try. */
  readonly cancelKey?: string;
  /** Why the last cancel was refused. */
  readonly refusal?: Refusal | undefined;
}

/** Step one of a refund over several vendors: no money has moved. */
export interface Opened {
  readonly orderId: string;
  readonly rows: readonly UpaymentsVendorRow[];
  /** What each row may take at most, in minor units. */
  readonly limits: readonly bigint[];
}
