import { parseDecimal, toDecimal } from '../contract/money/decimal.ts';
import { proxyDescription } from '../contract/payment.ts';
import { countsAgainstRefundable, isFinal } from '../contract/standing.ts';
import { InexactAmountError } from '../contract/upayments/amount.ts';
import type { Adapter, Created } from './adapter.ts';
import { Client, type Answer } from './client.ts';
import { checkAmount, checkDraft, checkVendors, reasonText, splitVendors, type AmountRules, type Faults } from './draft.ts';
import type { Environment } from './environment.ts';
import type { Emit } from './events.ts';
import { fingerprint, IntentStore, type Intent } from './intent-store.ts';
import type { Call, CancelStep, Draft, Order, RefundReason, Refund, Refusal, Summary, Tracked, VendorLine } from './model.ts';
import { EMPTY_DRAFT, reduce, trackedOf, type Event, type State } from './state.ts';
import { readSummary } from './summary.ts';

/** Milliseconds between readings of a status, growing: a fast channel is done in seconds, a slow one in days. */
const PACE = [2, 3, 5, 10, 20, 60, 300].map((seconds) => seconds * 1000);

export interface ControllerOptions {
  readonly adapter: Adapter;
  readonly endpoint: string;
  readonly paymentId: string;
  readonly environment: Environment;
  readonly emit: Emit;
  readonly changed: () => void;
  readonly rules: (currency: string) => AmountRules;
  readonly reasons: () => readonly RefundReason[];
  readonly reference: () => string | undefined;
  /** A `PaymentSummary` of the host page, or undefined to ask the endpoint. */
  readonly payment: () => unknown;
}

