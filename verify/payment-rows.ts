import type { Payments } from './payments.ts';
import type { Payment, Profile } from './profile.ts';
import type { NewRows, Sandbox } from './sandbox.ts';

/** About as many payments as all checks need, of the usual kind and over vendors. More are added one by one. */
const AHEAD = 320;
const AHEAD_OF_VENDORS = 192;

/** Adds the payments of a run to the sandbox. */
export class PaymentRows {
  readonly #profile: Profile;
  readonly #sandbox: Sandbox;
  /** Ids of payments that were added before the run. */
  readonly #ahead = new Set<string>();

  constructor(profile: Profile, sandbox: Sandbox) {
    this.#profile = profile;
    this.#sandbox = sandbox;
  }

  /** Adds as many as all checks need, before anything is refunded. One by one each takes longer than the one before. */
  async addAhead(payments: Payments): Promise<void> {
    const { currency, captured, vendors } = this.#profile;
    const usual = payments.ahead({ currency, captured }, AHEAD);
    const ofVendors = vendors ? payments.ahead({ currency, captured: vendors.captured }, AHEAD_OF_VENDORS) : [];
    const rows = await Promise.all([
      ...usual.map((payment) => this.#profile.rowsOf(this.#sandbox, payment)),
      ...ofVendors.map((payment) => this.#rowsOfVendors(payment, false)),
    ]);
    await this.#sandbox.addAtOnce(rows.flat());
    for (const { id } of [...usual, ...ofVendors]) this.#ahead.add(id);
  }

  async add(payment: Payment): Promise<Payment> {
    if (!this.#ahead.has(payment.id)) {
      await this.#sandbox.addRows(await this.#profile.rowsOf(this.#sandbox, payment));
    }
    return payment;
  }

  async addOverVendors(payment: Payment, isPaid: boolean): Promise<Payment> {
    if (!this.#ahead.has(payment.id)) await this.#sandbox.addRows(await this.#rowsOfVendors(payment, isPaid));
    return payment;
  }

  async #rowsOfVendors(payment: Payment, isPaid: boolean): Promise<NewRows> {
    return (await this.#profile.vendors?.rowsOf(this.#sandbox, payment, isPaid)) ?? [];
  }
}
