import { parseDecimal, toDecimal } from '../contract/money/decimal.ts';
import { isFinal, type RefundStanding } from '../contract/standing.ts';
import type { Adapter, Created } from './adapter.ts';
import { Client, type Answer } from './client.ts';
import { checkDraft, checkVendors, reasonText, splitVendors, sumOf, type AmountRules } from './draft.ts';
import type { Environment, Watch } from './environment.ts';
import type { Emit } from './events.ts';
import { changeOf, toldOf } from './follow.ts';
import { fingerprint, IntentStore, type Intent } from './intent-store.ts';
import type { Call, Draft, Failure, Order, RefundReason, Refund, Refusal, Summary } from './model.ts';
import { PaymentReader } from './payment-reader.ts';
import {
  canChange,
  EMPTY_DRAFT,
  isOpen,
  isUnclear,
  isUnknown,
  reduce,
  refundsOf,
  type Event,
  type State,
  type Unknown,
} from './state.ts';

/** Milliseconds between readings of a status, growing: a fast channel is done in seconds, a slow one in days. */
const PACE = [2e3, 3e3, 5e3, 10e3, 20e3, 60e3, 300e3];
/** With a stream of live status: the checks between its events are for what no event reaches. */
const WITH_EVENTS = 5;

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
  readonly #payment: PaymentReader;
  #deduplicates = false;
  /** How many payments a stream of live status may tell of; 0 where there is none. */
  #streams = 0;
  #sent: Sent | undefined;
  #stopped = false;
  #paused = false;
  #polls = 0;
  /** The admin was told that the browser is offline. */
  #warned = false;
  /** The page is told once that the sign-in has ended, until an answer shows that there is one again. */
  #signedIn = true;
  #stopWaiting = () => {};
  #watch: Watch | undefined;
  /** The payment as the proxy told it last. A review holds on to older figures. */
  #told: Summary | undefined;

  constructor(options: ControllerOptions) {
    const { environment, endpoint, adapter, paymentId, settings } = options;
    this.#options = options;
    this.#client = new Client(environment, endpoint, adapter);
    this.#store = new IntentStore(environment, endpoint, paymentId);
    this.#store.changed = () => this.stored(this.#store.name);
    this.#payment = new PaymentReader(this.#client, adapter, paymentId, () => settings().payment);
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

  async load(draft = this.#store.draft ?? EMPTY_DRAFT): Promise<void> {
    this.#stopWaiting();
    this.#dispatch({ type: 'loading', draft });
    const { intent, refunds } = this.#store.read();
    if (refunds) this.#dispatch({ type: 'answered', refunds: refunds.map(leftBehind), intent });
    else if (intent) this.#dispatch({ type: 'lost', intent, why: 'lost' });
    const [summary] = await Promise.all([this.refresh(), this.#describe()]);
    this.#failed(summary);
    // What the proxy can do decides which buttons there are.
    this.#draw();
    await this.checkStatus('', true);
  }

  /** Reads the payment again: the page knows that it has changed. */
  async refresh(): Promise<Answer<Summary>> {
    const answer = await this.#payment.read();
    if (answer.kind === 'answered') {
      this.#signedIn = true;
      this.#loaded(answer.value);
    } else if (answer.kind === 'signed_out') this.#signedOut();
    return answer;
  }

  /** The page is seen again, is online again, or was put back where it was: what it shows may be old. */
  async resume(): Promise<void> {
    this.#paused = false;
    const { at, draft } = this.state;
    if (at === 'loading') return;
    if (at === 'load_failed' || at === 'signed_out') await this.load(draft);
    else await Promise.all([this.refresh(), this.checkStatus('', true)]);
    this.#wait();
  }

  /** The element is not in the page. What is under way goes on, and its answer still counts. */
  pause(): void {
    this.#paused = true;
    this.#stopWaiting();
    this.#listen();
  }

  /** Another payment is shown from now on. Late answers still settle what is stored; they draw nothing any more. */
  stop(): void {
    this.#stopped = true;
    this.pause();
    this.#store.close();
  }

  type(change: Partial<Draft>): void {
    const { state } = this;
    if (state.at !== 'editing') return;
    const draft = { ...state.draft, ...change };
    // Faults show after the first review, and go as soon as they are corrected.
    const checked = state.tries ? this.#check(draft, state.summary) : {};
    this.#store.draft = draft;
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
      if (!('paymentId' in checked)) return this.#dispatch({ type: 'typed', draft, faults: checked, tried: true });
      this.#dispatch({ type: 'reviewed', order: checked });
    } else if (state.at === 'vendors') {
      const { typed, opened, order } = state;
      const amounts = checkVendors(typed, opened.limits, this.rules(order.currency));
      const sound = amounts.filter((amount) => typeof amount === 'bigint');
      const ready = sound.length === amounts.length && sumOf(sound) === order.amount;
      if (!ready) return this.#dispatch({ type: 'divided', typed, tried: true });
      this.#dispatch({ type: 'divided_reviewed', amounts: sound });
    }
    // Whoever reviews decides by these figures: a colleague may have refunded since they were read.
    if (!this.#watch?.live()) void this.refresh();
  }

  change(): void {
    this.#dispatch({ type: 'changed' });
  }

  /** Leaves the division over vendors. */
  back(): void {
    this.#dispatch({ type: 'back' });
    void this.refresh();
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
    // The browser may be wrong about a network of its own: whoever sends again, sends.
    const offline = environment.offline(this.#client.url(call.path)) && !this.#warned;
    this.#warned = offline;
    if (offline) {
      return this.#dispatch({ type: 'refused', notice: { code: 'offline', words: '', proxy: true } });
    }
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
      ...(vendors && { parts: adapter.vendors!.labels(state.opened) }),
    };
    await this.#post(intent, sent, false);
  }

  /**
   * Reads the status of refunds that may still change, or clears up one that is unknown. `note`: as it was written before
   * a reload. `quietly`: only what reading alone can tell.
   */
  async checkStatus(note = '', quietly = false): Promise<void> {
    const { state } = this;
    if (isUnknown(state) && !state.checking) await (quietly ? this.refresh() : this.#checkUnknown(state.intent, note));
    else if ('refunds' in state && !state.checking) await this.#checkRefunds(quietly);
    this.#wait();
  }

  /** Another tab or form wrote what is under way. */
  stored(name: string | null): void {
    if (this.#stopped || (name && name !== this.#store.name)) return;
    const { intent, refunds } = this.#store.read();
    const { state } = this;
    // What this form is sending, its own answer tells.
    if (state.at === 'sending') return;
    if (isUnknown(state) || 'refunds' in state) {
      const shown = 'intent' in state ? state.intent : undefined;
      if (shown && intent?.key !== shown.key) void this.load(state.draft);
    } else if (intent && !refunds) this.#dispatch({ type: 'lost', intent, why: 'elsewhere' });
    else void this.refresh();
  }

  /** Leaves an outcome for a fresh form, or for the same draft where trying again is safe. */
  async again(draft?: Draft): Promise<void> {
    const refunds = refundsOf(this.state);
    this.#store.draft = draft;
    // The record of what is not over goes when the next refund is sent, not before.
    if (refunds.some(isOpen)) this.#dispatch({ type: 'loading', draft: draft ?? EMPTY_DRAFT });
    else {
      this.#store.clear();
      return this.load(draft);
    }
    this.#failed(await this.refresh());
  }

  /** A person knows what happened, and says so. */
  async unlock(): Promise<void> {
    this.#store.clear();
    await this.load();
  }

  /** Asks whether another refund is meant while this one is not over. */
  askAnother(asked: boolean): void {
    this.#dispatch({ type: 'another', asked });
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
    const call = adapter.cancel.call(refund);
    const cancelKey = refund.cancelKey ?? environment.newId();
    this.#change(index, { cancelStep: 'sending', cancelKey });
    const answer = await this.#client.write(call, cancelKey, adapter.cancel.read, { resent: again });
    if (answer.kind === 'answered') {
      this.#change(index, { standing: 'cancelled', words: answer.value, cancelStep: undefined });
      await this.refresh();
      return;
    }
    const refused = isSettled(answer);
    if (answer.kind === 'signed_out') this.#signedOut(answer.refusal);
    this.#change(index, { refusal: answer.refusal, cancelStep: refused ? undefined : 'unknown' });
    // What was refused may be done already.
    if (refused) await this.checkStatus('', true);
  }

  #check(draft: Draft, summary: Summary) {
    const { settings, paymentId, adapter } = this.#options;
    return checkDraft(draft, summary, { ...settings(), ...adapter, currency: summary.currency, paymentId });
  }

  async #post(intent: Intent, { call, order }: Sent, resent: boolean): Promise<void> {
    const { adapter, emit, paymentId } = this.#options;
    const { key, vendors, expected } = intent;
    const read = (body: unknown) =>
      vendors ? adapter.vendors?.read(body, call, order) : adapter.readCreated(body, order);
    const answer = await this.#store.exclusively(async (): Promise<Answer<Created> | 'unstored' | undefined> => {
      const held = this.#store.read().intent;
      // Another tab was first, or has cleared it up meanwhile.
      if (resent ? held?.key !== key : held) return undefined;
      const { durable } = this.#store;
      // The admin has not been told that this browser keeps no record: the review says so now, and can be confirmed.
      if (!this.#store.write({ intent }) && durable && !resent) {
        this.#store.clear();
        return 'unstored';
      }
      if (!resent && !(await this.#store.holds(intent))) return undefined;
      if (!resent) emit('refund-form-submit', { paymentId });
      const answer = await this.#client.write<Created>(call, key, read, { resent, expected });
      if (answer.kind === 'answered') this.#keep('refunds' in answer.value ? answer.value.refunds : [], intent);
      if (isSettled(answer)) this.#store.clear();
      return answer;
    });
    if (answer === 'unstored') return this.#dispatch({ type: 'unsent' });
    const held = this.#store.read().intent;
    if (answer) this.#answered(answer, intent, order, resent);
    else if (held) this.#dispatch({ type: 'lost', intent: held, why: 'elsewhere' });
    else return this.load(this.state.draft);
    // An event may have settled it before its answer was lost, and the reading that follows may fail.
    if (this.#told && isUnknown(this.state)) this.#follow(this.state, this.#told);
    await this.refresh();
  }

  #answered(answer: Answer<Created>, intent: Intent, order: Order, resent: boolean): void {
    const { emit, paymentId, environment } = this.#options;
    if (answer.kind === 'answered') {
      const { value } = answer;
      this.#store.draft = undefined;
      if ('opened' in value) this.#dispatch({ type: 'opened', opened: value.opened, order });
      else this.#accepted(value.refunds, intent);
      return;
    }
    const { refusal } = answer;
    const settled = isSettled(answer);
    if (settled) this.#refused(refusal ?? SIGN_IN);
    if (answer.kind === 'signed_out') this.#signedOut(refusal);
    if (settled) return;
    const { kind } = answer;
    this.#dispatch({ type: 'lost', intent, why: kind === 'unknown' || kind === 'refused' ? 'lost' : kind });
    if (!resent) emit(kind === 'approval' ? 'refund-form-approval' : 'refund-form-unknown', { paymentId });
    if (resent) this.#dispatch({ type: 'evidence', evidence: { time: environment.now(), refusal } });
    this.#wait();
  }

  #refused(notice: Refusal): void {
    const { emit, paymentId } = this.#options;
    this.#payment.correct(notice);
    this.#dispatch({ type: 'refused', notice });
    emit('refund-form-refused', { paymentId, code: notice.code });
  }

  #accepted(refunds: readonly Refund[], intent: Intent): void {
    const unknown = refunds.some(hasNoAnswer) ? intent : undefined;
    this.#dispatch({ type: 'answered', refunds, checkedAt: this.#options.environment.now(), intent: unknown });
    for (const refund of refunds) {
      if (refund.standing === 'unknown') continue;
      if (refund.standing !== 'failed') this.#tell('accepted', refund);
      if (refund.id && !isOpen(refund)) this.#tell('settled', refund);
    }
    this.#polls = 0;
    this.#wait();
  }

  async #checkUnknown(intent: Intent, note: string): Promise<void> {
    this.#dispatch({ type: 'checking' });
    const { key } = intent;
    if (this.#store.read().intent?.key !== key) return this.load();
    // The proxy may know by now what became of it: then nothing is sent.
    const answer = await this.refresh();
    const { state } = this;
    if (!isUnknown(state) || state.intent.key !== key) return;
    const evidence = {
      time: this.#options.environment.now(),
      silent: answer.kind === 'unknown',
      refusal: answer.kind === 'signed_out' ? SIGN_IN : undefined,
    };
    if (!this.canResend(intent)) await this.#describe();
    if (!this.canResend(intent) || evidence.refusal) return this.#dispatch({ type: 'evidence', evidence });
    const sent = this.#sent?.key === key ? this.#sent : this.#rebuild(intent, note);
    if (sent) await this.#post(intent, sent, true);
    else this.#dispatch({ type: 'evidence', evidence: { ...evidence, noteWrong: true } });
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

  async #checkRefunds(quietly: boolean): Promise<void> {
    const refunds = refundsOf(this.state);
    const unknown = refunds.some(hasNoAnswer);
    if (!unknown && !refunds.some(canChange)) return;
    this.#stopWaiting();
    this.#dispatch({ type: 'checking' });
    const [summary, ...answers] = await Promise.all([
      unknown ? this.refresh() : undefined,
      ...refunds.map((refund, index) => this.#readStatus(refund, index, quietly)),
    ]);
    const kinds = new Set([summary?.kind ?? 'answered', ...answers]);
    kinds.delete('answered');
    const stale = kinds.has('signed_out') ? 'signed_out' : kinds.size ? 'no_answer' : undefined;
    this.#dispatch({ type: 'checked', stale, checkedAt: stale ? undefined : this.#options.environment.now() });
  }

  async #readStatus(refund: Refund, index: number, quietly: boolean): Promise<Answer<unknown>['kind']> {
    if (!canChange(refund)) return 'answered';
    if (refund.cancelStep === 'unknown' && !quietly) await this.cancel(index);
    const { adapter } = this.#options;
    const answer = await this.#client.read(adapter.statusPath(refund), (body) => adapter.readStatus(body, refund));
    if (answer.kind === 'answered' && this.#change(index, answer.value)) void this.refresh();
    if (answer.kind === 'signed_out') this.#signedOut();
    // A status that cannot be read says nothing; that of a refund which another reading has settled is not missed.
    return answer.kind === 'answered' || canChange(refundsOf(this.state)[index] ?? refund) ? answer.kind : 'answered';
  }

  /** Whether its standing is another one now. */
  #change(index: number, change: Partial<Refund>): boolean {
    const before = refundsOf(this.state)[index];
    this.#dispatch({ type: 'refund', index, change });
    const after = refundsOf(this.state)[index];
    if (!before || !after || this.#stopped) return false;
    const { state } = this;
    this.#keep(refundsOf(state), 'intent' in state ? state.intent : undefined);
    if (after.standing === before.standing) return false;
    this.#tell('status-change', after);
    if (isFinal(after.standing as RefundStanding)) this.#tell('settled', after);
    if (after.standing === 'cancelled') this.#tell('cancelled', after);
    return true;
  }

  #tell(what: 'accepted' | 'status-change' | 'settled' | 'cancelled', refund: Refund): void {
    const { emit, paymentId } = this.#options;
    if (refund.id) this.#payment.made(refund);
    emit(`refund-form-${what}`, { paymentId, refundId: refund.id, standing: refund.standing as RefundStanding });
  }

  /** Keeps refunds of which something is not known for good, and forgets the rest. */
  #keep(refunds: readonly Refund[], intent?: Intent): void {
    const unknown = refunds.some(hasNoAnswer);
    if (refunds.some(isAwaited)) this.#store.write({ refunds, ...(unknown && { intent }) });
    else this.#store.clear();
  }

  /** Reads again when it is time to, as long as something may change. */
  #wait(): void {
    this.#stopWaiting();
    const { later, hidden } = this.#options.environment;
    const { state } = this;
    const refunds = refundsOf(state);
    const awaits = isUnknown(state) || refunds.some(isAwaited);
    if (this.#stopped || this.#paused || !(awaits || refunds.some(canChange))) return;
    const last = PACE.length - 1;
    const step = !awaits ? last : this.#watch?.live() ? WITH_EVENTS : Math.min(this.#polls++, last);
    // Nobody looks at a hidden page: the check waits until it is seen.
    this.#stopWaiting = later(() => void (hidden() || this.checkStatus('', true)), PACE[step]!);
  }

  /** Listens while something is under way or about to be, and not otherwise: a browser has few connections. */
  #listen(): void {
    const { environment, endpoint, paymentId } = this.#options;
    const { state } = this;
    const { draft, summary } = state;
    const wants =
      this.#streams > 0 &&
      !this.#paused &&
      (!!summary?.pending ||
        isUnknown(state) ||
        refundsOf(state).some(isOpen) ||
        AT_STAKE.has(state.at) ||
        (state.at === 'editing' && draft.amount !== ''));
    if (wants === !!this.#watch) return;
    this.#watch?.stop();
    this.#watch = wants
      ? environment.listen({ endpoint, paymentId, most: this.#streams }, (body, repeated) => {
          const summary = this.#payment.heard(body);
          // A stream has not asked the provider how many refunds it lists, and a repeated event may be older than these figures.
          if (summary && !repeated && !this.state.summary?.unaccounted) this.#loaded(summary);
          else void this.refresh();
          // The page's own figures, or a proxy that lists no refunds: what has changed must be asked for.
          if (!summary?.refunds && 'refunds' in this.state) void this.checkStatus('', true);
        })
      : undefined;
  }

  async #describe(): Promise<void> {
    const description = await this.#payment.describe();
    if (!description) return;
    this.#deduplicates = description.deduplicates;
    this.#streams = description.max_event_payments ?? 0;
    this.#listen();
  }

  /** The payment as it is now, and what it says of the refund that is shown. */
  #loaded(summary: Summary): void {
    this.#told = summary;
    this.#dispatch({ type: 'loaded', summary });
    const { state } = this;
    const { adapter } = this.#options;
    if (isUnknown(state)) this.#follow(state, summary);
    const { intent } = 'refunds' in state ? state : {};
    for (const [index, refund] of refundsOf(state).entries()) {
      const change = changeOf(refund, intent, summary, adapter);
      if (change) this.#change(index, change);
    }
  }

  /** A request that the summary settles is settled here too, whoever found out. */
  #follow({ intent, why, at }: Unknown, summary: Summary): void {
    const told = toldOf(intent, summary, this.#options.adapter);
    if (told.kind === 'open') {
      if (!told.told) return;
      const waits = told.told.standing === 'awaiting_approval';
      // Approved and on its way, or seen to wait: what is true of it has changed.
      if (waits !== (at === 'awaiting_approval'))
        this.#dispatch({ type: 'lost', intent, why: waits ? 'approval' : why });
      return this.#dispatch({ type: 'told', told: told.told });
    }
    // The form that holds the lock settles what it sent.
    if (this.#store.read().intent?.key === intent.key) this.#keep(told.kind === 'refunds' ? told.refunds : [], intent);
    if (told.kind === 'refunds') this.#accepted(told.refunds, intent);
    else this.#refused(told.refusal);
  }

  /** `notice`: why a refund came to nothing. That a reading was refused says nothing of any refund. */
  #signedOut(notice?: Refusal): void {
    const { emit, paymentId } = this.#options;
    this.#dispatch({ type: 'signed_out', notice });
    if (this.#signedIn) emit('refund-form-unauthenticated', { paymentId });
    this.#signedIn = false;
  }

  #failed(answer: Answer<Summary>): void {
    if (answer.kind === 'answered' || answer.kind === 'signed_out') return;
    const { environment } = this.#options;
    this.#dispatch({ type: 'load_failed', failure: failureOf(answer, environment.offline(this.#client.url(''))) });
  }

  #dispatch(event: Event): void {
    if (this.#stopped) return;
    this.state = reduce(this.state, event);
    this.#listen();
    this.#draw();
  }

  #draw(): void {
    if (!this.#stopped) this.#options.changed();
  }
}

