import { parseDecimal, toDecimal } from '../contract/money/decimal.ts';
import { proxyDescription } from '../contract/payment.ts';
import { countsAgainstRefundable, isFinal, type RefundStanding } from '../contract/standing.ts';
import type { Adapter, Created } from './adapter.ts';
import { Client, type Answer, type Refused } from './client.ts';
import { checkDraft, checkVendors, reasonText, splitVendors, sumOf, type AmountRules } from './draft.ts';
import type { Environment, Watch } from './environment.ts';
import type { Emit } from './events.ts';
import { fingerprint, IntentStore, type Intent } from './intent-store.ts';
import type { Call, Draft, Order, RefundReason, Refund, Summary } from './model.ts';
import { EMPTY_DRAFT, isOpen, reduce, refundsOf, type Event, type State } from './state.ts';
import { readSummary } from './summary.ts';

/** Milliseconds between readings of a status, growing: a fast channel is done in seconds, a slow one in days. */
const PACE = [2e3, 3e3, 5e3, 10e3, 20e3, 60e3, 300e3];

export interface ControllerOptions {
  readonly adapter: Adapter;
  readonly endpoint: string;
  readonly paymentId: string;
  readonly environment: Environment;
  readonly emit: Emit;
  readonly changed: () => void;
  /** What may change while the form is shown. `payment`: a `PaymentSummary` of the host page, or undefined to ask the endpoint. */
  readonly settings: () => Omit<AmountRules, 'currency'> & {
    readonly reasons: readonly RefundReason[];
    readonly reference?: string | undefined;
    readonly payment?: unknown;
  };
}

/** What was sent by this very page, and can be sent again as it was. */
interface Sent {
  readonly key: string;
  readonly call: Call;
  readonly order: Order;
}

/** One payment's refund, from loading to its outcome: does what the states need done, and draws nothing. */
export class Controller {
  state: State = { at: 'loading', draft: EMPTY_DRAFT };
  readonly #options: ControllerOptions;
  readonly #client: Client;
  readonly #store: IntentStore;
  #deduplicates = false;
  #sent: Sent | undefined;
  #stopped = false;
  #polls = 0;
  #stopWaiting = () => {};
  #watch: Watch | undefined;
  /** Refunds made here that a summary of the host page cannot know of. */
  readonly #made = new Map<string, Refund>();

  constructor(options: ControllerOptions) {
    const { environment, endpoint, adapter, paymentId } = options;
    this.#options = options;
    this.#client = new Client(environment, endpoint, adapter);
    this.#store = new IntentStore(environment, endpoint, paymentId);
  }

  /** Whether a reload would find a refund that is under way. */
  get durable(): boolean {
    return this.#store.durable;
  }

