import * as z from 'zod/mini';

import type { RefundChange } from '../contract/change.ts';
import { isCurrency, type ProblemCode } from '../contract/index.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Logger } from './log.ts';
import type { ProxyMetrics } from './metrics.ts';
import { exactAmounts } from './order-faults.ts';
import type { Provider } from './providers/provider.ts';

/** An order as the merchant's own records have it. The browser never decides what can be refunded. */
export const order = z
  .looseObject({
    /** UQPAY: the payment intent's id. UPayments: the order id of Get Payment Status. */
    payment_id: z.string().check(z.minLength(1), z.maxLength(255)),
    /** ISO 4217. */
    currency: z.string().check(z.refine(isCurrency, 'expected an active ISO 4217 code in capitals')),
    /** Decimal string in units of `currency`. */
    captured: z.string(),
    /** Why nothing can be refunded, for the admin to read. */
    not_refundable: z.optional(z.nullable(z.string())),
    payment_attempt_id: z.optional(z.nullable(z.string())),
    payment_method: z.optional(z.nullable(z.string())),
    /**
     * What was refunded outside this proxy, all of it together, decimal string. What the proxy learns of the same refunds by
     * itself is not counted twice.
     */
    refunded_elsewhere: z.optional(z.nullable(z.string())),
    /**
     * How many refunds that is. Read where the provider tells how many refunds there are and not their amounts (UPayments):
     * while it lists more than that, nothing is sent.
     */
    refunded_elsewhere_count: z.optional(z.nullable(z.int().check(z.minimum(0)))),
  })
  .check(
    exactAmounts,
    z.refine(
      ({ refunded_elsewhere, refunded_elsewhere_count }) =>
        !refunded_elsewhere_count || typeof refunded_elsewhere === 'string',
      {
        path: ['refunded_elsewhere_count'],
        error: 'nothing, or refunded_elsewhere with the sum of that many refunds beside it',
      },
    ),
  );
export type Order = z.infer<typeof order>;

export type Action = 'read' | 'refund' | 'cancel' | 'approve' | 'decline' | 'list_intents' | 'resolve';

/**
 * What is to be decided. `order` is missing for `list_intents`, and where what the request is about cannot be found or
 * read: refused, the answer is that refusal, and else what went wrong.
 */
export interface AuthorizeContext {
  readonly order: Order | undefined;
  readonly action: Action;
  /** Minor units of the order's currency; with `refund`, `cancel`, `approve` and `decline`, where there is one. */
  readonly amount: bigint | undefined;
  /** Aborted when the answer is not waited for any more. */
  readonly signal: AbortSignal;
}

export type Authorization =
  /** Who acts: an id of the merchant's own, written to the ledger's audit and never logged. */
  | { readonly user: string }
  /**
   * With `approval_required` and a `user`, a refund is written to the ledger and sent when another user approves it;
   * without one it is only refused. `approvers` says who is to agree, for whoever asked to read: "the finance team".
   */
  | { readonly refuse: ProblemCode; readonly detail?: string; readonly user?: string; readonly approvers?: string };

export interface RateLimit {
  /** Writes that one user may begin within `perMs` milliseconds. */
  readonly writes: number;
  readonly perMs: number;
}

export interface EventOptions {
  /** Milliseconds between two signs of life, 15,000. */
  readonly heartbeatMs?: number;
  /** Milliseconds after which a stream sees what another instance wrote, 2,000; where instances share the ledger. */
  readonly lookMs?: number;
  /** Milliseconds after which a stream that nobody reads from ends, 30,000. */
  readonly unreadMs?: number;
  /** Milliseconds after which a stream ends and the browser asks again, 600,000. */
  readonly longestMs?: number;
  /** Payments that all open streams together tell of at most, 500. */
  readonly most?: number;
  /** Open streams of one user at most, 10. */
  readonly mostPerUser?: number;
  /** Payments that one stream tells of at most, 50. */
  readonly mostPayments?: number;
}

/** Takes one change of one refund. What it throws has it told again. `signal`: nobody waits for it any more. */
export type OnChange = (change: RefundChange, about: { readonly signal: AbortSignal }) => Promise<unknown>;

export interface RefundProxyOptions {
  readonly provider: Provider;
  /** Path the proxy is mounted at, without a trailing slash: `/refunds/uqpay`. */
  readonly basePath: string;
  /** Stays the caller's: close it after the proxy. */
  readonly ledger: Ledger;
  /** Whose money, when one ledger serves several merchants. */
  readonly merchant?: string;
  /** The merchant's own record of the order, or `undefined` when there is none. */
  readonly orders: (paymentId: string, about: { readonly signal: AbortSignal }) => Promise<unknown>;
  /** Decides every request about a payment, reads too. What it throws refuses. Read headers only: the body is consumed. */
  readonly authorize: (request: Request, context: AuthorizeContext) => Promise<Authorization>;
  /**
   * Asked first, where it is given: whether the request alone is a reason to refuse, such as a missing sign-in. Whoever it
   * refuses causes no call of `orders`. It resolves with nothing to go on to `authorize`. What it throws refuses.
   */
  readonly authenticate?: (
    request: Request,
    about: { readonly signal: AbortSignal },
  ) => Promise<Extract<Authorization, { readonly refuse: ProblemCode }> | undefined>;
  /**
   * The origin at which browsers reach the proxy through a front end, such as `https://admin.example`: its pages are the
   * proxy's own also where the browser sends no `Sec-Fetch-Site`. No forwarded header is ever read.
   */
  readonly publicOrigin?: string;
  /** Origins of other sites' pages that may use the proxy, such as `https://admin.example`. Same-origin pages always may. */
  readonly allowedOrigins?: readonly string[];
  /** Without it there is no limit. */
  readonly rateLimit?: RateLimit;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Random UUIDs. */
  readonly newId?: () => string;
  readonly fetch?: typeof fetch;
  /** How long a refund waits for a second person before it comes to nothing, in milliseconds; a day. */
  readonly approvalMs?: number;
  /** Path below `basePath` at which the provider reports, `/webhooks`. */
  readonly webhookPath?: string;
  readonly events?: EventOptions;
  readonly metrics?: ProxyMetrics;
  /**
   * Told of each change of a refund, at least once and in order for each payment: so that a shop can write to its customer,
   * restock or book. It is told after the change is on disk, and again until it resolves; it never delays a refund. With it
   * every change is kept in the ledger's outbox, and somebody has to call `announce()`; `serveProxies` does.
   */
  readonly onChange?: OnChange;
  /** How long one call of the provider, or one answer of a hook, may take, in milliseconds. */
  readonly timeoutMs?: number;
  readonly maxBodyBytes?: number;
  /** A pino logger, or anything with its `info`, `warn` and `error`. */
  readonly logger?: Logger;
}