/** A refund as a page left it: of a cancel that it was sending nobody here hears, and a question that it asked is over. */
function leftBehind(refund: Refund): Refund {
  const { cancelStep } = refund;
  return cancelStep ? { ...refund, cancelStep: cancelStep === 'asking' ? undefined : 'unknown' } : refund;
}

const SIGN_IN: Refusal = { code: 'unauthenticated', words: '', proxy: true };

/** Whether nothing was done under the key, by this request or by an earlier one. */
function isSettled(answer: Answer<unknown>): boolean {
  return answer.kind === 'refused' || (answer.kind === 'signed_out' && answer.settled);
}

function hasNoAnswer({ standing }: Refund): boolean {
  return standing === 'unknown';
}

function isAwaited(refund: Refund): boolean {
  return isOpen(refund) || isUnclear(refund);
}

/** States in which a change of the payment must be seen at once. */
const AT_STAKE: ReadonlySet<State['at']> = new Set(['review', 'sending', 'vendors', 'vendors_review']);

function failureOf(answer: Answer<Summary>, offline: boolean): Failure {
  if (answer.kind === 'refused') return { why: 'unread', notice: answer.refusal };
  const status = answer.kind === 'unknown' ? answer.status : undefined;
  if (status !== undefined) return { why: status === 404 ? 'not_found' : 'unreadable', status };
  return { why: offline ? 'offline' : 'no_answer' };
}
