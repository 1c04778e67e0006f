import type { PaymentSummary } from '../../contract/payment.ts';
import type { Environment } from '../../widget/browser/environment.ts';

/** A request that the form sent. */
export interface SentRequest {
  readonly method: string;
  /** Path below `/refunds`, with the query. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** What a request receives: an answer, or a failure of the connection. */
export type Reply =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string;
      readonly headers?: Record<string, string>;
    }
  /** The connection breaks. */
  | 'drop'
  /** No answer ever comes. */
  | 'hang'
  /** The headers and half of the body arrive, and then nothing more. */
  | 'stall';

type Script = Reply | readonly Reply[] | ((request: SentRequest) => Reply | Promise<Reply>);

type Listener = (summary: PaymentSummary, repeated?: boolean) => void;

export interface FakeEnvironment extends Environment {
  /** Every request that the form sent, in order. */
  readonly requests: SentRequest[];
  /** Only the requests that may move money. */
  readonly writes: () => SentRequest[];
  /** The content of the browser's storage. */
  readonly memory: Map<string, string>;
  /** The content of the storage of this tab. */
  readonly tabMemory: Map<string, string>;
  /** Sets the reply to `METHOD /path`. Each request takes the next reply of a list; the last one repeats. */
  readonly on: (route: string, script: Script) => void;
  /** Moves the clock and runs the timers that are due. */
  readonly advance: (ms: number) => void;
  /** Whether the page is hidden. */
  isHidden: boolean;
  /** Whether the browser reports that it is offline. */
  isOffline: boolean;
  /** The callback of each payment that a form follows now, by payment id. */
  readonly listeners: Map<string, Listener>;
  /** Whether a stream of events follows these payments. */
  isLive: boolean;
}

export const T0 = Date.UTC(2026, 10, 21, 9, 30, 0);

export const SUMMARY = {
  payment_id: 'PI1',
  currency: 'KWD',
  captured: '100.000',
  refunded: '20.000',
  pending: '5.000',
  refundable: '75.000',
  payment_method: 'card',
};

export const uqpayRefund = (status: string, more: Record<string, unknown> = {}) => ({
  payment_refund_id: 'RF1',
  amount: '12.500',
  currency: 'KWD',
  refund_status: status,
  ...more,
});

/** UPayments' answer to a write that succeeded. */
export const upaymentsSuccess = (data: unknown): Reply => ({
  status: 201,
  json: { status: true, message: 'success', data },
});

/** UPayments has made a refund that can be cancelled. */
export const REFUND_CREATED_REPLY = upaymentsSuccess({ orderId: 'longHsUD', refundOrderId: 'HsUD', refundArn: '2023' });

/** Two vendors of one order. Neither has a refund. */
export const VENDOR_ROWS = ['KW91KFHO0000000000051010173254', 'KW31NBOK0000000000002010177457'].map(
  (ibanNumber, index) => ({
    refundRequestId: `r${index}`,
    ibanNumber,
    totalPaid: '50.000',
    refundedAmount: 0,
    remainingLimit: 50,
    amountToRefund: 0,
    merchantType: 'vendor',
  }),
);
/** The answer to step one of a refund over these vendors. */
export const VENDORS_OPENED_REPLY = upaymentsSuccess({
  orderId: 'o',
  isMultivendorRefund: true,
  refundPayload: VENDOR_ROWS,
  multivendor_refund_end_point: 'https://x',
});

const generated = [1, 2].map((generatedInvoiceId) => ({
  generatedInvoiceId,
  amount: 6.25,
  orderId: `g${generatedInvoiceId}`,
  refundOrderId: 'ro',
  refundArn: 'arn',
}));
/** Both vendors' refunds are made, of half of 12.500 each. */
export const BOTH_VENDORS_REPLY = upaymentsSuccess({
  responseData: { generated, dataTempered: [], refundIssue: [], insufficientBalance: [] },
});

export const problemOf = (code: string, status: number, more: Record<string, unknown> = {}): Reply => ({
  status,
  json: { title: code, status, code, ...more },
});

/**
 * A fake of everything that the form needs from outside: the server, the clock, the ids and the storage. The test
 * decides every answer and every step of the clock. `fetch` takes and returns real `Request` and `Response` objects.
 */
