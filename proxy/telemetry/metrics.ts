/** What the proxy counts. Labels are fixed words: never an id, an amount or a person. */
export interface ProxyMetrics {
  /** One answered request. `route` is a name, not a path. */
  answered(about: { provider: string; route: string; status: number; code: string | undefined; ms: number }): void;
  /** The outcome of one send. */
  sent(about: { provider: string; kind: string; state: string }): void;
  /** One provider call. `route` has names in place of ids. */
  called?(about: { provider: string; route: string; outcome: string; ms: number }): void;
  /** One call that came to nothing because the provider refused the credentials. */
  credentialsRefused?(provider: string): void;
  /** The outcome of one webhook: `changed`, `duplicate`, `refused`, ... */
  webhook(provider: string, became: string): void;
  /** One verified webhook, by the secret that signed it. */
  signed?(provider: string, secret: 'current' | 'previous'): void;
  /** One statement of a provider that contradicts what is known. */
  contradicted?(provider: string): void;
  /** One request that exceeded a rate limit. */
  limited?(provider: string, limit: string): void;
  /** One transaction of the ledger: its wait before it began, and its whole duration. */
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

/** What is pending at one provider. A count of 10,000 means that many or more; a time is 0 when nothing is pending. */
export interface ProxyFigures {
  readonly unknown: number;
  readonly oldestUnknownSeconds: number;
  readonly contradicted: number;
  readonly awaitingApproval: number;
  readonly oldestApprovalSeconds: number;
  readonly untold: number;
  readonly oldestUntoldSeconds: number;
  /** 1 after a restore, while a payment has to be compared with the provider before anything is sent; otherwise 0. */
  readonly restored: 0 | 1;
  readonly reconcileLagSeconds: number;
}
