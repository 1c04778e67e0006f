import { getResponse, http, HttpResponse, type HttpHandler } from 'msw';
import * as z from 'zod/mini';

import { createSandboxHandlers } from '../../mock-server/msw.ts';
import { createRefundProxy, DurableObjectLedger, upayments, uqpay, type RefundProxy } from '../../proxy/portable.ts';
import { endpointOf, receivers } from '../api.ts';
import { PROVIDER_TIMEOUT_MS } from '../faults.ts';
import { ORDERS, PROVIDERS } from '../orders.ts';
import { authorizeBy } from '../people.ts';
import { RECORD_PATH, recordOf } from '../record.ts';
import { SharedClock } from '../shared-clock.ts';
import type { Keeper, Kept } from './keep.ts';
import { openStorage } from './storage.ts';

/** Milliseconds between two rounds in which the proxies read refunds that are not final. */
const RECONCILE_EVERY_MS = 5_000;

/** The address names the page's folder, which may be at http:// of another machine, and nothing goes to the network. */
const INSIDE = { allowPlainHttp: true };

export interface WorldOptions {
  /** The address of the page's folder, without a slash at its end. */
  readonly base: string;
  readonly keeper: Keeper;
  readonly kept: Kept;
  readonly wasmBinary: ArrayBuffer;
}

/**
 * The sandbox and the proxy, as handlers for the page's service worker. The proxy calls the sandbox directly, and the
 * sandbox the proxy's webhook address: nothing goes to the network.
 *
 * @throws Error when the kept state cannot be used
 */
export async function createWorld({ base, keeper, kept, wasmBinary }: WorldOptions): Promise<HttpHandler[]> {
  const sandbox = createSandboxHandlers({
    baseUrl: base,
    webhooks: { endpoints: receivers(), allowHosts: [new URL(base).host], signedAt: () => clock.now() },
    sendWebhook: async (request) => (await answerOf(proxies, request)) ?? new Response(null, { status: 404 }),
  });
  const ask = async (request: Request): Promise<Response> => {
    const answer = await getResponse(sandbox, request);
    if (!answer) throw new TypeError(`The sandbox does not serve ${request.url}`);
    return answer;
  };
  const control = async (path: string, body?: string): Promise<Response> => {
    const answer = await ask(
      new Request(`${base}/_sandbox/${path}`, body === undefined ? {} : { method: 'POST', body }),
    );
    if (!answer.ok) throw new Error(`_sandbox/${path} answered ${answer.status}: ${await answer.text()}`);
    return answer;
  };
  if (kept.sandbox !== undefined) {
    await control('restore', kept.sandbox);
    await control('clock', JSON.stringify({ set: resumedClock(kept.sandbox, Date.now()) }));
  }
  const clock = new SharedClock(await sourceOf(await control('clock')));
  /** A write is kept before it is answered, also one whose answer is lost. */
  const call = async (request: Request): Promise<Response> => {
    const answer = await ask(request);
    if (request.method !== 'GET') {
      clock.follow(await sourceOf(await control('clock')));
      const snapshot = await control('snapshot');
      await keeper.keep('sandbox', await snapshot.text());
    }
    return answer;
  };

  const ledger = new DurableObjectLedger({
    storage: await openStorage({ wasmBinary, file: kept.ledger, keep: (file) => keeper.keep('ledger', file) }),
  });
  const shared = {
    ledger,
    orders: async (paymentId: string) => ORDERS.find(({ payment_id }) => payment_id === paymentId),
    // A page's own request shows its cookies to nobody, so they are read where it was made.
    authorize: authorizeBy(() => document.cookie),
    timeoutMs: PROVIDER_TIMEOUT_MS,
    fetch: providerFetch(call),
    now: clock.now,
  };
  const proxies: RefundProxy[] = [
    createRefundProxy({
      ...shared,
      basePath: pathOf('uqpay'),
      provider: uqpay({
        baseUrl: `${base}/uqpay/api`,
        clientId: 'sandbox-client',
        apiKey: 'sandbox-key',
        webhookSecret: 'sandbox-webhook-secret',
        ...INSIDE,
      }),
    }),
    createRefundProxy({
      ...shared,
      basePath: pathOf('upayments'),
      provider: upayments({ baseUrl: `${base}/upayments/api/v1`, token: 'jtest123', ...INSIDE }),
    }),
  ];
  for (const proxy of proxies) {
    await proxy.recover();
    void reconcileForever(proxy);
  }
  return [
    http.get(`${base}/${RECORD_PATH}/:provider/:payment`, async ({ params }) =>
      HttpResponse.json(await recordOf(ledger, String(params['provider']), String(params['payment']))),
    ),
    http.all(`${base}/_sandbox/*`, ({ request }) => call(request)),
    http.all(`${base}/refunds/*`, async ({ request }) => {
      const answer = await answerOf(proxies, request);
      return answer && dated(answer, clock.now());
    }),
  ];
}

const clockAnswer = z.looseObject({ mode: z.enum(['running', 'frozen']), epoch_ms: z.number() });
const keptClock = z.looseObject({
  clock: z.looseObject({ mode: z.enum(['running', 'frozen']), now: z.number(), offset: z.number() }),
});

/** The sandbox's clock, from its answer about it. It is valid until the next change of that clock. */
async function sourceOf(answer: Response): Promise<() => number> {
  const { mode, epoch_ms: at } = z.parse(clockAnswer, await answer.json());
  const ahead = at - Date.now();
  return mode === 'frozen' ? () => at : () => Date.now() + ahead;
}

/**
 * The time of a kept sandbox as if it had never stopped. A restored sandbox begins at the time at which it was kept last,
 * and the ledger may know a later one: the clock must not go back.
 */
function resumedClock(snapshot: string, now: number): string {
  const { clock } = z.parse(keptClock, JSON.parse(snapshot));
  return new Date(clock.mode === 'frozen' ? clock.now : Math.max(clock.now, now + clock.offset)).toISOString();
}

/** The page reads the proxy's time where a server would tell it. */
function dated(answer: Response, now: number): Response {
  const headers = new Headers(answer.headers);
  headers.set('date', new Date(now).toUTCString());
  return new Response(answer.body, { status: answer.status, headers });
}

const pathOf = (provider: keyof typeof PROVIDERS) => new URL(endpointOf({ provider }), document.baseURI).pathname;

/** The answer of the proxy that serves this path. */
async function answerOf(proxies: readonly RefundProxy[], request: Request): Promise<Response | undefined> {
  const { pathname } = new URL(request.url);
  const proxy = proxies.find(({ basePath }) => pathname.startsWith(`${basePath}/`));
  const answer = await proxy?.fetch(request);
  const isDescription = proxy && request.method === 'GET' && pathname === `${proxy.basePath}/`;
  if (!answer || !isDescription) return answer;
  // An EventSource passes the service worker by, so a form polls here.
  return HttpResponse.json({ ...((await answer.json()) as object), events: false });
}

/** `fetch` to the sandbox: it rejects where a connection would drop, and when nobody waits any more. */
function providerFetch(call: (request: Request) => Promise<Response>): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const { signal } = request;
    signal.throwIfAborted();
    const answer = await new Promise<Response>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      call(request).then(resolve, reject);
    });
    if (answer.type === 'error') throw new TypeError('The connection dropped');
    return answer;
  };
}

async function reconcileForever(proxy: RefundProxy): Promise<void> {
  for (;;) {
    await new Promise((resolve) => void setTimeout(resolve, RECONCILE_EVERY_MS));
    await proxy.reconcile().catch(reportError);
  }
}
