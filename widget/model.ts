import type {
  PaymentCancel,
  PaymentPermission,
  PaymentRefund,
  PaymentRefundStanding,
  PaymentSummary,
} from '../contract/payment.ts';
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
  readonly unaccounted?: PaymentSummary['unaccounted_refunds'];
  readonly attemptId?: string | null | undefined;
  /** `knet`, `card`, ... as the provider names it. */
  readonly method?: string | null | undefined;
  /** What the proxy says about the user, when it was last read. */
  readonly permission?: PaymentPermission | null | undefined;
  /** Refunds above this amount wait for a second person. Minor units. */
  readonly approvalAbove?: bigint | undefined;
  /** Every request whose key a browser may hold. `undefined` when nobody lists them. */
  readonly refunds?: readonly PaymentRefund[] | undefined;
  readonly cancels?: readonly PaymentCancel[] | undefined;
}

/** The content of the form, exactly as typed. */
export interface Draft {
  readonly scope: 'full' | 'part' | 'items';
  /** Of a part. `undefined` while nobody has typed: then it is the amount that the page gives. */
  readonly amount?: string | undefined;
  /** A percentage or a fee, from which the amount of a part can be computed. */
  readonly share?: string | undefined;
  /** The units that came back, by the id of the order's line. */
  readonly quantities?: Readonly<Record<string, string>> | undefined;
  readonly shipping?: string | undefined;
  /** The amount instead of the one computed for the items; `undefined` while nobody has typed over it. */
  readonly total?: string | undefined;
  /** `code` of a `RefundReason`, or empty. */
  readonly reason: string;
  readonly note: string;
  /** How many refunds the payment listed when it was typed, and what it had left: a decimal string. */
  readonly listed?: number | undefined;
  readonly left?: string | undefined;
  /** The key of the refund that has failed, and of which this is another try. */
  readonly again?: string | undefined;
  /** The first step of a refund over several vendors that showed whose payment it is. */
  readonly opening?: Opening | undefined;
  /** What was typed for each vendor, by the provider's id of the vendor's row. */
  readonly divided?: Readonly<Record<string, string>> | undefined;
}

/** A request that moved no money. The same one goes by the same key, so that nobody has to approve it again. */
export interface Opening {
  readonly key: string;
  /** Fingerprint of the request. */
  readonly print?: number | undefined;
  /** The refundable amount, a decimal string. With another one, the limits of the vendors may be others, too. */
  readonly expected?: string | undefined;
  /** Who has asked, as in the record of a request. */
  readonly by?: number | undefined;
}

/** A reason to choose. The provider receives and keeps `code`; the admin reads `label`. No two have the same `code`. */
export interface RefundReason {
  readonly code: string;
  readonly label: string;
  /** The note is the reason: it is required, and `code` is not sent. */
  readonly noteRequired?: boolean;
}

/** Display names of vendors, by IBAN or by the provider's id of the vendor's row. They stay in this page. */
export type VendorNames = Readonly<Record<string, string>>;
/**
 * The items that a refund is for. Amounts are computed, as decimal strings in units of the refund's currency. Their sum
 * differs from the refund's amount if a person has typed over it.
 */
export interface RefundedItems {
  readonly items: readonly { readonly id: string; readonly quantity: number; readonly amount: string }[];
  readonly shipping?: string;
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
  /** Undefined unless the amount is that of items. */
  readonly picked?: RefundedItems | undefined;
  /** Of each of its lines, for the review only. */
  readonly names?: readonly string[] | undefined;
  /** What these come to, in minor units. A person may have typed another amount. */
  readonly computed?: bigint | undefined;
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
  /** Who reads the payment, which cannot be read now. */
  readonly user?: string | undefined;
  /** Who declined it. */
  readonly by?: string | null | undefined;
}

/** A refusal that the form itself explains, by its code. */
export function ours(code: string): Refusal {
  return { code, words: '', proxy: true };
}

/** Why the payment could not be loaded. */
export interface Failure {
  /**
   * `not_sent`: the page gave no headers. `unread`: the refund service refused to read the payment. `refused`: a refund
   * came to nothing.
   */
  readonly why: 'no_answer' | 'not_sent' | 'offline' | 'not_found' | 'unreadable' | 'unread' | 'refused';
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
  /** Who confirmed it, as in `Intent.by`. */
  readonly cancelBy?: number | undefined;
  /** The items that it is for; undefined also for the part of one vendor. */
  readonly picked?: RefundedItems | undefined;
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
