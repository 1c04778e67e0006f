import * as z from 'zod/mini';

import { fromJsonAmount, parseDecimal } from '../../../contract/index.ts';
import type { Screen } from './browser-screen.ts';
import type { LogEntry } from './in-page.ts';
import { factsOf, minorOf, type Facts } from './screen.ts';
import type { Shop } from './shop.ts';

/** The first request under one key, as it left the page. */
export interface RefundRequest {
  readonly key: string;
  readonly screen: Screen;
  readonly reference: string;
  readonly order: number;
  /** Path below the endpoint. */
  readonly path: string;
  readonly body: string;
  readonly expected: string | undefined;
  readonly step: number;
}

/** What one screen showed when its review opened. */
interface Review {
  readonly echo: bigint | undefined;
  readonly refundable: bigint | undefined;
  readonly vendors: readonly bigint[];
}

interface ScreenMemory {
  at: string;
  /** The refundable amount that it showed last, and its new value if it changed while an amount was being divided. */
  refundable: bigint | undefined;
  changed: bigint | undefined;
  review: Review | undefined;
  /** The request that the refusal above the form is about. */
  refusedRequest: RefundRequest | undefined;
  /** Whether the screen has said that its browser is offline. The next confirmation then sends anyway. */
  isWarned: boolean;
  /** The key for which it was locked when it last showed that the outcome of a request is unknown. */
  lock: string | undefined;
  /** The drawings of this step, in order, each with the request that its refusal is about, or else the last request. */
  drawings: { readonly facts: Facts; readonly request: RefundRequest | undefined }[];
}

const NEWLY_LOADED: Omit<ScreenMemory, 'lock' | 'drawings'> = {
  at: '',
  refundable: undefined,
  changed: undefined,
  review: undefined,
  refusedRequest: undefined,
  isWarned: false,
};

const body = z.looseObject({
  amount: z.optional(z.string()),
  totalPrice: z.optional(z.number()),
  reference: z.optional(z.string()),
  metadata: z.optional(z.record(z.string(), z.string())),
  refundPayload: z.optional(z.array(z.looseObject({ amountToRefund: z.number() }))),
});

const REVIEWS = new Set(['review', 'vendors_review']);

/** Everything that each screen has shown and sent, with the violations in it. */
export class Memory {
  readonly complaints: string[] = [];
  readonly refundRequests: RefundRequest[] = [];
  readonly violations: string[] = [];
  /** How often a page has sent each key, even while nothing could reach the server. */
  readonly sends = new Map<string, number>();
  /** Keys of which a person knows the outcome, and nobody keeps a record. */
  readonly forgotten = new Set<string>();
  /** Ids of the provider's refunds after the last step. */
  refunds: ReadonlySet<string> = new Set();
  readonly #shop: Shop;
  readonly #screens = new Map<string, ScreenMemory>();

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  of({ id }: Screen): ScreenMemory {
    const existing = this.#screens.get(id);
    if (existing) return existing;
    const screenMemory: ScreenMemory = { ...NEWLY_LOADED, lock: undefined, drawings: [] };
    this.#screens.set(id, screenMemory);
    return screenMemory;
  }

  /** The last request of this screen. */
  lastOf({ id }: Screen): RefundRequest | undefined {
    return this.refundRequests.findLast(({ screen }) => screen.id === id);
  }

  /** The last request of this browser: its tabs share one request for a payment, and each shows its outcome. */
  lastOfBrowser({ options: { user, order } }: Screen): RefundRequest | undefined {
    return this.refundRequests.findLast(({ screen }) => screen.options.user === user && screen.options.order === order);
  }

  reloaded(screen: Screen): void {
    Object.assign(this.of(screen), NEWLY_LOADED);
  }

