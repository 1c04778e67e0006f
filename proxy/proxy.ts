import { Announcer } from './refunds/announce.ts';
import { checkOptions, strangeOptions } from './hooks/check-options.ts';
import type { ProxyContext } from './context.ts';
import { EventStreams } from './http/events.ts';
import { answer } from './http/answer.ts';
import type { App } from './http/app.ts';
import type { ProviderIo } from './providers/exchange.ts';
import { LedgerUnavailableError } from './ledger/errors.ts';
import { allowlistLog, errorFields } from './telemetry/log.ts';
import { NO_METRICS, type ProxyFigures } from './telemetry/metrics.ts';
import type { RefundProxyOptions } from './options.ts';
import { RateLimiter } from './http/rate-limit.ts';
import { routeAt } from './http/routes.ts';
import { reconcile, type Reconciled } from './refunds/reconcile.ts';
import { Sender } from './refunds/send.ts';
import { traced } from './telemetry/watched.ts';

export interface RefundProxy<Original = unknown> {
  readonly basePath: string;
  readonly provider: string;
  /**
   * Answers one request below `basePath`. Never rejects. `original`: the framework's own request, which `authorize` then
   * receives.
   */
  fetch(request: Request, original?: Original): Promise<Response>;
  /**
   * Call it once before the first request: the outcome of what an earlier process was sending is unknown. Returns how
   * many there were.
   */
  recover(): Promise<number>;
  /**
   * Reads from the provider every refund that is due and not final. Call it every few seconds. `signal` ends the round
   * early.
   */
  reconcile(signal?: AbortSignal): Promise<Reconciled>;
  /**
   * Delivers due changes to `onChange`. Call it every second or so, even while an earlier call runs: it delivers for at
   * most 20 payments at once. `signal` ends the round early. Returns how many changes were accepted.
   */
  announce(signal?: AbortSignal): Promise<number>;
  /** Whether it accepts refunds now: it is not closing, and its ledger can be read and written. */
  ready(): Promise<boolean>;
  /**
   * How many intents have an unknown outcome, as a whole or for one vendor, for monitoring. 1,000 means that many or
   * more.
   */
  unknownIntents(): Promise<number>;
  /** What is pending, for monitoring. It is read at each scrape, and bounded however large the ledger is. */
  figures(): Promise<ProxyFigures>;
  /** Refuses new requests, ends every stream, and resolves when nothing is running. The ledger stays open. */
  close(): Promise<void>;
}

/**
 * The thin proxy for one provider, as a fetch handler for any server. It adds the credentials, and makes sure that one
 * intent becomes one refund, whatever breaks.
 *
 * @throws TypeError that names every option that is missing or wrong.
 */
