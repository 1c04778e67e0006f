import type { ProxyContext } from '../context.ts';
import type { EventStreams } from './events.ts';
import type { Sender } from '../refunds/send.ts';
import type { OpenTelemetryApi } from '../telemetry/spans.ts';

/** One proxy that runs. */
export interface App {
  readonly context: ProxyContext;
  readonly sender: Sender;
  readonly streams: EventStreams;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly publicOrigin: string | undefined;
  readonly webhookPath: string;
  readonly api: OpenTelemetryApi | undefined;
  /** Requests in progress. */
  readonly running: Set<Promise<Response>>;
  isStopping: boolean;
  /** Shared by all requests. */
  readonly logged: { ofBase: boolean };
}