type Result = Created | { readonly kind: 'lines'; readonly lines: readonly VendorLine[] };

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
  /** Refunds made here that a summary of the host page cannot know of. Minor units by refund id. */
  readonly #made = new Map<string, bigint>();

  constructor(options: ControllerOptions) {
    this.#options = options;
    this.#client = new Client(options.environment, options.endpoint, options.adapter);
    this.#store = new IntentStore(options.environment, options.endpoint, options.paymentId);
  }

  /** Whether a reload would find a refund that is under way. */
  get durable(): boolean {
    return this.#store.durable;
  }

  /** Whether Check status may send the same request again. */
  canResend({ key, kind, sentAt }: Intent): boolean {
    const young = this.#options.environment.now() - sentAt < this.#options.adapter.capabilities.idempotentUpstream;
    return key !== '' && (this.#deduplicates || young) && (kind === 'refund' || this.#sent?.key === key);
  }

  /** Whether the note must be written again before the same request can be sent. */
  needsNote(intent: Intent): boolean {
    return this.canResend(intent) && intent.noted && this.#sent?.key !== intent.key;
  }

  async load(draft: Draft = EMPTY_DRAFT): Promise<void> {
    this.#stopWaiting();
    this.#dispatch({ type: 'loading', draft });
    const { intent, tracked, lines } = this.#store.read();
    if (intent) this.#dispatch({ type: 'lost', intent, why: 'lost' });
    else if (tracked) this.#dispatch({ type: 'tracked', tracked });
    else if (lines) this.#dispatch({ type: 'lines', lines });
    const [description, summary] = await Promise.all([
      this.#client.read('/', (body) => proxyDescription.safeParse(body).data),
      this.#readSummary(),
    ]);
    this.#deduplicates = description.kind === 'answered' && description.value.deduplicates;
    if (summary.kind === 'answered') this.#dispatch({ type: 'loaded', summary: summary.value });
    else this.#dispatch({ type: 'load_failed', refusal: summary.kind === 'refused' ? summary.refusal : undefined });
    if (tracked || lines) await this.checkStatus();
  }

  /** Late answers still settle what is stored; they draw nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.#stopWaiting();
  }

  type(change: Partial<Draft>): void {
    const { state } = this;
    if (state.at !== 'editing') return;
    const draft = { ...state.draft, ...change };
    // Faults show after the first review, and go as soon as they are corrected.
    const faults = Object.keys(state.faults).length ? this.#check(draft, state.summary).faults : {};
    this.#dispatch({ type: 'typed', draft, faults });
  }

  review(): void {
    const { state } = this;
    if (state.at === 'vendors') return this.#reviewVendors();
    if (state.at !== 'editing') return;
    const { order, faults } = this.#check(state.draft, state.summary);
    this.#dispatch(order ? { type: 'reviewed', order } : { type: 'faulted', faults });
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
    const vendors = state.at === 'vendors_review' ? state : undefined;
    const call = vendors ? adapter.vendors!.call(order, vendors.opened, vendors.amounts) : adapter.create(order);
    const key = environment.newId();
    this.#sent = { key, call, order };
    await this.#post(
      {
        key,
        kind: vendors ? 'vendors' : 'refund',
        print: printOf(key, call),
        sentAt: environment.now(),
        amount: toDecimal(order.amount, order.currency),
        currency: order.currency,
        expected: summary ? toDecimal(summary.refundable, order.currency) : '',
        ...(order.attemptId && { attemptId: order.attemptId }),
        reason: draft.reason,
        ...(order.reference && { reference: order.reference }),
        noted: draft.note.trim() !== '',
      },
      { call, order },
    );
  }

  typeVendor(index: number, text: string): void {
    const { state } = this;
    if (state.at === 'vendors') this.#dispatch({ type: 'vendors_typed', typed: state.typed.with(index, text) });
  }

  split(): void {
    const { state } = this;
    if (state.at !== 'vendors') return;
    const { opened, order } = state;
    const typed = splitVendors(opened.limits, order.amount, this.#options.rules(order.currency));
    if (typed) this.#dispatch({ type: 'vendors_typed', typed });
  }

  /** Reads the status of what is tracked, or clears up what is unknown. `note` as it was written before a reload. */
  async checkStatus(note = ''): Promise<void> {
    const { state } = this;
    if (state.at === 'unknown') return state.checking ? undefined : this.#checkUnknown(state.intent, note);
    if (!('watch' in state) || state.watch.checking) return;
    this.#stopWaiting();
    this.#dispatch({ type: 'checking' });
    const answers = await Promise.all(trackedOf(state).map((tracked, index) => this.#readStatus(tracked, index)));
    this.#dispatch({ type: 'watched', failed: answers.includes(false), now: this.#options.environment.now() });
    this.#wait();
  }

  /** The page can be seen again. */
  shown(): void {
    if (trackedOf(this.state).some(isOpen)) void this.checkStatus();
  }

  /** Another tab wrote what is under way. */
  stored(name: string | null): void {
    if (name !== null && name !== this.#store.name) return;
    const { intent } = this.#store.read();
    const { at } = this.state;
    if (at === 'unknown' && !intent) void this.load();
    else if (intent && (at === 'editing' || at === 'review' || at === 'not_refundable')) {
      this.#dispatch({ type: 'lost', intent, why: 'elsewhere' });
    } else if (at === 'editing') void this.#refresh();
  }

  /** Leaves an outcome for a fresh form, or for the same draft where trying again is safe. */
  async again(keep: boolean): Promise<void> {
    this.#store.clear();
    await this.load(keep ? this.state.draft : EMPTY_DRAFT);
  }

  /** A person has found out what happened, where no machine can. */
  async resolve(): Promise<void> {
    if (this.state.at !== 'unknown' || this.canResend(this.state.intent)) return;
    await this.again(false);
  }

  askCancel(index: number, step: Extract<CancelStep, 'asking'> | undefined): void {
    const tracked = trackedOf(this.state)[index];
    if (tracked?.cancel === 'sending' || tracked?.cancel === 'unknown') return;
    this.#dispatch({ type: 'cancel', index, change: { cancel: step } });
  }

  async confirmCancel(index: number): Promise<void> {
    const tracked = trackedOf(this.state)[index];
    if (tracked?.cancel === 'asking') await this.#cancel(index, tracked);
  }

  #check(draft: Draft, summary: Summary): { readonly order?: Order; readonly faults: Faults } {
    const { adapter, rules, reasons, reference } = this.#options;
    const amountRules = rules(summary.currency);
    const checks = { summary, reasons: reasons(), adapter, rules: amountRules, reference: reference() };
    const checked = checkDraft(draft, checks);
    if (!checked.order) return checked;
    try {
      adapter.create(checked.order);
      return checked;
    } catch (error) {
      // More digits than the provider's JSON number can hold.
      if (!(error instanceof InexactAmountError)) throw error;
      const { fault } = checkAmount('9'.repeat(19), summary.refundable, amountRules);
      return { faults: fault ? { amount: { ...fault, values: { ...fault.values, typed: draft.amount } } } : {} };
    }
  }

  #reviewVendors(): void {
    if (this.state.at !== 'vendors') return;
    const { typed, opened, order } = this.state;
    const placing = checkVendors(typed, opened.limits, order.amount, this.#options.rules(order.currency));
    const ready = placing.rest === 0n && !placing.faults.some(Boolean);
    this.#dispatch(ready ? { type: 'vendors_reviewed', amounts: placing.amounts } : { type: 'vendors_faulted' });
  }

  async #post(intent: Intent, { call, order }: Pick<Sent, 'call' | 'order'>, again = false): Promise<void> {
    const { adapter, emit, paymentId } = this.#options;
    const read = (body: unknown): Result | undefined => {
      if (intent.kind === 'refund') return adapter.readCreated(body, order);
      const lines = adapter.vendors?.read(body, call, order);
      return lines && { kind: 'lines', lines };
    };
    const answer = await this.#store.exclusively(async () => {
      const held = this.#store.read().intent;
      // Another tab was first, or has cleared it up meanwhile.
      if (again ? held?.key !== intent.key : held) return undefined;
      this.#store.write({ intent });
      if (!again) emit('refund-form-submit', { paymentId });
      const answer = await this.#client.write({ call, key: intent.key, expected: intent.expected, read });
      if (answer.kind === 'refused' && again && !settles(answer)) return answer;
      if (answer.kind === 'answered') this.#keep(answer.value);
      if (answer.kind === 'refused') this.#store.clear();
      return answer;
    });
    if (!answer) {
      const held = this.#store.read().intent;
      if (held || !again) this.#dispatch({ type: 'lost', intent: held ?? intent, why: 'elsewhere' });
      else await this.load();
      return;
    }
    await this.#answered(answer, intent, order, again);
  }

  async #answered(answer: Answer<Result>, intent: Intent, order: Order, again: boolean): Promise<void> {
    const { emit, paymentId, environment } = this.#options;
    if (answer.kind === 'unknown' || answer.kind === 'running') {
      this.#dispatch({ type: 'lost', intent, why: answer.kind === 'running' ? 'running' : 'lost' });
      if (!again) emit('refund-form-unknown', { paymentId });
      else await this.#gather();
      return;
    }
    if (answer.kind === 'refused') {
      if (again && !settles(answer)) return this.#gather(answer.refusal);
      this.#dispatch({ type: 'refused', refusal: answer.refusal });
      emit('refund-form-refused', { paymentId, code: answer.refusal.code });
      return this.#refresh();
    }
    const { value } = answer;
    const now = environment.now();
    if (value.kind === 'vendors') return this.#dispatch({ type: 'opened', opened: value.opened, order });
    if (value.kind === 'refund') this.#dispatch({ type: 'tracked', tracked: { refund: value.refund }, now });
    else this.#dispatch({ type: 'lines', lines: value.lines, now });
    const made = value.kind === 'refund' ? [value.refund] : value.lines.flatMap(({ tracked }) => tracked?.refund ?? []);
    for (const refund of made) {
      if (refund.standing !== 'failed') this.#tell('refund-form-accepted', refund);
      if (isFinal(refund.standing)) this.#tell('refund-form-settled', refund);
    }
    this.#polls = 0;
    this.#wait();
    await this.#refresh();
  }

  async #checkUnknown(intent: Intent, note: string): Promise<void> {
    this.#dispatch({ type: 'checking' });
    if (this.#store.read().intent?.key !== intent.key) return this.load();
    if (!this.canResend(intent)) return this.#gather();
    const sent = this.#sent?.key === intent.key ? this.#sent : this.#rebuild(intent, note);
    if (sent) return this.#post(intent, sent, true);
    this.#dispatch({ type: 'evidence', evidence: { at: this.#options.environment.now(), noteWrong: true } });
  }

  /** The request as it was before the reload, or undefined when this note makes it another one. */
  #rebuild(intent: Intent, note: string): Sent | undefined {
    const { adapter, paymentId, reasons } = this.#options;
    const { key, currency, attemptId, reference } = intent;
    const amount = parseDecimal(intent.amount, currency);
    if (!amount.ok) return undefined;
    const chosen = reasons().find(({ value }) => value === intent.reason) ?? { value: intent.reason };
    const reason = reasonText(chosen, note);
    const order = { paymentId, attemptId, amount: amount.minor, currency, reason, reference };
    const call = adapter.create(order);
    return printOf(key, call) === intent.print ? { key, call, order } : undefined;
  }

  /** Reads what may be evidence about an unknown refund. It never decides. */
  async #gather(refusal?: Refusal): Promise<void> {
    const { adapter, paymentId, environment } = this.#options;
    const [summary, count] = await Promise.all([
      this.#readSummary(),
      adapter.countRefunds((path) => this.#body(path), paymentId),
    ]);
    if (summary.kind === 'answered') this.#dispatch({ type: 'loaded', summary: summary.value });
    const refundable = summary.kind === 'answered' ? toDecimal(summary.value.refundable, summary.value.currency) : undefined;
    this.#dispatch({ type: 'evidence', evidence: { at: environment.now(), refusal, refundable, count } });
  }

  /** False when there was no answer. */
  async #readStatus(tracked: Tracked | undefined, index: number): Promise<boolean> {
    if (!isOpen(tracked)) return true;
    if (tracked.cancel === 'unknown') await this.#cancel(index, tracked);
    const { adapter } = this.#options;
    const { refund } = tracked;
    const answer = await this.#client.read(adapter.statusPath(refund), (body) => adapter.readStatus(body, refund));
    if (answer.kind !== 'answered') return isFinal(trackedOf(this.state)[index]?.refund.standing ?? 'pending');
    this.#update(index, answer.value);
    return true;
  }

  async #cancel(index: number, tracked: Tracked): Promise<void> {
    const { adapter, environment } = this.#options;
    if (!adapter.cancel) return;
    const again = tracked.cancel === 'unknown';
    const cancelKey = tracked.cancelKey ?? environment.newId();
    this.#dispatch({ type: 'cancel', index, change: { cancel: 'sending', cancelKey } });
    this.#persist();
    const call = adapter.cancel.call(tracked.refund);
    const answer = await this.#client.write({ call, key: cancelKey, read: adapter.cancel.readDone });
    if (answer.kind === 'answered') {
      this.#update(index, { ...tracked.refund, standing: 'cancelled', words: answer.value });
      return;
    }
    const refusal = answer.kind === 'refused' ? answer.refusal : undefined;
    // A second try may be refused because the first one went through.
    const change = refusal && !again ? { refusal } : { cancel: 'unknown' as const, cancelKey, refusal };
    this.#dispatch({ type: 'cancel', index, change });
    this.#persist();
    if (refusal && !again) await this.checkStatus();
  }

  #update(index: number, refund: Refund): void {
    const before = trackedOf(this.state)[index]?.refund.standing;
    this.#dispatch({ type: 'status', index, refund });
    const after = trackedOf(this.state)[index]?.refund;
    if (!after || after.standing === before) return;
    this.#persist();
    if (isFinal(after.standing)) this.#tell('refund-form-settled', after);
    if (after.standing === 'cancelled') this.#tell('refund-form-cancelled', after);
    void this.#refresh();
  }

  #tell(name: 'refund-form-accepted' | 'refund-form-settled' | 'refund-form-cancelled', refund: Refund): void {
    const { emit, paymentId } = this.#options;
    const { id, amount, currency, standing } = refund;
    const minor = parseDecimal(amount, currency);
    this.#made.set(id, minor.ok && countsAgainstRefundable(standing) ? minor.minor : 0n);
    emit(name, { paymentId, refundId: id, standing });
  }

  /** Keeps what is not final, and forgets the rest. */
  #keep(value: Result): void {
    if (value.kind === 'refund' && isOpen(value)) this.#store.write({ tracked: { refund: value.refund } });
    else if (value.kind === 'lines' && value.lines.some(isOpenLine)) this.#store.write({ lines: value.lines });
    else this.#store.clear();
  }

  #persist(): void {
    const { state } = this;
    if (this.#stopped) return;
    if (state.at === 'vendors_result' && state.lines.some(isOpenLine)) this.#store.write({ lines: state.lines });
    else if ('tracked' in state && isOpen(state.tracked)) this.#store.write({ tracked: state.tracked });
    else if ('watch' in state) this.#store.clear();
  }

  #wait(): void {
    this.#stopWaiting();
    if (this.#stopped || !trackedOf(this.state).some(isOpen)) return;
    const { later, hidden } = this.#options.environment;
    const ms = PACE[Math.min(this.#polls++, PACE.length - 1)]!;
    // Nobody looks at a hidden page: `shown` goes on.
    this.#stopWaiting = later(() => void (hidden() || this.checkStatus()), ms);
  }

  async #refresh(): Promise<void> {
    const summary = await this.#readSummary();
    if (summary.kind === 'answered') this.#dispatch({ type: 'loaded', summary: summary.value });
  }

  async #readSummary(): Promise<Answer<Summary>> {
    const { adapter, paymentId, payment } = this.#options;
    const given = readSummary(payment());
    if (given) {
      const made = [...this.#made.values()].reduce((sum, amount) => sum + amount, 0n);
      const refundable = given.refundable > made ? given.refundable - made : 0n;
      return { kind: 'answered', value: { ...given, pending: given.pending + made, refundable } };
    }
    const answer = await this.#client.read(`/payments/${encodeURIComponent(paymentId)}`, readSummary);
    const own = answer.kind === 'refused' && answer.refusal.proxy && answer.refusal.code !== 'path_not_allowed';
    if (answer.kind === 'answered' || own) return answer;
    const value = await adapter.readPayment?.((path) => this.#body(path), paymentId);
    return value ? { kind: 'answered', value } : answer;
  }

  async #body(path: string): Promise<unknown> {
    const answer = await this.#client.read(path, (body) => body ?? undefined);
    return answer.kind === 'answered' ? answer.value : undefined;
  }

  #dispatch(event: Event): void {
    if (this.#stopped) return;
    const next = reduce(this.state, event);
    if (next === this.state) return;
    this.state = next;
    this.#options.changed();
  }
}

function printOf(key: string, { path, body }: Call): string {
  return fingerprint(key, path, JSON.stringify(body));
}

function isOpen(tracked: Tracked | undefined): tracked is Tracked {
  return tracked !== undefined && !isFinal(tracked.refund.standing);
}

function isOpenLine({ tracked, refused }: VendorLine): boolean {
  return refused === 'unknown' || isOpen(tracked);
}

/**
 * Whether the refusal of a repeated request says that the first one moved nothing. A replayed answer is the first
 * one's own. The ledger looks a key up before it weighs amounts, so these two mean that it never saw the first. A provider's
 * refusal of the request itself means the same, but one of the caller (401, 403, 429) says nothing about the first.
 */
function settles({ refusal, status, replayed }: Extract<Answer<unknown>, { kind: 'refused' }>): boolean {
  if (replayed) return true;
  if (refusal.proxy) return refusal.code === 'refundable_changed' || refusal.code === 'amount_above_refundable';
  return status !== 401 && status !== 403 && status !== 429 && refusal.code !== 'idempotency_error';
}