export function fakeEnvironment(
  options: {
    summary?: unknown;
    deduplicates?: boolean;
    events?: boolean;
    /** `max_event_payments` of the proxy. */
    maxEventPayments?: number;
    memory?: Map<string, string>;
    /** Given again, it makes a second environment the same tab after a reload. */
    tabMemory?: Map<string, string>;
    /** The ids begin after this number. A second environment needs ids that the first one did not use. */
    lastUsedId?: number;
  } = {},
): FakeEnvironment {
  const {
    summary = SUMMARY,
    deduplicates = true,
    events = false,
    maxEventPayments = events ? 50 : 0,
    memory = new Map<string, string>(),
    tabMemory = new Map<string, string>(),
    lastUsedId = 0,
  } = options;
  const scripts = new Map<string, Script>([
    [
      'GET /',
      {
        json: {
          name: 'refund-form-proxy',
          provider: 'uqpay',
          deduplicates,
          events,
          ...(maxEventPayments && { max_event_payments: maxEventPayments }),
        },
      },
    ],
    // A proxy answers for the payment that it is asked about.
    [
      'GET /payments/*',
      ({ path }) => ({
        json: { ...(summary as object), payment_id: decodeURIComponent(path.replace(/^.*\/|\?.*$/g, '')) },
      }),
    ],
  ]);
  const replyCounts = new Map<string, number>();
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  const requests: SentRequest[] = [];
  const listeners = new Map<string, Listener>();
  let now = T0;
  let ids = lastUsedId;
  let timerIds = 0;

  const findScript = (method: string, path: string): [route: string, script: Script] | undefined => {
    const exact = `${method} ${path}`;
    if (scripts.has(exact)) return [exact, scripts.get(exact)!];
    return [...scripts].find(([route]) => route.endsWith('*') && exact.startsWith(route.slice(0, -1)));
  };
  const replyTo = async (request: SentRequest): Promise<Reply> => {
    const match = findScript(request.method, request.path);
    if (!match) return { status: 404, json: { title: 'Not found', status: 404, code: 'path_not_allowed' } };
    const [route, script] = match;
    if (typeof script === 'function') return script(request);
    if (!Array.isArray(script)) return script as Reply;
    const index = replyCounts.get(route) ?? 0;
    replyCounts.set(route, index + 1);
    return (script as readonly Reply[])[Math.min(index, script.length - 1)]!;
  };

  const environment: FakeEnvironment = {
    requests,
    listeners,
    memory,
    tabMemory,
    isHidden: false,
    isLive: true,
    isOffline: false,
    writes: () => requests.filter(({ method }) => method !== 'GET'),
    on(route, script) {
      scripts.set(route, script);
      replyCounts.delete(route);
    },
    advance(ms) {
      now += ms;
      for (const [id, timer] of timers) {
        if (timer.at <= now && timers.delete(id)) timer.run();
      }
    },
    async fetch(input, init) {
      const request = new Request(input, init);
      const { pathname, search } = new URL(request.url);
      const text = await request.text();
      const path = pathname.replace('/refunds', '') + search;
      const sentRequest: SentRequest = {
        method: request.method,
        path,
        headers: request.headers,
        body: text ? JSON.parse(text) : undefined,
      };
      requests.push(sentRequest);
      const reply = await replyTo(sentRequest);
      if (reply === 'drop') throw new TypeError('Failed to fetch');
      if (reply === 'hang') {
        return new Promise((_, reject) => {
          onAbort(request.signal, () => reject(request.signal.reason as Error));
        });
      }
      if (reply === 'stall') {
        const { signal } = request;
        const body = new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode('{"payment_refund_id":'));
            onAbort(signal, () => stream.error(signal.reason));
          },
        });
        return new Response(body, { headers: { 'content-type': 'application/json' } });
      }
      const { status = 200, json, text: raw, headers } = reply;
      return new Response(raw ?? JSON.stringify(json), {
        status,
        headers: { 'content-type': 'application/json', date: new Date(now).toUTCString(), ...headers },
      });
    },
    now: () => now,
    elapsed: () => now - T0,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    storage: () => storageOf(memory),
    tabStorage: () => storageOf(tabMemory),
    locks: fakeLocks(),
    later(callback, ms) {
      const id = ++timerIds;
      timers.set(id, { at: now + ms, run: callback });
      return () => timers.delete(id);
    },
    listen({ paymentId }, listener) {
      listeners.set(paymentId, listener);
      return { live: () => environment.isLive, stop: () => void listeners.delete(paymentId) };
    },
    offline: () => environment.isOffline,
    hidden: () => environment.isHidden,
    timeout: 60_000,
  };
  return environment;
}

/** The time may be up before anybody listens. */
function onAbort(signal: AbortSignal, act: () => void): void {
  if (signal.aborted) act();
  else signal.addEventListener('abort', act);
}

function storageOf(memory: Map<string, string>): NonNullable<ReturnType<Environment['storage']>> {
  return {
    getItem: (key) => memory.get(key) ?? null,
    setItem: (key, value) => void memory.set(key, value),
    removeItem: (key) => void memory.delete(key),
  };
}

/** Web Locks of one browser. Each environment has its own, so that a lock that one test leaves behind blocks no other test. */
function fakeLocks(): NonNullable<Environment['locks']> {
  const lockNames = new Set<string>();
  const request = async (name: string, _options: LockOptions, work: (lock: Lock | null) => unknown) => {
    if (lockNames.has(name)) return work(null);
    lockNames.add(name);
    try {
      return await work({ name, mode: 'exclusive' });
    } finally {
      lockNames.delete(name);
    }
  };
  return { request: request as LockManager['request'] };
}
