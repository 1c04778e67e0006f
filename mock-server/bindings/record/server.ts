import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

import type { Provider } from '../../core/engine/provider.ts';
import { recordedSeed } from '../../core/engine/record/recorded-seed.ts';
import type { Exchange, Recorder } from '../../core/engine/record/recorder.ts';
import { withoutSlash, type Registry } from '../../core/engine/registry.ts';
import { toRfc3339, type Millis } from '../../core/engine/time.ts';
import { JSON_TYPE } from '../../core/engine/wire.ts';
import { listen } from '../listen.ts';
import { IDLE_MS, type CallLine, type RunningServer } from '../node.ts';
import { pathOf, takeAbsolute } from '../node-request.ts';
import { passOn, type Passed } from './pass-on.ts';
import type { Recorded, SeedWriter } from './seed-writer.ts';
import type { Upstreams } from './upstream.ts';

export interface RecordingOptions {
  readonly port: number;
  readonly host: string;
  readonly registry: Registry;
  readonly upstreams: Upstreams;
  readonly writer: SeedWriter;
  /** Epoch milliseconds, for answers that have no time of their own. */
  readonly now: () => Millis;
  readonly onCall?: ((line: CallLine) => void) | undefined;
}

export interface RunningRecording extends RunningServer {
  /** What was seen and is not in the file, as sentences. */
  readonly gaps: () => readonly string[];
}

/** Stands before real providers: passes calls on as they are, and writes a seed of what was answered. */
export async function serveRecording(options: RecordingOptions): Promise<RunningRecording> {
  const { registry, upstreams, writer, now, onCall } = options;
  const recorders = new Map<Provider, Recorder>();
  for (const provider of upstreams.keys()) {
    const recorder = provider.recording?.open();
    if (recorder) recorders.set(provider, recorder);
  }
  const render = (): Recorded => {
    const at = now();
    const { rows, gaps } = recordedSeed(registry.data, recorders, at);
    return { rows, notes: [`Recorded until ${toRfc3339(at)} by refund-form sandbox --record.`, ...gaps] };
  };

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    takeAbsolute(incoming);
    const path = pathOf(incoming);
    const place = locate(options, incoming.method ?? 'GET', path);
    if (!place) return refuse(incoming, outgoing, upstreams);
    const start = performance.now();
    const query = (incoming.url ?? '').slice(path.length);
    const address = new URL(place.upstream.href.replace(/\/$/, '') + place.below + query);
    const passed = await passOn(incoming, outgoing, address);
    if (passed) {
      const exchange = exchangeOf(place, incoming, passed, new URLSearchParams(query), now());
      if (exchange) {
        recorders.get(place.provider)?.learn(exchange);
        writer.write(render);
      }
    }
    const wire = passed ? undefined : 'lost';
    onCall?.({ method: incoming.method ?? '', path, status: passed?.status ?? 0, wire, ms: performance.now() - start });
  };

  const server = createServer({ keepAliveTimeout: IDLE_MS }, (incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      outgoing.destroy();
    });
  });
  const port = await listen(server, options);
  return {
    port,
    gaps: () => recordedSeed(registry.data, recorders, now()).gaps,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await writer.close();
    },
  };
}

interface Place {
  readonly provider: Provider;
  readonly upstream: URL;
  /** Path below the provider's prefix. */
  readonly below: string;
  readonly route: string | undefined;
  readonly params: Exchange['params'];
}

/** The provider of a path. Several share paths at the root: the first with a route for it is taken, else the first. */
function locate({ registry, upstreams }: RecordingOptions, method: string, path: string): Place | undefined {
  const places = [...upstreams].flatMap(([provider, upstream]) =>
    [provider.prefix, provider.rootPrefix].flatMap((prefix): Place[] => {
      if (prefix === undefined || !path.startsWith(`${prefix}/`)) return [];
      const below = path.slice(prefix.length);
      const match = registry.matchers.find((each) => each.provider === provider)?.match(method, withoutSlash(below));
      const found = match?.kind === 'found' ? match : undefined;
      return [{ provider, upstream, below, route: found?.route.name, params: found?.params ?? {} }];
    }),
  );
  return places.find(({ route }) => route !== undefined) ?? places[0];
}

function exchangeOf(
  { route, params }: Place,
  { headers }: IncomingMessage,
  { status, sent, answered }: Passed,
  query: URLSearchParams,
  at: Millis,
): Exchange | undefined {
  if (route === undefined) return undefined;
  const given = headers as Exchange['headers'];
  return { route, params, query, headers: given, status, at, request: jsonOf(sent), answer: jsonOf(answered) };
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString()) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function refuse(incoming: IncomingMessage, outgoing: ServerResponse, upstreams: Upstreams): void {
  incoming.resume();
  const known = [...upstreams.keys()].map(({ prefix }) => `${prefix}/...`).join(' and ');
  const error = `this sandbox records: it passes on ${known}, and has nothing else`;
  outgoing.writeHead(404, { 'content-type': JSON_TYPE });
  outgoing.end(JSON.stringify({ error }));
}
