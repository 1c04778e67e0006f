import type { BrowserContext, Page } from 'playwright';

import { Screen, type ScreenOptions } from './browser-screen.ts';
import type { WireFault } from './front.ts';
import type { EyesTestbed } from './testbed.ts';
import { Memory } from './memory.ts';
import { settle } from './settle.ts';
import { Shop, SPLIT_ORDER, type Setup } from './shop.ts';
import type { ShopName } from './size.ts';

export const USERS = ['anna', 'omar'] as const;
export type User = (typeof USERS)[number];

/** Time between two steps, on the clocks of the pages. */
const MOMENT_MS = 250;

/**
 * Locales that draw amounts with a point but other numbers without one, and one with other digits and its own
 * separator.
 */
export const LOCALES = ['en-GB', 'en-DE', 'fr-CH', 'ar-KW'] as const;

/** How the shop is configured, and the locale of its people. */
export interface Start extends Setup {
  /** Locale of the second admin. */
  readonly locale: (typeof LOCALES)[number];
}

/**
 * Two admins, each with a browser of several tabs. The second admin's last page gets the payment from its host page.
 */
function screensOf(shop: Shop, { locale }: Start): ScreenOptions[] {
  const other = shop.provider === 'upayments' ? SPLIT_ORDER : 1;
  const plain = { locale: 'en-GB', hasHostPayment: false };
  return [
    { id: 'a0', user: 'anna', order: 0, ...plain },
    { id: 'a1', user: 'anna', order: 0, ...plain },
    { id: 'a2', user: 'anna', order: other, ...plain },
    { id: 'b0', user: 'omar', order: 0, ...plain, locale },
    { id: 'b1', user: 'omar', order: other, ...plain, locale, hasHostPayment: true },
  ];
}

/** One schedule: a shop, its people and their pages. */
export class World {
  readonly eyes: EyesTestbed;
  readonly shop: Shop;
  readonly screens: Screen[] = [];
  readonly offline = new Set<string>();
  readonly memory: Memory;
  readonly #start: Start;
  readonly #contexts = new Map<string, BrowserContext>();
  #references = 0;

  constructor(eyes: EyesTestbed, name: ShopName, start: Start) {
    this.eyes = eyes;
    this.#start = start;
    this.shop = new Shop(eyes, name, start);
    this.memory = new Memory(this.shop);
  }

  get front() {
    return this.eyes.front;
  }

  async open(): Promise<void> {
    await this.shop.open();
    const options = screensOf(this.shop, this.#start);
    const screens = USERS.map(async (user) => {
      const own = options.filter((options) => options.user === user);
      const { context, pages } = await this.eyes.browsers.of(user, own.length);
      this.#contexts.set(user, context);
      return Promise.all(own.map((options, index) => this.#page(pages[index]!, options)));
    });
    this.screens.push(...(await Promise.all(screens)).flat());
    await this.settle();
  }

  /** @param isClean whether its browsers can be used again */
  async close(isClean: boolean): Promise<void> {
    this.front.release();
    await this.eyes.browsers.giveBack(isClean);
    await this.shop.close();
  }

  contextOf(user: string): BrowserContext {
    return this.#contexts.get(user)!;
  }

  /** Waits until nothing is in progress except requests held back, then records everything that happened. */
  async settle(): Promise<void> {
    await settle(this);
    for (const screen of this.screens) {
      this.memory.record(screen, await screen.take());
      await screen.read();
    }
  }

  /** Each request contains its own reference, so that the provider's record shows which request a refund belongs to. */
  newReference(): string {
    this.#references += 1;
    return `wish-${this.#references}`;
  }

  /** Moves every clock forward: first the merchant's and the provider's, then those of the pages. */
  async pass(ms: number): Promise<void> {
    const { clock, control } = this.eyes.testbed;
    clock.now += ms;
    await control.flushWebhooks();
    await this.settle();
    for (const context of this.#contexts.values()) await context.clock.fastForward(ms);
  }

  /** Lets a short time pass, so that the pages do their delayed work. */
  async tick(): Promise<void> {
    for (const context of this.#contexts.values()) await context.clock.runFor(MOMENT_MS);
    await this.settle();
  }

  async setOffline(user: string, isOffline: boolean): Promise<void> {
    if (isOffline) this.offline.add(user);
    else this.offline.delete(user);
    await this.#contexts.get(user)!.setOffline(isOffline);
  }

  /** Does something while the network of one screen has a fault. */
  async withFault(screen: Screen, fault: WireFault | undefined, work: () => Promise<unknown>): Promise<void> {
    this.front.break(screen.id, fault);
    await work();
    await settle(this);
    // Requests that wait continue to wait; later requests have no fault.
    this.front.break(screen.id, undefined);
  }

  async reload(screen: Screen): Promise<void> {
    screen.isDetached = false;
    screen.isHidden = false;
    this.memory.reloaded(screen);
    await screen.page.reload();
  }

  async #page(page: Page, options: ScreenOptions): Promise<Screen> {
    const { id, order, locale, hasHostPayment } = options;
    const query = new URLSearchParams({
      screen: id,
      provider: this.shop.provider,
      endpoint: this.shop.endpoint,
      'payment-id': this.shop.orders[order]!.payment_id,
      locale,
      'allow-third-decimal': '',
      ...(hasHostPayment && { given: '' }),
    });
    const complaints = this.memory.complaints;
    page.on('pageerror', (error) => complaints.push(`${id}: ${String(error)}`));
    page.on('console', (message) => {
      const text = message.text();
      const isNetwork = /Failed to load resource|EventSource/.test(text);
      if (message.type() === 'error' && !isNetwork) complaints.push(`${id}: ${text}`);
    });
    await page.goto(`${this.front.url}/?${query.toString()}`);
    return new Screen(page, options);
  }
}