  record(screen: Screen, entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      if ('drawing' in entry) this.#recordDrawing(screen, factsOf(entry.drawing));
      else this.#recordRequest(screen, entry.request);
    }
  }

  #recordDrawing(screen: Screen, facts: Facts): void {
    const screenMemory = this.of(screen);
    const { at, figures, changed, echo } = facts;
    if (figures || at === 'vendors') screenMemory.changed = changed;
    screenMemory.refundable = figures?.refundable ?? screenMemory.refundable;
    const refundable = screenMemory.changed ?? screenMemory.refundable;
    const last = this.lastOfBrowser(screen);
    // A refusal stays above the form while another tab sends another refund.
    screenMemory.refusedRequest = facts.saysNothing ? (screenMemory.refusedRequest ?? last) : undefined;
    screenMemory.drawings.push({ facts, request: screenMemory.refusedRequest ?? last });
    if (REVIEWS.has(at)) {
      const now = { echo, refundable, vendors: vendorsOf(facts) };
      if (screenMemory.at === at && screenMemory.review && !isSame(screenMemory.review, now)) {
        this.violations.push(
          `${screen.id} changed silently under review: ${show(screenMemory.review)} became ${show(now)}`,
        );
      }
      screenMemory.review = screenMemory.at === at ? (screenMemory.review ?? now) : now;
    }
    screenMemory.at = at;
  }

  #recordRequest(
    screen: Screen,
    { url, headers, body: text }: Extract<LogEntry, { request: object }>['request'],
  ): void {
    const path = new URL(url).pathname.slice(this.#shop.endpoint.length);
    const key = headers['idempotency-key'] ?? '';
    const expected = headers['x-expected-refundable'];
    if (!/^\/(?:v2\/payment\/refunds|create-refund|create-multivendor-refund)$/.test(path)) return;
    this.sends.set(key, (this.sends.get(key) ?? 0) + 1);
    const earlier = this.refundRequests.find((request) => request.key === key);
    if (earlier) {
      const isAsBefore = earlier.path === path && earlier.body === text && earlier.expected === expected;
      if (!isAsBefore) this.violations.push(`${screen.id} sent ${key} again with another request: ${text}`);
      return;
    }
    const { metadata, reference = metadata?.['reference'] ?? '' } = body.parse(JSON.parse(text));
    const { order } = screen.options;
    const step = this.#shop.eyes.front.step;
    this.refundRequests.push({ key, screen, reference, order, path, body: text, expected, step });
    this.#checkAgainstReview(screen, text, expected);
  }

  /** Checks that the request contains the figures that were reviewed. */
  #checkAgainstReview(screen: Screen, text: string, expected: string | undefined): void {
    const { review } = this.of(screen);
    if (!review) {
      this.violations.push(`${screen.id} sent a request that nobody reviewed: ${text}`);
      return;
    }
    const { currency } = this.#shop.orders[screen.options.order]!;
    const { amount, totalPrice, refundPayload } = body.parse(JSON.parse(text));
    const numbers = refundPayload ? refundPayload.map((row) => row.amountToRefund) : [totalPrice ?? 0];
    const parts = amount === undefined ? numbers.map((one) => ofNumber(one, currency)) : [ofText(amount, currency)];
    const total = parts.reduce((sum, part) => sum + part, 0n);
    if (total !== review.echo) {
      this.violations.push(`${screen.id} sent ${total} minor units, ${review.echo} were reviewed`);
    }
    const vendorAmounts = parts.filter((part) => part > 0n);
    if (refundPayload && String(vendorAmounts) !== String(review.vendors)) {
      this.violations.push(
        `${screen.id} sent ${vendorAmounts.join()} to the vendors, ${review.vendors.join()} was reviewed`,
      );
    }
    if (expected === undefined || review.refundable === undefined) return;
    if (ofText(expected, currency) !== review.refundable) {
      this.violations.push(
        `${screen.id} sent ${expected} as refundable, it showed ${review.refundable} minor units when its review opened`,
      );
    }
  }
}

/** The amounts beside the vendors' accounts. */
function vendorsOf({ raw, at }: Facts): bigint[] {
  if (at !== 'vendors_review') return [];
  const rows = raw.facts.filter(([name]) => name.includes('••••'));
  return rows.map(([, value]) => minorOf(value)).filter((amount) => amount > 0n);
}

function isSame(one: Review, other: Review): boolean {
  return show(one) === show(other);
}

function show({ echo, refundable, vendors }: Review): string {
  return `${echo} of ${refundable}${vendors.length > 0 ? ` as ${vendors.join('+')}` : ''}`;
}

export function ofText(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  return parsed.ok ? parsed.minor : -1n;
}

function ofNumber(number: number, currency: string): bigint {
  const parsed = fromJsonAmount(number, currency);
  return parsed.ok ? parsed.minor : -1n;
}
