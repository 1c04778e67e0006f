interface Metric {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
}

/** Every metric of the proxy. `/metrics` and the table in `docs/proxy/upkeep.md` are made from it. */
export const METRICS = {
  requests: {
    name: 'refund_proxy_requests_total',
    type: 'counter',
    help: "Requests answered, by route, status and the proxy's own problem code",
    labels: ['provider', 'route', 'status', 'code'],
  },
  failures: {
    name: 'refund_proxy_internal_errors_total',
    type: 'counter',
    help: 'Requests that the proxy failed to answer in a way that nobody has foreseen; 0 from the start',
    labels: ['provider'],
  },
  seconds: {
    name: 'refund_proxy_request_seconds',
    type: 'histogram',
    help: 'Time to an answer',
    labels: ['provider', 'route'],
  },
  sends: {
    name: 'refund_proxy_sends_total',
    type: 'counter',
    help: 'Calls of the provider that may move money, by what became of them',
    labels: ['provider', 'kind', 'state'],
  },
  calls: {
    name: 'refund_proxy_provider_call_seconds',
    type: 'histogram',
    help: 'Time of every call of the provider, by its outcome: a class of answers such as 2xx, not_sent or lost',
    labels: ['provider', 'route', 'outcome'],
  },
  credentials: {
    name: 'refund_proxy_credentials_refused_total',
    type: 'counter',
    help: 'Reads and writes that came to nothing because the provider refused the credentials; 0 from the start',
    labels: ['provider'],
  },
  webhooks: {
    name: 'refund_proxy_webhooks_total',
    type: 'counter',
    help: 'Webhooks, by what became of them',
    labels: ['provider', 'became'],
  },
  webhookSecrets: {
    name: 'refund_proxy_webhook_signatures_total',
    type: 'counter',
    help: 'Webhooks that were believed, by the secret that signed them: current or previous',
    labels: ['provider', 'secret'],
  },
  contradictions: {
    name: 'refund_proxy_contradictions_total',
    type: 'counter',
    help: 'Words of a provider that differ from what is known; each is a reason to look at the unknown intents',
    labels: ['provider'],
  },
  limits: {
    name: 'refund_proxy_limit_refusals_total',
    type: 'counter',
    help: 'Requests that a limit refused: writes of one user, or hints, which are reads that an unsigned callback causes',
    labels: ['provider', 'limit'],
  },
  ledgerWait: {
    name: 'refund_proxy_ledger_wait_seconds',
    type: 'histogram',
    help: 'Time until a transaction of the ledger has its connection and may begin; mode is read or write',
    labels: ['provider', 'mode'],
  },
  ledgerSeconds: {
    name: 'refund_proxy_ledger_seconds',
    type: 'histogram',
    help: 'Whole time of a transaction of the ledger, with its wait; outcome is ok, unavailable or failed',
    labels: ['provider', 'mode', 'outcome'],
  },
  streams: {
    name: 'refund_proxy_event_streams',
    type: 'gauge',
    help: 'Open streams of live status',
    labels: ['provider'],
  },
  unknownIntents: {
    name: 'refund_proxy_unknown_intents',
    type: 'gauge',
    help: 'Intents whose outcome is not known; not 0 for long is a reason to look',
    labels: ['provider'],
  },
  oldestUnknown: {
    name: 'refund_proxy_oldest_unknown_seconds',
    type: 'gauge',
    help: 'How long ago the oldest intent with no known outcome was sent; 0 when there is none',
    labels: ['provider'],
  },
  openContradictions: {
    name: 'refund_proxy_open_contradictions',
    type: 'gauge',
    help: 'Unknown intents of which the provider has said two things that exclude each other: only a person settles them',
    labels: ['provider'],
  },
  awaitingApproval: {
    name: 'refund_proxy_awaiting_approval',
    type: 'gauge',
    help: 'Refunds that wait for a second person',
    labels: ['provider'],
  },
  oldestApproval: {
    name: 'refund_proxy_oldest_awaiting_approval_seconds',
    type: 'gauge',
    help: 'How long the oldest of them has waited; 0 when there is none',
    labels: ['provider'],
  },
  untold: {
    name: 'refund_proxy_untold_payments',
    type: 'gauge',
    help: "Payments with changes that the merchant's server has not taken",
    labels: ['provider'],
  },
  oldestUntold: {
    name: 'refund_proxy_oldest_untold_seconds',
    type: 'gauge',
    help: 'How long ago the oldest of those changes was written; 0 when there is none',
    labels: ['provider'],
  },
  restored: {
    name: 'refund_proxy_ledger_restored',
    type: 'gauge',
    help: '1 while a ledger that was restored from a backup asks the provider about each payment first, until a person ends that',
    labels: ['provider'],
  },
  reconcileLag: {
    name: 'refund_proxy_reconcile_lag_seconds',
    type: 'gauge',
    help: 'How late the most overdue check of a refund or an unknown intent is; 0 when none is due',
    labels: ['provider'],
  },
} as const satisfies Readonly<Record<string, Metric>>;
