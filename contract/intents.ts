/**
 * Intents of the proxy's ledger, for a server or a tool that watches or settles them. It is not part of `index.ts`, so
 * that no browser loads it.
 */
import * as z from 'zod/mini';

import { boolean, nullishString, optionalBoolean, string } from './leaves.ts';

/** One part of an intent: the whole refund, or the part of one vendor. */
export const intentPart = z.looseObject({
  /** Decimal string in units of the intent's currency. */
  amount: string,
  vendor: nullishString,
  /** Whether the amount was released. */
  released: boolean,
  /** A `PaymentRefundStanding`. */
  standing: string,
  /** The provider's status, unchanged. */
  status: string,
  refund_id: nullishString,
});

/** One line of the audit trail. `source`: `request`, `person`, `webhook`, ..., or why an answer was lost. */
export const intentAudit = z.looseObject({
  at: string,
  who: string,
  what: string,
  from: nullishString,
  to: nullishString,
  source: string,
  detail: nullishString,
});

/** `GET {endpoint}/intents/{id}`, and the answer to its `resolve`. Times are RFC 3339. */
export const intent = z.looseObject({
  id: string,
  kind: string,
  payment_id: string,
  currency: string,
  state: string,
  user: string,
  created_at: string,
  first_sent_at: string,
  /** Only while it waits for an approval: the requested amount, and how long it waits. */
  requested: nullishString,
  expires_at: nullishString,
  /** Empty for a cancel, which holds no amount. */
  parts: z.array(intentPart),
  audit: z.array(intentAudit),
});
export type IntentAnswer = z.infer<typeof intent>;

/** A refund made elsewhere that the provider contradicts. Its larger amount is held until a person settles it. */
export const contradictedElsewhere = z.looseObject({
  payment_id: string,
  refund_id: nullishString,
  /** Decimal string in units of the currency. */
  amount: string,
  currency: string,
  status: string,
  created_at: string,
  updated_at: string,
});
export type ContradictedElsewhere = z.infer<typeof contradictedElsewhere>;

/**
 * `GET {endpoint}/intents?state=unknown&payment_id=...`: at most 200 intents; without a state, the `unknown` ones.
 * `elsewhere` comes with the `unknown` ones, if there is any.
 */
export const intentList = z.looseObject({
  intents: z.array(intent),
  elsewhere: z.optional(z.array(contradictedElsewhere)),
});

/**
 * Body of `POST {endpoint}/intents/{id}/resolve`. For a refund: `refunded` (the customer has it or will), `initiated`
 * (it is in progress) or `nothing`. For a cancel: `cancelled` or `nothing`. `cancelled` is also the word on a refund that
 * is pending and was deleted at a provider that does not report that. Unknown members are refused: a misspelt one would
 * settle something else.
 */
export const intentResolution = z.strictObject({
  outcome: z.enum(['refunded', 'initiated', 'cancelled', 'nothing']),
  /** The reason, for the audit trail. */
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)),
  /** The provider's id of the refund, if the person has found it. */
  refund_id: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
  /** For this vendor's part only. */
  vendor: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
  /** The real amount in units of its currency, if the provider has stated two amounts. */
  amount: z.optional(z.string().check(z.minLength(1), z.maxLength(40))),
  /**
   * Confirms a word that the provider does not bear out (`docs/proxy/behaviour.md`), and an `amount` below the one that is
   * held.
   */
  confirm: optionalBoolean,
  /** Corrects what only an earlier word has settled. Apart from `confirm`, which nobody gives for that. */
  take_back: optionalBoolean,
});
