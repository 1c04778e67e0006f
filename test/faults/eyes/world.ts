import type { BrowserContext } from 'playwright';

import { START } from '../support/ground.ts';
import { Screen, type ScreenOptions } from './browser-screen.ts';
import type { WireFault } from './front.ts';
import type { EyesGround } from './ground.ts';
import { readForm, record } from './in-page.ts';
import { Memory } from './memory.ts';
import { settle } from './settle.ts';
import { Shop, SPLIT_ORDER, type Setup } from './shop.ts';
import type { ShopName } from './size.ts';

export const USERS = ['anna', 'omar'] as const;
export type User = (typeof USERS)[number];

/** How the shop is set up, and what its people's browsers are like. */
export interface Start extends Setup {
  /** Locale of the second admin. */
  readonly locale: 'en-GB' | 'en-DE';
}

/** Two admins, each with a browser of several tabs. The last page of the second one is told of the payment by its host. */
function screensOf(shop: Shop, { locale }: Start): ScreenOptions[] {
  const other = shop.provider === 'upayments' ? SPLIT_ORDER : 1;
  const plain = { locale: 'en-GB', given: false };
  return [
    { id: 'a0', user: 'anna', order: 0, ...plain },
    { id: 'a1', user: 'anna', order: 0, ...plain },
    { id: 'a2', user: 'anna', order: other, ...plain },
    { id: 'b0', user: 'omar', order: 0, ...plain, locale },
    { id: 'b1', user: 'omar', order: other, ...plain, locale, given: true },
  ];
}

/** One schedule: a shop, its people and their pages. */
export class World {
  readonly eyes: EyesGround;
  readonly shop: Shop;
  readonly screens: Screen[] = [];
  readonly offline = new Set<string>();
  readonly memory: Memory;
  readonly #start: Start;
  readonly #contexts = new Map<string, BrowserContext>();
  #references = 0;
  /** Milliseconds that the pages' clocks stand at. */
  pageNow = START;

  constructor(eyes: EyesGround, name: ShopName, start: Start) {
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
    for (const user of USERS) this.#contexts.set(user, await this.#context(user));
    const opened = screensOf(this.shop, this.#start).map((options) => this.#page(options));
    this.screens.push(...(await Promise.all(opened)));
    await this.settle();
  }

  async close(): Promise<void> {
    this.front.letGo();
    await Promise.all([...this.#contexts.values()].map((context) => context.close()));
    await this.shop.close();
  }

  contextOf({ options: { user } }: Screen): BrowserContext {
    return this.#contexts.get(user)!;
  }

  /** Until nothing is on its way any more but what is held back; then everything that happened is looked at. */
  async settle(): Promise<void> {
    await settle(this);
    for (const screen of this.screens) {
      this.memory.take(screen, await screen.take());
      await screen.read();
    }
  }

  /** A reference of its own goes along inside each request: so the provider's own record tells whose refund it is. */
  newReference(): string {
    this.#references += 1;
    return `wish-${this.#references}`;
  }

  /** Every clock moves on: the merchant's and the provider's first, then the pages'. */
  async pass(ms: number): Promise<void> {
    const { clock, control } = this.eyes.ground;
    clock.now += ms;
    await control.flushWebhooks();
    await this.settle();
    this.pageNow += ms;
    for (const context of this.#contexts.values()) await context.clock.fastForward(ms);
  }

  async setOffline(user: string, isOffline: boolean): Promise<void> {
    if (isOffline) this.offline.add(user);
    else this.offline.delete(user);
    await this.#contexts.get(user)!.setOffline(isOffline);
  }

  /** Does something while the network of one screen is broken. */
  async withFault(screen: Screen, fault: WireFault | undefined, work: () => Promise<unknown>): Promise<void> {
    this.front.break(screen.id, fault);
    await work();
    await settle(this);
    // What waits on the way goes on waiting; what comes next finds the network whole.
    this.front.break(screen.id, undefined);
  }

  async reload(screen: Screen): Promise<void> {
    screen.isDetached = false;
    screen.isHidden = false;
    this.memory.reloaded(screen);
    await screen.page.reload();
  }

  async #context(user: string): Promise<BrowserContext> {
    const context = await this.eyes.browser.newContext({ locale: 'en-GB', timezoneId: 'Asia/Kuwait' });
    await context.addCookies([{ name: 'user', value: user, url: this.front.url }]);
    await context.addInitScript(`(${record.toString()})(${readForm.toString()})`);
    await context.clock.install({ time: START });
    await context.clock.pauseAt(START + 1);
    return context;
  }

  async #page(options: ScreenOptions): Promise<Screen> {
    const { id, user, order, locale, given } = options;
    const page = await this.#contexts.get(user)!.newPage();
    const query = new URLSearchParams({
      screen: id,
      provider: this.shop.provider,
      endpoint: this.shop.endpoint,
      'payment-id': this.shop.orders[order]!.payment_id,
      locale,
      'allow-third-decimal': '',
      ...(given && { given: '' }),
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
