import { toDecimal } from '../contract/index.ts';
import { outcomeOf } from './checks/outcomes.ts';
import type { Payment } from './profile.ts';
import { providersWords, showCalls } from './report.ts';
import type { World } from './world.ts';

/** The smallest refund that a probe asks for, in minor units. */
const LEAST = 10n;

/**
 * Sends a plain refund between the checks. Many checks expect that nothing reaches the provider: a proxy that refuses
 * everything since an earlier check would pass them all.
 */
export class Probe {
  readonly #world: World;
  #payment: Payment;
  #count = 0n;
  /** The last check that ran while a plain refund still went through. */
  #lastCheck = '';
  /** Whether no check has run since the last probe. */
  #isCurrent = true;
  /** What came instead of the last plain refund. */
  #came: string | undefined;

  /** @param payment has a refund that went through */
  constructor(world: World, payment: Payment) {
    this.#world = world;
    this.#payment = payment;
  }

  /** A check has run. What it left behind is not known before the next probe. */
  checkHasRun(id: string): void {
    this.#isCurrent = false;
    if (this.#came === undefined) this.#lastCheck = id;
  }

  /** Why no check can be judged now. `undefined` while a plain refund goes through. */
  async fault(): Promise<string | undefined> {
    // While nothing goes through, the proxy may recover at any time.
    if (!this.#isCurrent || this.#came !== undefined) this.#came = await this.#send();
    this.#isCurrent = true;
    if (this.#came === undefined) return undefined;
    return `Since ${this.#lastCheck} a plain refund does not go through any more: ${this.#came}`;
  }

  async #send(): Promise<string | undefined> {
    const came = await this.#refund();
    if (came === undefined || this.#came !== undefined || !this.#world.hasPayment) return came;
    // Perhaps only this payment takes no more refunds.
    this.#payment = await this.#world.payment();
    return this.#refund();
  }

  /** Every amount is another one, so that no proxy takes it for a repeated request. */
  async #refund(): Promise<string | undefined> {
    const world = this.#world;
    const watch = world.watch();
    const amount = toDecimal(LEAST + this.#count, this.#payment.currency);
    this.#count += 1n;
    const exchange = await world.refund(this.#payment, amount);
    if (world.claim(exchange) === 'refunded' && watch.creates(this.#payment).length > 0) return undefined;
    const calls = showCalls(watch.calls());
    const atProvider = calls.length > 0 ? `the provider saw ${calls.join(', ')}` : 'the provider was not called';
    const words = providersWords(watch.calls(), world.secrets());
    return `it was answered ${outcomeOf(exchange)}, and ${atProvider}${words && `. ${words}`}`;
  }
}
