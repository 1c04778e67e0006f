import * as z from 'zod/mini';

import type { RefundChange } from '../contract/change.ts';
import { isCurrency, type ProblemCode } from '../contract/index.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { Logger } from './telemetry/log.ts';
import type { ProxyMetrics } from './telemetry/metrics.ts';
import { exactAmounts } from './hooks/order-faults.ts';
import type { Provider } from './providers/provider.ts';
import type { OpenTelemetryApi } from './telemetry/spans.ts';

/** The order in the merchant's own records. The browser never decides what can be refunded. */
export const order = z
  .looseObject({
    /** UQPAY: the payment intent's id. UPayments: the order id of Get Payment Status. */
    payment_id: z.string().check(z.minLength(1), z.maxLength(255)),
    /** ISO 4217. */
    currency: z.string().check(z.refine(isCurrency, 'expected an active ISO 4217 code in capitals')),
    /** Decimal string in units of `currency`. */
    captured: z.string(),
    /** Why nothing can be refunded. The admin reads it. */
    not_refundable: z.optional(z.nullable(z.string())),
    payment_attempt_id: z.optional(z.nullable(z.string())),
    payment_method: z.optional(z.nullable(z.string())),
    /**
     * The sum of all refunds made outside this proxy, as a decimal string. A refund that the proxy finds by itself is
     * not counted twice.
     */
    refunded_elsewhere: z.optional(z.nullable(z.string())),
    /**
     * The number of those refunds. It matters where the provider gives the number of refunds without their amounts
     * (UPayments): while the provider lists more, nothing is sent.
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

/** What the framework around the proxy knows of the request. */
export interface FromHost<Original = unknown> {
  /**
   * The request as the framework has it, with the session that its middleware has read: `fetch(request, original)` of the
   * proxy. `nodeHandler` and `serveProxies` give the `IncomingMessage`, which in Express is `req`.
   */
  readonly original: Original | undefined;
}

/**
 * What `authorize` decides about. `order` is undefined for `list_intents`, and when the subject of the request cannot
 * be found or read: if `authorize` then refuses, its refusal is the answer, otherwise the lookup error.
 */
export interface AuthorizeContext<Original = unknown> extends FromHost<Original> {
  readonly order: Order | undefined;
  readonly action: Action;
  /**
   * Minor units of the order's currency. Set for `refund`, `cancel`, `approve` and `decline`, if there is an amount.
   */
  readonly amount: bigint | undefined;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/**
 * What the user may do with a payment, so that the form shows it before anything is sent. It permits nothing:
 * `authorize` decides about each request again. A member that is left out says nothing.
 */
export interface Permission {
  /** `false`: the user only reads. */
  readonly refund?: boolean;
  /** Why the user may not refund, such as "Refunds are made by the finance team". The user reads it. */
  readonly reason?: string;
  /**
   * Refunds above this amount get `approval_required`; zero for every refund. Minor units of the order's currency, as
   * `amount`.
   */
  readonly approvalAbove?: bigint;
  /** Approves or declines what others have asked for. */
  readonly approve?: boolean;
  /** Settles refunds whose outcome is unknown. */
  readonly resolve?: boolean;
  readonly cancel?: boolean;
}

export type Authorization =
  /**
   * The acting user, as an id of the merchant's own. It is written to the audit trail and never logged. `permission`, of
   * a `read`: what the user may do with this payment.
   */
  | { readonly user: string; readonly permission?: Permission }
  /**
   * With `approval_required` and a `user`, the refund is recorded and sent when another user approves it. Without a
   * `user` it is refused. `approvers` tells the requester who has to approve, such as "the finance team".
   */
  | { readonly refuse: ProblemCode; readonly detail?: string; readonly user?: string; readonly approvers?: string };

export interface RateLimit {
  /** How many writes one user may start within `perMs` milliseconds. */
  readonly writes: number;
  readonly perMs: number;
}

export interface EventOptions {
  /** Milliseconds between two heartbeats, 15,000. */
  readonly heartbeatMs?: number;
  /** Milliseconds until a stream notices what another instance wrote, 2,000. For a ledger that instances share. */
  readonly lookMs?: number;
  /** Milliseconds after which a stream without a reader ends, 30,000. */
  readonly unreadMs?: number;
  /** Milliseconds after which a stream ends and the browser reconnects, 600,000. */
  readonly longestMs?: number;
  /** The most payments that all open streams follow together, 500. */
  readonly most?: number;
  /** The most open streams of one user, 10. */
  readonly mostPerUser?: number;
  /** The most payments that one stream follows, 50. */
  readonly mostPayments?: number;
  /** The most payments that all streams of one user follow together: a fifth of `most`, so that others have room. */
  readonly mostPaymentsPerUser?: number;
}

/**
 * Accepts one change of one refund. If it throws, the change is delivered again. `signal` is aborted when nobody waits
 * for it any more.
 */
export type OnChange = (change: RefundChange, about: { readonly signal: AbortSignal }) => Promise<unknown>;

/** `Original`: the type of the framework's own request, for `authorize`. */
export interface RefundProxyOptions<Original = unknown> {
  readonly provider: Provider;
  /** The path where the proxy is mounted, without a trailing slash: `/refunds/uqpay`. */
  readonly basePath: string;
  /** The caller owns it, and closes it after the proxy. */
  readonly ledger: Ledger;
  /** The merchant's name, when one ledger serves several merchants. */
  readonly merchant?: string;
  /** Returns the merchant's own record of the order, or `undefined` when there is none. */
  readonly orders: (paymentId: string, about: { readonly signal: AbortSignal }) => Promise<unknown>;
  /**
   * Decides about every request, reads included. If it throws, the request is refused. It may read the headers only:
   * the body has been read. `context.original` is the framework's own request, with its session.
   */
  readonly authorize: (request: Request, context: AuthorizeContext<Original>) => Promise<Authorization>;
  /**
   * Optional, and called first: refuses a request for a reason that lies in the request alone, such as a missing
   * sign-in. A refused request never reaches `orders`. Resolve with nothing to continue with `authorize`. If it throws,
   * the request is refused.
   */
  readonly authenticate?: (
    request: Request,
    about: FromHost<Original> & { readonly signal: AbortSignal },
  ) => Promise<Extract<Authorization, { readonly refuse: ProblemCode }> | undefined>;
  /**
   * The origin under which browsers reach the proxy through a front end, such as `https://admin.example`. Its pages
   * count as the proxy's own even when the browser sends no `Sec-Fetch-Site`. Forwarded headers are never read.
   */
  readonly publicOrigin?: string;
  /**
   * Origins of other sites whose pages may use the proxy, such as `https://admin.example`. Same-origin pages always
   * may.
   */
  readonly allowedOrigins?: readonly string[];
  /** Without it there is no limit. */
  readonly rateLimit?: RateLimit;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** Random UUIDs. */
  readonly newId?: () => string;
  readonly fetch?: typeof fetch;
  /** How long a refund waits for an approval before it expires. Milliseconds; one day. */
  readonly approvalMs?: number;
  /** The path below `basePath` that receives the provider's webhooks, `/webhooks`. */
  readonly webhookPath?: string;
  readonly events?: EventOptions;
  readonly metrics?: ProxyMetrics;
  /**
   * Receives each change of a refund, at least once and in order for each payment, so that a shop can notify its
   * customer, restock or book. A change is delivered after it is on disk, and again until `onChange` resolves; this
   * never delays a refund. The ledger's outbox then keeps every change until somebody calls `announce()`;
   * `serveProxies` does.
   */
  readonly onChange?: OnChange;
  /** The module `@opentelemetry/api`, for tracing: `import * as openTelemetry from '@opentelemetry/api'`. */
  readonly openTelemetry?: OpenTelemetryApi;
  /** How long one provider call or one hook may take. Milliseconds. */
  readonly timeoutMs?: number;
  readonly maxBodyBytes?: number;
  /** A pino logger, or any object with its `info`, `warn` and `error`. */
  readonly logger?: Logger;
}
