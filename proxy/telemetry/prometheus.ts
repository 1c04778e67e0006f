import type * as PromClient from 'prom-client';

import { METRICS } from './metric-table.ts';
import type { ProxyFigures, ProxyMetrics } from './metrics.ts';
import { optionalPackage } from '../optional-package.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

export interface PrometheusMetrics extends ProxyMetrics {
  readonly contentType: string;
  /**
   * Renders the metrics in Prometheus' text format. `figures`: what is pending, by provider; `undefined` when it cannot
   * be read.
   */
  text(figures: Readonly<Record<string, ProxyFigures | undefined>>): Promise<string>;
}

type Name = keyof typeof METRICS;

/** Counts for Prometheus, in its own registry. Needs Node; other runtimes bring their own `ProxyMetrics`. */
export function prometheusMetrics(): PrometheusMetrics {
  const { Counter, Gauge, Histogram, Registry } = optionalPackage(
    'prom-client',
    'prometheusMetrics',
  ) as typeof PromClient;
  const registry = new Registry();
  const about = (key: Name) => {
    const { name, help, labels } = METRICS[key];
    return { name, help, labelNames: labels, registers: [registry] };
  };
  const counter = (key: Name) => new Counter<string>(about(key));
  const gauge = (key: Name) => new Gauge<string>(about(key));
  const histogram = (key: Name) => new Histogram<string>({ ...about(key), buckets: SECONDS });
  const requests = counter('requests');
  const failures = counter('failures');
  const seconds = histogram('seconds');
  const sends = counter('sends');
  const calls = histogram('calls');
  const credentials = counter('credentials');
  const webhooks = counter('webhooks');
  const webhookSecrets = counter('webhookSecrets');
  const contradictions = counter('contradictions');
  const limits = counter('limits');
  const ledgerWait = histogram('ledgerWait');
  const ledgerSeconds = histogram('ledgerSeconds');
  const streams = gauge('streams');
  const waiting: Readonly<Record<keyof ProxyFigures, PromClient.Gauge>> = {
    unknown: gauge('unknownIntents'),
    oldestUnknownSeconds: gauge('oldestUnknown'),
    contradicted: gauge('openContradictions'),
    awaitingApproval: gauge('awaitingApproval'),
    oldestApprovalSeconds: gauge('oldestApproval'),
    untold: gauge('untold'),
    oldestUntoldSeconds: gauge('oldestUntold'),
    restored: gauge('restored'),
    reconcileLagSeconds: gauge('reconcileLag'),
  };
  const begun = new Set<string>();
  /** `increase()` sees the first one only if there was a zero before it. */
  const begin = (provider: string) => {
    if (begun.has(provider)) return;
    begun.add(provider);
    credentials.inc({ provider }, 0);
    failures.inc({ provider }, 0);
    webhooks.inc({ provider, became: 'refused' }, 0);
    for (const secret of ['current', 'previous']) webhookSecrets.inc({ provider, secret }, 0);
    limits.inc({ provider, limit: 'writes' }, 0);
    for (const mode of ['read', 'write']) ledgerSeconds.zero({ provider, mode, outcome: 'unavailable' });
  };
  return {
    contentType: registry.contentType,
    answered({ provider, route, status, code, ms }) {
      requests.inc({ provider, route, status, code: code ?? '' });
      if (code === 'internal_error') failures.inc({ provider });
      seconds.observe({ provider, route }, ms / 1000);
    },
    sent: ({ provider, kind, state }) => sends.inc({ provider, kind, state }),
    called: ({ provider, route, outcome, ms }) => calls.observe({ provider, route, outcome }, ms / 1000),
    credentialsRefused: (provider) => credentials.inc({ provider }),
    webhook: (provider, became) => webhooks.inc({ provider, became }),
    signed: (provider, secret) => webhookSecrets.inc({ provider, secret }),
    contradicted: (provider) => contradictions.inc({ provider }),
    limited: (provider, limit) => limits.inc({ provider, limit }),
    ledger({ provider, mode, outcome, waitMs, ms }) {
      begin(provider);
      ledgerWait.observe({ provider, mode }, waitMs / 1000);
      ledgerSeconds.observe({ provider, mode, outcome }, ms / 1000);
    },
    streams: (provider, open) => streams.set({ provider }, open),
    async text(figures) {
      for (const [provider, known] of Object.entries(figures)) {
        begin(provider);
        for (const [name, each] of Object.entries(waiting)) {
          each.set({ provider }, known?.[name as keyof ProxyFigures] ?? Number.NaN);
        }
      }
      return registry.metrics();
    },
  };
}
