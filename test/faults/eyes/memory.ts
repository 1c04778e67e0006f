import * as z from 'zod/mini';

import { fromJsonAmount, parseDecimal } from '../../../contract/index.ts';
import type { Screen } from './browser-screen.ts';
import type { Logged } from './in-page.ts';
import { factsOf, minorOf, type Facts } from './screen.ts';
import type { Shop } from './shop.ts';

/** What was asked for under one key, as it left the page first. */
export interface Wish {
  readonly key: string;
  readonly screen: Screen;
  readonly reference: string;
  readonly order: number;
  /** Below the endpoint. */
  readonly path: string;
  readonly body: string;
  readonly expected: string | undefined;
  readonly step: number;
}

/** What one screen had on it when its review opened. */
interface Reviewed {
  readonly echo: bigint | undefined;
  readonly refundable: bigint | undefined;
  readonly vendors: readonly bigint[];
}

interface Own {
  at: string;
  /** What it said last can be refunded, and what that has changed to while an amount is divided. */
  refundable: bigint | undefined;
  changed: bigint | undefined;
  reviewed: Reviewed | undefined;
  /** What the refusal is about that it shows above its form. */
  refused: Wish | undefined;
  /** It was told that its browser is offline: whoever confirms once more, sends. */
  isWarned: boolean;
  /** What it showed in this step, in order, each with what its refusal is about, or what had been asked for last. */
  drawn: { readonly facts: Facts; readonly wish: Wish | undefined }[];
}

const NEWLY_LOADED: Omit<Own, 'drawn'> = {
  at: '',
  refundable: undefined,
  changed: undefined,
  reviewed: undefined,
  refused: undefined,
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

/** What every screen has shown and sent, and what of it must not be. */
export class Memory {
  readonly complaints: string[] = [];
  readonly wishes: Wish[] = [];
  readonly violations: string[] = [];
  /** How often a page has sent each key, also while nothing could reach the server. */
  readonly sends = new Map<string, number>();
  /** Ids of the provider's refunds as they were after the step before. */
  refunds: ReadonlySet<string> = new Set();
  readonly #shop: Shop;
  readonly #screens = new Map<string, Own>();

  constructor(shop: Shop) {
    this.#shop = shop;
  }

  of({ id }: Screen): Own {
    const known = this.#screens.get(id);
    if (known) return known;
    const own: Own = { ...NEWLY_LOADED, drawn: [] };
    this.#screens.set(id, own);
    return own;
  }

  /** What the person at this screen asked for last. */
  lastOf({ id }: Screen): Wish | undefined {
    return this.wishes.findLast(({ screen }) => screen.id === id);
  }

  /** The tabs of a browser share one request of a payment: each shows what became of the last one. */
  lastInBrowser({ options: { user, order } }: Screen): Wish | undefined {
    return this.wishes.findLast(({ screen }) => screen.options.user === user && screen.options.order === order);
  }

  reloaded(screen: Screen): void {
    Object.assign(this.of(screen), NEWLY_LOADED);
  }

  take(screen: Screen, logged: readonly Logged[]): void {
    for (const one of logged) {
      if ('drawn' in one) this.#drew(screen, factsOf(one.drawn));
      else this.#sent(screen, one.sent);
    }
  }

  #drew(screen: Screen, facts: Facts): void {
    const own = this.of(screen);
    const { at, figures, changed, echo } = facts;
    if (figures || at === 'vendors') own.changed = changed;
    own.refundable = figures?.refundable ?? own.refundable;
    const refundable = own.changed ?? own.refundable;
    const last = this.lastInBrowser(screen);
    // A refusal stays above the form while another tab asks for another refund.
    own.refused = facts.saysNothing ? (own.refused ?? last) : undefined;
    own.drawn.push({ facts, wish: own.refused ?? last });
    if (REVIEWS.has(at)) {
      const now = { echo, refundable, vendors: vendorsOf(facts) };
      if (own.at === at && own.reviewed && !isSame(own.reviewed, now)) {
        this.violations.push(`${screen.id} changed silently under review: ${show(own.reviewed)} became ${show(now)}`);
      }
      own.reviewed = own.at === at ? (own.reviewed ?? now) : now;
    }
    own.at = at;
  }

  #sent(screen: Screen, { url, headers, body: text }: Extract<Logged, { sent: object }>['sent']): void {
    const path = new URL(url).pathname.slice(this.#shop.endpoint.length);
    const key = headers['idempotency-key'] ?? '';
    const expected = headers['x-expected-refundable'];
    if (!/^\/(?:v2\/payment\/refunds|create-refund|create-multivendor-refund)$/.test(path)) return;
    this.sends.set(key, (this.sends.get(key) ?? 0) + 1);
    const known = this.wishes.find((wish) => wish.key === key);
    if (known) {
      const isAsBefore = known.path === path && known.body === text && known.expected === expected;
      if (!isAsBefore) this.violations.push(`${screen.id} sent ${key} again with another request: ${text}`);
      return;
    }
    const { metadata, reference = metadata?.['reference'] ?? '' } = body.parse(JSON.parse(text));
    const { order } = screen.options;
    const step = this.#shop.eyes.front.step;
    this.wishes.push({ key, screen, reference, order, path, body: text, expected, step });
    this.#compare(screen, text, expected);
  }

  /** The figure that is sent is the figure that was reviewed. */
  #compare(screen: Screen, text: string, expected: string | undefined): void {
    const { reviewed } = this.of(screen);
    if (!reviewed) {
      this.violations.push(`${screen.id} sent what nobody reviewed: ${text}`);
      return;
    }
    const { currency } = this.#shop.orders[screen.options.order]!;
    const { amount, totalPrice, refundPayload } = body.parse(JSON.parse(text));
    const numbers = refundPayload ? refundPayload.map((row) => row.amountToRefund) : [totalPrice ?? 0];
    const parts = amount === undefined ? numbers.map((one) => ofNumber(one, currency)) : [ofText(amount, currency)];
    const total = parts.reduce((sum, part) => sum + part, 0n);
    if (total !== reviewed.echo) {
      this.violations.push(`${screen.id} sent ${total} minor units, ${reviewed.echo} were reviewed`);
    }
    const placed = parts.filter((part) => part > 0n);
    if (refundPayload && String(placed) !== String(reviewed.vendors)) {
      this.violations.push(
        `${screen.id} sent ${placed.join()} to the vendors, ${reviewed.vendors.join()} was reviewed`,
      );
    }
    if (expected === undefined || reviewed.refundable === undefined) return;
    if (ofText(expected, currency) !== reviewed.refundable) {
      this.violations.push(
        `${screen.id} sent ${expected} as refundable, it showed ${reviewed.refundable} minor units when its review opened`,
      );
    }
  }
}

/** Amounts beside the accounts of vendors. */
function vendorsOf({ raw, at }: Facts): bigint[] {
  if (at !== 'vendors_review') return [];
  const rows = raw.facts.filter(([name]) => name.includes('••••'));
  return rows.map(([, value]) => minorOf(value)).filter((amount) => amount > 0n);
}

function isSame(one: Reviewed, other: Reviewed): boolean {
  return show(one) === show(other);
}

function show({ echo, refundable, vendors }: Reviewed): string {
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
