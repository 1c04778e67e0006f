/**
 * Intents of the proxy's ledger, for whoever watches or settles them: a server or a person's own tool. It stands apart from
 * `index.ts`, so that no browser carries it.
 */
import * as z from 'zod/mini';

const text = z.optional(z.nullable(z.string()));

/** One part of an intent: the whole refund, or what one vendor gives back of it. */
export const intentPart = z.looseObject({
  /** Decimal string in units of the intent's currency. */
  amount: z.string(),
  vendor: text,
  /** Whether the amount is free again. */
  released: z.boolean(),
  /** A `PaymentRefundStanding`. */
  standing: z.string(),
  /** The provider's own word, as it came. */
  status: z.string(),
  refund_id: text,
});

/** One line of the audit trail. `source`: `request`, `person`, `webhook`, ..., or why an answer was lost. */
export const intentAudit = z.looseObject({
  at: z.string(),
  who: z.string(),
  what: z.string(),
  from: text,
  to: text,
  source: z.string(),
  detail: text,
});

/** `GET {endpoint}/intents/{id}`, and the answer to its `resolve`. Times are RFC 3339. */
export const intent = z.looseObject({
  id: z.string(),
  kind: z.string(),
  payment_id: z.string(),
  currency: z.string(),
  state: z.string(),
  user: z.string(),
  created_at: z.string(),
  first_sent_at: z.string(),
  /** Only while it waits for a second person: what was asked for, and until when it waits. */
  requested: text,
  expires_at: text,
  /** Empty for a cancel, which holds no amount. */
  parts: z.array(intentPart),
  audit: z.array(intentAudit),
});
export type IntentAnswer = z.infer<typeof intent>;

/** `GET {endpoint}/intents?state=unknown&payment_id=...`: 200 of them at most, `unknown` ones without a state. */
export const intentList = z.looseObject({ intents: z.array(intent) });

/**
 * Body of `POST {endpoint}/intents/{id}/resolve`. Of a refund: `refunded` (the customer has it or will), `initiated` (it is on
 * its way) or `nothing`. Of a cancel: `cancelled` or `nothing`. A member that is not here is refused: a misspelt one would settle
 * something else.
 */
export const intentResolution = z.strictObject({
  outcome: z.enum(['refunded', 'initiated', 'cancelled', 'nothing']),
  /** Why, for the audit trail. */
  reason: z.string().check(z.trim(), z.minLength(3), z.maxLength(500)),
  /** The provider's id of the refund, where the person has found it. */
  refund_id: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
  /** Only this vendor's part. */
  vendor: z.optional(z.string().check(z.minLength(1), z.maxLength(255))),
  /** What it really came to, in units of its currency, where the provider has said two amounts. */
  amount: z.optional(z.string().check(z.minLength(1), z.maxLength(40))),
  /** `nothing` all the same, although the provider shows a refund that may be this one. */
  confirm: z.optional(z.boolean()),
});