  /** Whether Check status may send the same request again. */
  canResend({ key, vendors, sentAt }: Intent): boolean {
    const { environment, adapter } = this.#options;
    const young = environment.now() - sentAt < adapter.capabilities.idempotentUpstream;
    return key !== '' && (this.#deduplicates || young) && (!vendors || this.#sent?.key === key);
  }

  /** Whether the note must be written again before the same request can be sent. */
  needsNote(intent: Intent): boolean {
    return !!intent.noted && this.#sent?.key !== intent.key && this.canResend(intent);
  }

  rules(currency: string): AmountRules {
    return { ...this.#options.settings(), currency };
  }

  async load(draft = EMPTY_DRAFT): Promise<void> {
    this.#stopWaiting();
    this.#dispatch({ type: 'loading', draft });
    const { intent, refunds } = this.#store.read();
    if (intent) this.#dispatch({ type: 'lost', intent, why: 'lost' });
    else if (refunds) this.#dispatch({ type: 'answered', refunds });
    const [summary] = await Promise.all([this.#refresh(), this.#describe()]);
    if (summary.kind !== 'answered') {
      this.#dispatch({ type: 'load_failed', notice: summary.kind === 'refused' ? summary.refusal : undefined });
    }
    this.#options.changed();
    await this.checkStatus('', true);
  }

  /** Reads the payment again: the page knows that it has changed, and knows what was refunded here. */
  async refresh(): Promise<void> {
    const { at, draft } = this.state;
    this.#made.clear();
    await (at === 'not_refundable' || at === 'load_failed' ? this.load(draft) : this.#refresh());
  }

  /** Late answers still settle what is stored; they draw nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#watch?.stop();
    this.#stopWaiting();
  }

  type(change: Partial<Draft>): void {
    const { state } = this;
    if (state.at !== 'editing') return;
    const draft = { ...state.draft, ...change };
    // Faults show after the first review, and go as soon as they are corrected.
    const checked = Object.keys(state.faults).length ? this.#check(draft, state.summary) : {};
    this.#dispatch({ type: 'typed', draft, faults: 'paymentId' in checked ? {} : checked });
  }

  /** Empty without an index: divides in proportion. */
  divide(index?: number, text = ''): void {
    const { state } = this;
    if (state.at !== 'vendors') return;
    const { order, opened, typed } = state;
    const divided =
      index === undefined
        ? splitVendors(order.amount, opened.limits, this.rules(order.currency))
        : typed.map((old, at) => (at === index ? text : old));
    this.#dispatch({ type: 'divided', typed: divided ?? typed });
  }

  review(): void {
    const { state } = this;
    if (state.at === 'editing') {
      const { draft, summary } = state;
      const checked = this.#check(draft, summary);
      if ('paymentId' in checked) this.#dispatch({ type: 'reviewed', order: checked });
      else this.#dispatch({ type: 'typed', draft, faults: checked });
    } else if (state.at === 'vendors') {
      const { typed, opened, order } = state;
      const amounts = checkVendors(typed, opened.limits, this.rules(order.currency));
      const sound = amounts.filter((amount) => typeof amount === 'bigint');
      const ready = sound.length === amounts.length && sumOf(sound) === order.amount;
      this.#dispatch(ready ? { type: 'divided_reviewed', amounts: sound } : { type: 'divided', typed, faulted: true });
    }
  }

  change(): void {
    this.#dispatch({ type: 'changed' });
  }

  /** The only way a refund is sent. A second click finds another state and does nothing. */
  async confirm(): Promise<void> {
    const { state } = this;
    if (state.at !== 'review' && state.at !== 'vendors_review') return;
    this.#dispatch({ type: 'confirmed' });
    const { adapter, environment } = this.#options;
    const { order, draft, summary } = state;
    const { amount, currency, attemptId, reference } = order;
    const vendors = state.at === 'vendors_review';
    const call = vendors ? adapter.vendors!.call(order, state.opened, state.amounts) : adapter.create(order);
    const key = environment.newId();
    const sent = { key, call, order };
    this.#sent = sent;
    const intent: Intent = {
      key,
      vendors,
      print: fingerprint(call),
      sentAt: environment.now(),
      amount: toDecimal(amount, currency),
      currency,
      expected: summary && toDecimal(summary.refundable, currency),
      attemptId,
      reason: draft.reason,
      reference,
      noted: draft.note.trim() !== '',
    };
    await this.#post(intent, sent, false);
  }

  /**
   * Reads the status of refunds that are not final, or clears up one that is unknown. `note`: as it was written before
   * a reload. `quietly`: only what reading alone can tell.
   */
  async checkStatus(note = '', quietly = false): Promise<void> {
    const { state } = this;
    if (state.at === 'unknown' && !quietly && !state.checking) await this.#checkUnknown(state.intent, note);
    if (!('refunds' in state) || state.checking || !state.refunds.some(isOpen)) return;
    this.#stopWaiting();
    this.#dispatch({ type: 'checking' });
    const answers = await Promise.all(state.refunds.map((refund, index) => this.#readStatus(refund, index)));
    this.#dispatch({
      type: 'checked',
      checkedAt: answers.includes(false) ? undefined : this.#options.environment.now(),
    });
    this.#wait();
  }

  /** Another tab wrote what is under way. */
  stored(name: string | null): void {
    if (name && name !== this.#store.name) return;
    const { intent } = this.#store.read();
    const { at } = this.state;
    if (at === 'unknown' && !intent) void this.load();
    else if (intent && (at === 'editing' || at === 'review'))
      this.#dispatch({ type: 'lost', intent, why: 'elsewhere' });
    else if (at === 'editing') void this.#refresh();
  }

  /** Leaves an outcome for a fresh form, or for the same draft where trying again is safe. */
  async again(draft?: Draft): Promise<void> {
    this.#store.clear();
    await this.load(draft);
  }

  /** `step` undefined takes the question back. */
  askCancel(index: number, step?: 'asking'): void {
    this.#change(index, { cancelStep: step, refusal: undefined });
  }

  async cancel(index: number): Promise<void> {
    const refund = refundsOf(this.state)[index];
    const { adapter, environment } = this.#options;
    const again = refund?.cancelStep === 'unknown';
    if (!adapter.cancel || (refund?.cancelStep !== 'asking' && !again)) return;
    const cancelKey = refund.cancelKey ?? environment.newId();
    this.#change(index, { cancelStep: 'sending', cancelKey });
    const answer = await this.#client.write(adapter.cancel.call(refund), cancelKey, adapter.cancel.read);
    if (answer.kind === 'answered') {
      this.#change(index, { standing: 'cancelled', words: answer.value, cancelStep: undefined });
      return;
    }
    const refusal = answer.kind === 'refused' ? answer.refusal : undefined;
    // A second try may be refused because the first one went through.
    this.#change(index, { refusal, cancelStep: refusal && !again ? undefined : 'unknown' });
    // What was refused may be done already.
    if (refusal && !again) await this.checkStatus();
  }

  #check(draft: Draft, summary: Summary) {
    const { settings, paymentId, adapter } = this.#options;
    return checkDraft(draft, summary, { ...settings(), ...adapter, currency: summary.currency, paymentId });
  }

  async #post(intent: Intent, { call, order }: Sent, again: boolean): Promise<void> {
    const { adapter, emit, paymentId, environment } = this.#options;
    const { key, vendors, expected } = intent;
    const read = (body: unknown) =>
      vendors ? adapter.vendors?.read(body, call, order) : adapter.readCreated(body, order);
    const answer = await this.#store.exclusively(async () => {
      const held = this.#store.read().intent;
      // Another tab was first, or has cleared it up meanwhile.
      if (again ? held?.key !== key : held) return undefined;
      this.#store.write({ intent });
      if (!again) emit('refund-form-submit', { paymentId });
      const answer = await this.#client.write<Created>(call, key, read, expected);
      if (answer.kind === 'answered') this.#keep('refunds' in answer.value ? answer.value.refunds : []);
      if (answer.kind === 'refused' && (!again || settles(answer))) this.#store.clear();
      return answer;
    });
    const held = this.#store.read().intent;
    if (!answer) {
      if (held) this.#dispatch({ type: 'lost', intent: held, why: 'elsewhere' });
      else await this.load(this.state.draft);
    } else if (answer.kind === 'answered') {
      const { value } = answer;
      if ('opened' in value) this.#dispatch({ type: 'opened', opened: value.opened, order });
      else this.#accepted(value.refunds);
    } else if (answer.kind === 'refused' && !held) {
      this.#dispatch({ type: 'refused', notice: answer.refusal });
      emit('refund-form-refused', { paymentId, code: answer.refusal.code });
    } else {
      const { kind } = answer;
      this.#dispatch({ type: 'lost', intent, why: kind === 'running' || kind === 'approval' ? kind : 'lost' });
      if (!again) emit('refund-form-unknown', { paymentId });
      const refusal = answer.kind === 'refused' ? answer.refusal : undefined;
      if (again) this.#dispatch({ type: 'evidence', evidence: { time: environment.now(), refusal } });
    }
    await this.#refresh();
  }

  #accepted(refunds: readonly Refund[]): void {
    this.#dispatch({ type: 'answered', refunds, checkedAt: this.#options.environment.now() });
    for (const refund of refunds) {
      if (refund.id && refund.standing !== 'failed') this.#tell('accepted', refund);
      if (refund.id && !isOpen(refund)) this.#tell('settled', refund);
    }
    this.#polls = 0;
    this.#wait();
  }

  async #checkUnknown(intent: Intent, note: string): Promise<void> {
    this.#dispatch({ type: 'checking' });
    const { key } = intent;
    if (this.#store.read().intent?.key !== key) return this.load();
    const time = this.#options.environment.now();
    if (!this.canResend(intent)) await this.#describe();
    if (!this.canResend(intent)) {
      await this.#refresh();
      return this.#dispatch({ type: 'evidence', evidence: { time } });
    }
    const sent = this.#sent?.key === key ? this.#sent : this.#rebuild(intent, note);
    if (sent) await this.#post(intent, sent, true);
    else this.#dispatch({ type: 'evidence', evidence: { time, noteWrong: true } });
  }

  /** The request as it was before the reload, or undefined when this note makes it another one. */
  #rebuild(
    { key, print, amount = '', currency = '', attemptId, reason, reference }: Intent,
    note: string,
  ): Sent | undefined {
    const { adapter, paymentId, settings } = this.#options;
    const parsed = parseDecimal(amount, currency);
    if (!parsed.ok) return undefined;
    const chosen = settings().reasons.find(({ value }) => value === reason);
    const order = { paymentId, attemptId, amount: parsed.minor, currency, reason: reasonText(chosen, note), reference };
    const call = adapter.create(order);
    return fingerprint(call) === print ? { key, call, order } : undefined;
  }