export function createRefundProxy<Original = unknown>(options: RefundProxyOptions<Original>): RefundProxy<Original> {
  checkOptions(options);
  const { provider, basePath, ledger, merchant = 'default', timeoutMs = 20_000, fetch: send = fetch } = options;
  const now = options.now ?? Date.now;
  const log = allowlistLog(options.logger);
  const field = strangeOptions(options).join(', ');
  if (field) log.warn('createRefundProxy was given members that are no options of it, and do nothing', { field });
  const io: ProviderIo = {
    // On Workers, `fetch` throws "Illegal invocation" when it is called as a method of another object.
    fetch: (input, init) => send(input, init),
    now,
    timeoutMs,
    replaceShared: (name, replace) => ledger.replaceShared(name, replace),
  };
  const webhookPath = options.webhookPath ?? '/webhooks';
  const taken = routeAt(webhookPath, basePath, provider);
  if (taken !== undefined) {
    throw new TypeError(
      `createRefundProxy: webhookPath: expected a path of its own such as /webhooks, received the string "${webhookPath}": ` +
        `it would take the place of ${taken}`,
    );
  }
  const cutting = new AbortController();
  const originals = new WeakMap<Request, Original>();
  const context: ProxyContext = {
    provider,
    session: provider.connect(io),
    io,
    scope: { merchant, provider: provider.name },
    basePath,
    ledger,
    orders: async (paymentId, about) => options.orders(paymentId, about),
    authorize: async (request, about) => options.authorize(request, { ...about, original: originals.get(request) }),
    authenticate:
      options.authenticate &&
      (async (request, about) => options.authenticate?.(request, { ...about, original: originals.get(request) })),
    limiter: new RateLimiter(options.rateLimit, { ledger, name: `writes of ${merchant} ${provider.name}` }),
    hints: new RateLimiter(
      { writes: HINTS_A_MINUTE, perMs: 60_000 },
      { ledger, name: `hints of ${merchant} ${provider.name}`, limit: 'hints' },
    ),
    metrics: options.metrics ?? NO_METRICS,
    approvalMs: options.approvalMs ?? 86_400_000,
    hookMs: timeoutMs,
    now,
    timeoutMs,
    newId: options.newId ?? (() => crypto.randomUUID()),
    maxBodyBytes: options.maxBodyBytes ?? 65_536,
    cut: cutting.signal,
    log,
  };
  const announcer =
    options.onChange && new Announcer(context, async (change, about) => options.onChange?.(change, about));
  if (announcer) ledger.keepChanges(context.scope);
  ledger.onContradiction(({ merchant: whose, provider: of, intentId }, by) => {
    if (whose !== merchant || of !== provider.name) return;
    log.warn('a provider contradicts what is known', { ...by, provider: of, intent: intentId });
    context.metrics.contradicted?.(of);
  });
  const sender = new Sender(context);
  const app: App = {
    context,
    sender,
    streams: new EventStreams(context, options.events),
    allowedOrigins: new Set(options.allowedOrigins),
    publicOrigin: options.publicOrigin,
    webhookPath,
    api: options.openTelemetry,
    running: new Set(),
    isStopping: false,
    logged: { ofBase: false },
  };
  const unknown = (limit: number) =>
    ledger.intents(context.scope, { states: ['unknown'], withUnknownParts: true, limit });
  return {
    basePath,
    provider: provider.name,
    fetch(request, original) {
      if (original !== undefined) originals.set(request, original);
      const work = answer(app, request);
      app.running.add(work);
      void work.finally(() => app.running.delete(work));
      return work;
    },
    async recover() {
      const lost = await ledger.recover(context.scope, now());
      if (await ledger.restored()) log.warn(RESTORED_WORDS, { provider: provider.name });
      return lost;
    },
    reconcile: (signal) => sender.outcomes.afterUnrecorded(() => reconcileTraced(app, signal)),
    announce: async (signal) => announcer?.round(signal) ?? 0,
    async ready() {
      if (app.isStopping) return false;
      try {
        await unknown(1);
        await ledger.tryWriting(now());
        return !app.isStopping;
      } catch (error) {
        if (!(error instanceof LedgerUnavailableError)) throw error;
        return false;
      }
    },
    unknownIntents: async () => (await unknown(MAX_COUNTED)).length,
    async figures() {
      const found = await ledger.figures(context.scope, { follows: provider.reverses });
      const age = (since: number | undefined) => Math.max(0, now() - (since ?? now())) / 1000;
      return {
        unknown: found.unknown,
        oldestUnknownSeconds: age(found.unknownSince),
        contradicted: found.contradicted,
        awaitingApproval: found.awaitingApproval,
        oldestApprovalSeconds: age(found.awaitingApprovalSince),
        untold: found.untold,
        oldestUntoldSeconds: age(found.untoldSince),
        restored: (await ledger.restored()) ? 1 : 0,
        reconcileLagSeconds: age(found.nextCheckAt),
      };
    },
    async close() {
      app.isStopping = true;
      app.streams.close();
      // A slow sender must not keep the outcomes of others from being written.
      const cut = setTimeout(() => cutting.abort(), UNREAD_MS);
      // First the running requests, then those that were refused meanwhile: this ends however many more come.
      await Promise.allSettled(app.running);
      clearTimeout(cut);
      await sender.drain();
      await Promise.allSettled(app.running);
    },
  };
}

const RESTORED_WORDS =
  'the ledger was restored from a backup: nothing is sent of a payment before it was compared with the provider';
/** How long a stopping proxy waits for the rest of a request. Milliseconds. P */
const UNREAD_MS = 2_000;
const HINTS_A_MINUTE = 6;
const MAX_COUNTED = 1_000;

async function reconcileTraced(app: App, signal: AbortSignal | undefined): Promise<Reconciled> {
  const { context, span } = traced(app.context, 'reconcile', { api: app.api });
  try {
    const reconciled = await span.run(() => reconcile(context, app.sender.outcomes, signal));
    span.end();
    return reconciled;
  } catch (error) {
    span.end({}, String(errorFields(error).error_name));
    throw error;
  }
}
