/** What the proxy counts. Labels are words of its own: never an id, an amount or a person. */
export interface ProxyMetrics {
  /** One request answered. `route` is a name, not a path. */
  answered(about: { provider: string; route: string; status: number; code: string | undefined; ms: number }): void;
  /** What became of one send. */
  sent(about: { provider: string; kind: string; state: string }): void;
  /** One call of the provider. `route` has names in place of ids. */
  called?(about: { provider: string; route: string; outcome: string; ms: number }): void;
  /** What became of one webhook: `changed`, `duplicate`, `refused`, ... */
  webhook(provider: string, became: string): void;
  /** One webhook that was believed, by the secret that signed it. */
  signed?(provider: string, secret: 'current' | 'previous'): void;
  /** One word of a provider that differs from what is known. */
  contradicted?(provider: string): void;
  /** One request that a limit refused. */
  limited?(provider: string, limit: string): void;
  /** One transaction of the ledger: how long it waited until it could begin, and how long it took in all. */
  ledger?(about: { provider: string; mode: 'read' | 'write'; outcome: string; waitMs: number; ms: number }): void;
  /** Open streams of live status. */
  streams(provider: string, open: number): void;
}

export const NO_METRICS: ProxyMetrics = {
  answered: () => undefined,
  sent: () => undefined,
  webhook: () => undefined,
  streams: () => undefined,
};

/** What waits at one provider. A count of 10,000 stands for that many or more; a time is 0 where nothing waits. */
export interface ProxyFigures {
  readonly unknown: number;
  readonly oldestUnknownSeconds: number;
  readonly contradicted: number;
  readonly awaitingApproval: number;
  readonly oldestApprovalSeconds: number;
  readonly untold: number;
  readonly oldestUntoldSeconds: number;
  /** 1 while nothing is sent of a payment before it was compared with the provider, otherwise 0. */
  readonly restored: 0 | 1;
  readonly reconcileLagSeconds: number;
}