  /** False when there was no answer. */
  async #readStatus(refund: Refund, index: number): Promise<boolean> {
    if (!isOpen(refund)) return true;
    if (refund.cancelStep === 'unknown') await this.cancel(index);
    const { adapter } = this.#options;
    const answer = await this.#client.read(adapter.statusPath(refund), (body) => adapter.readStatus(body, refund));
    if (answer.kind === 'answered') this.#change(index, answer.value);
    return answer.kind === 'answered' || !isOpen(refundsOf(this.state)[index]!);
  }

  #change(index: number, change: Partial<Refund>): void {
    const before = refundsOf(this.state)[index];
    this.#dispatch({ type: 'refund', index, change });
    const after = refundsOf(this.state)[index];
    if (!before || !after || this.#stopped) return;
    this.#keep(refundsOf(this.state));
    if (after.standing === before.standing) return;
    if (isFinal(after.standing as RefundStanding)) this.#tell('settled', after);
    if (after.standing === 'cancelled') this.#tell('cancelled', after);
    void this.#refresh();
  }

  #tell(what: 'accepted' | 'settled' | 'cancelled', refund: Refund): void {
    const { emit, paymentId } = this.#options;
    this.#made.set(refund.id, refund);
    emit(`refund-form-${what}`, { paymentId, refundId: refund.id, standing: refund.standing as RefundStanding });
  }

  /** Keeps refunds of which something is not known for good, and forgets the rest. */
  #keep(refunds: readonly Refund[]): void {
    if (refunds.some((refund) => isOpen(refund) || refund.standing === 'unknown')) this.#store.write({ refunds });
    else this.#store.clear();
  }

  #wait(): void {
    this.#stopWaiting();
    const { later, hidden } = this.#options.environment;
    if (this.#stopped || !refundsOf(this.state).some(isOpen)) return;
    // Nobody looks at a hidden page: the check waits for the next `checkStatus`.
    this.#stopWaiting = later(
      () => void (hidden() || this.checkStatus()),
      // Events tell at once: the checks between them are for what no event reaches.
      PACE[Math.min(this.#watch?.live() ? 5 : this.#polls++, PACE.length - 1)]!,
    );
  }

  async #describe(): Promise<void> {
    const answer = await this.#client.read('/', (body) => proxyDescription.safeParse(body).data);
    if (answer.kind !== 'answered') return;
    this.#deduplicates = answer.value.deduplicates;
    const { max_event_payments: most } = answer.value;
    if (!most || this.#watch || this.#stopped) return;
    const { environment, endpoint, paymentId, settings } = this.#options;
    this.#watch = environment.listen({ endpoint, paymentId, most }, (told) => {
      const summary = settings().payment ? undefined : readSummary(told);
      if (summary) this.#dispatch({ type: 'loaded', summary });
      else void this.#refresh();
      void this.checkStatus('', true);
    });
  }

  async #refresh(): Promise<Answer<Summary>> {
    const answer = await this.#readSummary();
    if (answer.kind === 'answered') this.#dispatch({ type: 'loaded', summary: answer.value });
    return answer;
  }

  #payment(): string {
    return `/payments/${encodeURIComponent(this.#options.paymentId)}`;
  }

  async #readSummary(): Promise<Answer<Summary>> {
    const { adapter, paymentId, settings } = this.#options;
    const given = readSummary(settings().payment);
    if (given) return { kind: 'answered', value: this.#withMade(given) };
    const answer = await this.#client.read(this.#payment(), readSummary);
    const own = answer.kind === 'refused' && answer.refusal.proxy && answer.refusal.code !== 'path_not_allowed';
    if (answer.kind === 'answered' || own) return answer;
    const value = await adapter.readPayment?.(async (path) => {
      const read = await this.#client.read(path, (body) => body);
      return read.kind === 'answered' ? read.value : undefined;
    }, paymentId);
    return value ? { kind: 'answered', value } : answer;
  }

  #withMade(given: Summary): Summary {
    let made = 0n;
    for (const { amount, currency, standing } of this.#made.values()) {
      const parsed = parseDecimal(amount, currency);
      if (parsed.ok && countsAgainstRefundable(standing as RefundStanding)) made += parsed.minor;
    }
    const { pending, refundable } = given;
    return { ...given, pending: pending + made, refundable: refundable > made ? refundable - made : 0n };
  }

  #dispatch(event: Event): void {
    if (this.#stopped) return;
    this.state = reduce(this.state, event);
    this.#options.changed();
  }
}

/**
 * Whether the refusal of a repeated request says that the first one moved nothing. A replayed answer is the first
 * one's own. The ledger looks a key up before it weighs amounts, so those codes mean that it never saw the first, or that
 * a person settled it. A provider's refusal of the request means the same, but one of the caller (401, 403, 429) says
 * nothing about the first.
 */
function settles({ refusal: { proxy, code }, status, replayed }: Refused): boolean {
  if (replayed) return true;
  return proxy
    ? ['refundable_changed', 'amount_above_refundable', 'settled_nothing'].includes(code)
    : ![401, 403, 429].includes(status) && code !== 'idempotency_error';
}
