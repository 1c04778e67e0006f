/** What the proxy counts. Labels are words of its own: never an id, an amount or a person. */
export interface ProxyMetrics {
  /** One request answered. `route` is a name, not a path. */
  answered(about: { provider: string; route: string; status: number; code: string | undefined; ms: number }): void;
  /** What became of one send. */
  sent(about: { provider: string; kind: string; state: string }): void;
  /** What became of one webhook: `changed`, `duplicate`, `refused`, ... */
  webhook(provider: string, became: string): void;
  /** One word of a provider that differs from what is known. */
  contradicted?(provider: string): void;
  /** Open streams of live status. */
  streams(provider: string, open: number): void;
}

export const NO_METRICS: ProxyMetrics = {
  answered: () => undefined,
  sent: () => undefined,
  webhook: () => undefined,
  streams: () => undefined,
};
