import { parseDecimal } from '../contract/money/decimal.ts';
import { proxyDescription, type ProxyDescription } from '../contract/payment.ts';
import type { Adapter } from './adapter.ts';
import type { Answer, Client } from './client.ts';
import { Made } from './made.ts';
import type { Refund, Refusal, Summary } from './model.ts';
import { canChange } from './state.ts';
import { readSummary } from './summary.ts';

/** Reads the payment and what the proxy can do, one request at a time. */
export class PaymentReader {
  readonly #client: Client;
  readonly #adapter: Adapter;
  readonly #paymentId: string;
  /** What the host page knows of the payment. */
  readonly #given: () => unknown;
  readonly #made = new Made();
  /**
   * A refund was asked for in this browser, and what the page knows may be older than that: the refund service is asked
   * first, and the page's payment counts only where it cannot tell.
   */
  isAsked = false;
  #reading: Promise<Answer<Summary>> | undefined;
  #next: Promise<Answer<Summary>> | undefined;

  constructor(client: Client, adapter: Adapter, paymentId: string, given: () => unknown) {
    this.#client = client;
    this.#adapter = adapter;
    this.#paymentId = paymentId;
    this.#given = given;
  }

  /** What the proxy says of itself; `undefined` for one that says nothing. */
  async describe(): Promise<ProxyDescription | undefined> {
    // A framework may redirect an address that ends in a slash.
    const answer = await this.#client.read('/', (body) => proxyDescription.safeParse(body).data, 'follow');
    return answer.kind === 'answered' ? answer.value : undefined;
  }

  /** A reading that begins now or later. All who ask while one is on its way get the one after it. */
  read(): Promise<Answer<Summary>> {
    if (!this.#reading) {
      this.#reading = this.#readOnce().finally(() => (this.#reading = undefined));
      return this.#reading;
    }
    this.#next ??= this.#reading.then(() => {
      this.#next = undefined;
      return this.read();
    });
    return this.#next;
  }

  /** What a stream of live status told. `undefined` while the host page's word counts, or when it cannot be read. */
  heard(body: unknown): Summary | undefined {
    return !this.isAsked && readSummary(this.#given()) ? undefined : readSummary(body);
  }

  /** A refund was made here, or its standing has changed. */
  made(refund: Refund): void {
    const given = readSummary(this.#given());
    if (given) this.#made.note(refund, given);
  }

  /** The proxy refused because another amount can be refunded. */
  correct({ refundable }: Refusal): void {
    const given = readSummary(this.#given());
    const amount = given && refundable ? parseDecimal(refundable, given.currency) : undefined;
    if (given && amount?.ok) this.#made.correct(amount.minor, given);
  }

  async #readOnce(): Promise<Answer<Summary>> {
    const given = readSummary(this.#given());
    if (given && !this.isAsked) return { kind: 'answered', value: given };
    const answer = await this.#ask();
    if (!given || answer.kind === 'answered') return answer;
    // Only the provider's answer about each refund tells what became of those that were left.
    for (const refund of this.#made.refunds.values()) {
      if (!canChange(refund)) continue;
      const read = await this.#client.read(this.#adapter.statusPath(refund), (body) =>
        this.#adapter.readStatus(body, refund),
      );
      if (read.kind === 'answered') this.#made.note({ ...refund, ...read.value }, given);
    }
    return { kind: 'answered', value: this.#made.apply(given) };
  }

  async #ask(): Promise<Answer<Summary>> {
    const answer = await this.#client.read(`/payments/${encodeURIComponent(this.#paymentId)}`, readSummary);
    const { kind } = answer;
    if (kind === 'answered' || kind === 'signed_out') return answer;
    const { refusal } = answer;
    if (refusal?.proxy && refusal.code !== 'path_not_allowed') return answer;
    const value = await this.#adapter.readPayment?.(async (path) => {
      const read = await this.#client.read(path, (body) => body);
      return read.kind === 'answered' ? read.value : undefined;
    }, this.#paymentId);
    return value ? { kind: 'answered', value } : answer;
  }
}
