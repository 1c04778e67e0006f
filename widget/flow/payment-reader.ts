import { readDecimal } from '../../contract/money/decimal.ts';
import { proxyDescription, type PaymentSummary, type ProxyDescription } from '../../contract/payment.ts';
import type { Adapter } from '../adapters/adapter.ts';
import { NOT_SENT, SIGN_IN, tellsUser, type Answer, type Client } from './client.ts';
import type { IntentStore } from './intent-store.ts';
import { OwnRefunds } from './own-refunds.ts';
import type { Refund, Refusal, Summary } from '../model.ts';
import { canChange } from './state.ts';
import { readSummary } from './summary.ts';

/** The refunds that the page's payment lacks, in the storage of this tab. */
const OWN = ':own';

/** Reads the payment and the abilities of the proxy, one request at a time. */
export class PaymentReader {
  readonly #client: Client;
  readonly #adapter: Adapter;
  readonly #paymentId: string;
  /** The payment as the host page gives it. */
  readonly #given: () => unknown;
  readonly #own: OwnRefunds;
  /**
   * A refund was requested in this browser, and the page's payment may be older: read from the refund service first,
   * and use the page's payment only if the service cannot say.
   */
  isAsked: boolean;
  /** The service has described the payment. */
  isTold = false;
  /** What the service has answered last. */
  last: Answer<Summary> | undefined;
  #reading: Promise<Answer<Summary>> | undefined;
  #next: Promise<Answer<Summary>> | undefined;
  /** How many events came. */
  #events = 0;
  #told: Pick<Summary, 'permission' | 'approvalAbove'> = { permission: undefined, approvalAbove: undefined };

  constructor(client: Client, adapter: Adapter, paymentId: string, store: IntentStore, given: () => unknown) {
    this.#client = client;
    this.#adapter = adapter;
    this.#paymentId = paymentId;
    this.#given = given;
    this.#own = new OwnRefunds(store.readTab(OWN), (saved) => store.writeTab(OWN, saved));
    this.isAsked = this.#own.refunds.size > 0;
  }

  /** The merchant's id of the user who read it last, where the payment tells it. */
  get user(): string | undefined {
    return this.#told.permission?.user;
  }

  /**
   * Why nothing may be sent now: the last read did not tell who has signed in, and may in a moment. Whoever cannot be told
   * from another could not repeat a request whose answer is lost.
   */
  get doubt(): Refusal | undefined {
    const last = this.last;
    if (!last || tellsUser(last)) return undefined;
    if (last.kind === 'signed_out') return SIGN_IN;
    return last.kind === 'unknown' || last.refusal?.busy ? (last.refusal ?? NOT_SENT) : undefined;
  }

  /** The proxy's description of itself; `undefined` while that is not known. */
  async describe(): Promise<Pick<ProxyDescription, 'deduplicates' | 'max_event_payments'> | undefined> {
    // A framework may redirect a URL that ends in a slash.
    const answer = await this.#client.read('/', (body) => proxyDescription.safeParse(body).data, 'follow');
    if (answer.kind === 'answered') return answer.value;
    // Whoever answers with anything but a failure has no description.
    const isNaive =
      answer.kind === 'unknown' ? answer.status! < 500 : answer.kind === 'refused' && !answer.refusal.busy;
    return isNaive ? { deduplicates: false } : undefined;
  }

  /** Starts a read now or later. All callers during a read share the next one. */
  read(): Promise<Answer<Summary>> {
    if (!this.#reading) {
      this.#reading = this.#readOnce().finally(() => (this.#reading = undefined));
      return this.#reading;
    }
    this.#next ??= this.#reading
      // What became of the one before says nothing of this one.
      .catch(() => undefined)
      .then(() => {
        this.#next = undefined;
        return this.read();
      });
    return this.#next;
  }

  /**
   * A summary from live status. `undefined` while the host page's payment counts, or when it is unreadable. Several
   * users may receive the same event, so what this one may do is known from the last read only.
   */
  heard(body: unknown): Summary | undefined {
    this.#events += 1;
    const summary = !this.isAsked && readSummary(this.#given()) ? undefined : this.#read(body);
    return summary && { ...summary, ...this.#told };
  }

  /** A refund was made here, or has a new standing. */
  note(refund: Refund): void {
    const given = readSummary(this.#given());
    if (given) this.#own.note(refund, given);
  }

  /** The proxy refused because another amount is refundable. */
  correct({ refundable }: Refusal): void {
    const given = readSummary(this.#given());
    const amount = given && readDecimal(refundable, given.currency);
    if (given && amount !== undefined) this.#own.correct(amount, given);
  }

  async #readOnce(repeated = false): Promise<Answer<Summary>> {
    const events = this.#events;
    const answer = await this.#find();
    // What came meanwhile may be newer than this answer. Once more is enough: a proxy may send an event for every read.
    if (events !== this.#events && !repeated) return this.#readOnce(true);
    if (answer.kind === 'answered') {
      const { permission, approvalAbove } = answer.value;
      this.#told = { permission, approvalAbove };
    }
    return answer;
  }

  async #find(): Promise<Answer<Summary>> {
    const given = readSummary(this.#given());
    if (given && !this.isAsked) return { kind: 'answered', value: this.#withTold(given) };
    const answer = await this.#ask();
    const user = answer.refusal?.user;
    // What this one may do is not known.
    if (user !== undefined && user !== this.user) this.#told = { permission: { user }, approvalAbove: undefined };
    this.last = answer;
    this.isTold ||= answer.kind === 'answered';
    // Once the service could say, the page's payment is older than what is shown.
    if (!given || this.isTold) return answer;
    // Only the provider's answer about each of these refunds shows what became of it.
    for (const refund of this.#own.refunds.values()) {
      if (!canChange(refund)) continue;
      const read = await this.#client.read(this.#adapter.statusPath(refund), (body) =>
        this.#adapter.readStatus(body, refund),
      );
      if (read.kind === 'answered') this.#own.note({ ...refund, ...read.value }, given);
    }
    return { kind: 'answered', value: this.#withTold(this.#own.apply(given)) };
  }

  /** The page's payment need not say what the service has told of this user. */
  #withTold(given: Summary): Summary {
    const { permission, approvalAbove } = this.#told;
    return {
      ...given,
      permission: given.permission ?? permission,
      approvalAbove: given.approvalAbove ?? approvalAbove,
    };
  }

  /** Its figures are of no use if the proxy speaks of another payment. */
  #read(body: unknown): Summary | undefined {
    return (body as PaymentSummary | null)?.payment_id === this.#paymentId ? readSummary(body) : undefined;
  }

  async #ask(): Promise<Answer<Summary>> {
    const path = `/payments/${encodeURIComponent(this.#paymentId)}`;
    const answer = await this.#client.read(path, (body) => this.#read(body));
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
