import type { PaymentSummary } from '../../contract/payment.ts';
import type { Environment } from '../../widget/browser/environment.ts';

/** A request as it left the form. */
export interface Seen {
  readonly method: string;
  /** Below `/refunds`. */
  readonly path: string;
  readonly headers: Headers;
  readonly body: unknown;
}

/** An answer, or what happens instead of one. */
export type Reply =
  | {
      readonly status?: number;
      readonly json?: unknown;
      readonly text?: string;
      readonly headers?: Record<string, string>;
    }
  | 'drop'
  | 'hang'
  /** The head of an answer and half of its body arrive, and then nothing more. */
  | 'stall';

type Script = Reply | readonly Reply[] | ((seen: Seen) => Reply | Promise<Reply>);

type Heard = (summary: PaymentSummary, repeated?: boolean) => void;

export interface FarSide extends Environment {
  /** Everything that was sent, in order. */
  readonly seen: Seen[];
  /** Only what may move money. */
  readonly writes: () => Seen[];
  readonly memory: Map<string, string>;
  /** Answers `METHOD /path` from now on; a list is used up one by one, and its last answer stays. */
  readonly on: (route: string, script: Script) => void;
  /** Moves the clock and runs what is due. */
  readonly advance: (ms: number) => void;
  hide: boolean;
  /** What the browser says of its network. */
  isOffline: boolean;
  /** Payments that are listened to at present, and what each event calls. */
  readonly listening: Map<string, Heard>;
  /** Whether a stream tells of them. */
  live: boolean;
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

/** An answer of UPayments to a write that it carried out. */
export const upaymentsMade = (data: unknown): Reply => ({
  status: 201,
  json: { status: true, message: 'success', data },
});

/** Two vendors of one order, neither refunded. */
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
/** Step one of a refund over them. */
export const VENDORS_OPENED = upaymentsMade({
  orderId: 'o',
  isMultivendorRefund: true,
  refundPayload: VENDOR_ROWS,
  multivendor_refund_end_point: 'https://x',
});

export const problemOf = (code: string, status: number, more: Record<string, unknown> = {}): Reply => ({
  status,
  json: { title: code, status, code, ...more },
});

/**
 * The far side of the form, and its clock, ids and storage: nothing happens that the test did not write down. Answers
 * come through a real `fetch` signature with real `Request` and `Response` objects.
 */
export function farSide(
  options: {
    summary?: unknown;
    deduplicates?: boolean;
    events?: boolean;
    /** `max_event_payments` of the proxy. */
    most?: number;
    memory?: Map<string, string>;
    from?: number;
  } = {},
): FarSide {
  const {
    summary = SUMMARY,
    deduplicates = true,
    events = false,
    most = events ? 50 : 0,
    memory = new Map<string, string>(),
    from = 0,
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
          ...(most && { max_event_payments: most }),
        },
      },
    ],
    ['GET /payments/*', { json: summary }],
  ]);
  const used = new Map<string, number>();
  const timers = new Map<number, { readonly at: number; readonly run: () => void }>();
  const seen: Seen[] = [];
  const listening = new Map<string, Heard>();
  let now = T0;
  let ids = from;
  let timerIds = 0;

  const find = (method: string, path: string): [route: string, script: Script] | undefined => {
    const exact = `${method} ${path}`;
    if (scripts.has(exact)) return [exact, scripts.get(exact)!];
    return [...scripts].find(([route]) => route.endsWith('*') && exact.startsWith(route.slice(0, -1)));
  };
  const replyTo = async (request: Seen): Promise<Reply> => {
    const found = find(request.method, request.path);
    if (!found) return { status: 404, json: { title: 'Not found', status: 404, code: 'path_not_allowed' } };
    const [route, script] = found;
    if (typeof script === 'function') return script(request);
    if (!Array.isArray(script)) return script as Reply;
    const index = used.get(route) ?? 0;
    used.set(route, index + 1);
    return (script as readonly Reply[])[Math.min(index, script.length - 1)]!;
  };

  const far: FarSide = {
    seen,
    listening,
    memory,
    hide: false,
    live: true,
    isOffline: false,
    writes: () => seen.filter(({ method }) => method !== 'GET'),
    on(route, script) {
      scripts.set(route, script);
      used.delete(route);
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
      const made: Seen = {
        method: request.method,
        path,
        headers: request.headers,
        body: text ? JSON.parse(text) : undefined,
      };
      seen.push(made);
      const reply = await replyTo(made);
      if (reply === 'drop') throw new TypeError('Failed to fetch');
      if (reply === 'hang') {
        return new Promise((_, reject) => {
          request.signal.addEventListener('abort', () => reject(request.signal.reason as Error));
        });
      }
      if (reply === 'stall') {
        const { signal } = request;
        const body = new ReadableStream({
          start(stream) {
            stream.enqueue(new TextEncoder().encode('{"payment_refund_id":'));
            signal.addEventListener('abort', () => stream.error(signal.reason));
          },
        });
        return new Response(body, { headers: { 'content-type': 'application/json' } });
      }
      const { status = 200, json, text: raw, headers } = reply;
      return new Response(raw ?? JSON.stringify(json), {
        status,
        headers: { 'content-type': 'application/json', ...headers },
      });
    },
    now: () => now,
    newId: () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`,
    storage: () => ({
      getItem: (key) => memory.get(key) ?? null,
      setItem: (key, value) => void memory.set(key, value),
      removeItem: (key) => void memory.delete(key),
    }),
    locks: inOnePage(),
    later(callback, ms) {
      const id = ++timerIds;
      timers.set(id, { at: now + ms, run: callback });
      return () => timers.delete(id);
    },
    listen({ paymentId }, heard) {
      listening.set(paymentId, heard);
      return { live: () => far.live, stop: () => void listening.delete(paymentId) };
    },
    offline: () => far.isOffline,
    hidden: () => far.hide,
    timeout: 500,
  };
  return far;
}

/** Web Locks of one browser: as many as there are far sides, so that what one test leaves behind blocks no other. */
function inOnePage(): NonNullable<Environment['locks']> {
  const held = new Set<string>();
  const request = async (name: string, _options: LockOptions, work: (lock: Lock | null) => unknown) => {
    if (held.has(name)) return work(null);
    held.add(name);
    try {
      return await work({ name, mode: 'exclusive' });
    } finally {
      held.delete(name);
    }
  };
  return { request: request as LockManager['request'] };
}
