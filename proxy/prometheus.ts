import { Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { ProxyMetrics } from './metrics.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20];

export interface PrometheusMetrics extends ProxyMetrics {
  readonly contentType: string;
  /** The numbers of now, in Prometheus' text format. `unknown`: refunds by provider that wait for a person or an answer. */
  text(unknown: Readonly<Record<string, number>>): Promise<string>;
}

/** Counts for Prometheus, in a registry of its own. Needs Node; another runtime brings its own `ProxyMetrics`. */
export function prometheusMetrics(): PrometheusMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'refund_proxy_requests_total',
    help: "Requests answered, by route, status and the proxy's own problem code",
    labelNames: ['provider', 'route', 'status', 'code'],
    registers,
  });
  const seconds = new Histogram({
    name: 'refund_proxy_request_seconds',
    help: 'Time to an answer',
    labelNames: ['provider', 'route'],
    buckets: SECONDS,
    registers,
  });
  const sends = new Counter({
    name: 'refund_proxy_sends_total',
    help: 'Calls of the provider that may move money, by what became of them',
    labelNames: ['provider', 'kind', 'state'],
    registers,
  });
  const webhooks = new Counter({
    name: 'refund_proxy_webhooks_total',
    help: 'Webhooks, by what became of them',
    labelNames: ['provider', 'became'],
    registers,
  });
  const contradictions = new Counter({
    name: 'refund_proxy_contradictions_total',
    help: 'Words of a provider that differ from what is known; each is a reason to look at the unknown intents',
    labelNames: ['provider'],
    registers,
  });
  const streams = new Gauge({
    name: 'refund_proxy_event_streams',
    help: 'Open streams of live status',
    labelNames: ['provider'],
    registers,
  });
  const unknownIntents = new Gauge({
    name: 'refund_proxy_unknown_intents',
    help: 'Intents whose outcome is not known; not 0 for long is a reason to look',
    labelNames: ['provider'],
    registers,
  });
  return {
    contentType: registry.contentType,
    answered({ provider, route, status, code, ms }) {
      requests.inc({ provider, route, status, code: code ?? '' });
      seconds.observe({ provider, route }, ms / 1000);
    },
    sent: ({ provider, kind, state }) => sends.inc({ provider, kind, state }),
    webhook: (provider, became) => webhooks.inc({ provider, became }),
    contradicted: (provider) => contradictions.inc({ provider }),
    streams: (provider, open) => streams.set({ provider }, open),
    async text(unknown) {
      for (const [provider, count] of Object.entries(unknown)) unknownIntents.set({ provider }, count);
      return registry.metrics();
    },
  };
}
