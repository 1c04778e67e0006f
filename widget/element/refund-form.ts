import { html, type PropertyValues, type TemplateResult } from 'lit';

import type { OrderItems } from '../../contract/money/items.ts';
import type { PaymentSummary } from '../../contract/payment.ts';
import { AnyDocumentElement } from './any-document.ts';
import { adapterOf, type Provider } from '../adapters/index.ts';
import { createController, type Controller } from '../flow/controller.ts';
import type { ControllerOptions } from '../flow/session.ts';
import type { RefundFormElement } from './element.ts';
import type { Emit } from './events.ts';
import type { Environment, Transport } from '../browser/environment.ts';
import type { Messages } from '../messages/registry.ts';
import { textsFor, usualReasons, type Texts } from '../messages/texts.ts';
import type { RefundReason, VendorNames } from '../model.ts';
import { draw } from '../views/index.ts';
import { firstFieldOf, focusedLine, followLine, lookOf, moveFocus, placeOf, type Line, type Look } from './focus.ts';
import { differs, flag, HAS_STATES, IDENTITY, identityOf, localeOf, reasonsOf, textOf, watchPage } from './page.ts';

/**
 * Refunds one payment, in full or in part, through the merchant's proxy.
 *
 * @element refund-form
 * @attr {"uqpay" | "upayments"} provider - Who carried out the payment.
 * @attr {string} endpoint - Base of the proxy for this provider, such as `/refunds/uqpay`, without a query.
 * @attr {string} payment-id - UQPAY: the payment intent's id. UPayments: the order id of Get Payment Status.
 * @attr {string} locale - BCP 47 tag of texts and numbers; the closest `lang` where it is absent, then the browser's.
 * @attr {string} reference - The merchant's own reference, sent with the refund.
 * @attr {boolean} allow-third-decimal - Lets a provider whose field has two decimals be sent three.
 * @attr {number} heading-level - Level of the heading, 1 to 6; 2 where it is absent.
 * @attr {string} amount - Fills in the amount of a part: a decimal string with a point, until a person types another one or the payment gets a refund.
 * @attr {boolean} hide-actions - Leaves out the buttons that review and confirm: the page has its own.
 * @attr {boolean} can-send-receipt - The page sends receipts: offers "Send to the customer", which fires `refund-form-receipt`.
 *
 * @fires {CustomEvent<{ paymentId: string, state: string }>} refund-form-state-change - The form shows another state: a page with its own button enables it by this.
 * @fires {CustomEvent<{ paymentId: string, currency: string, refundable: string }>} refund-form-load - The payment was read for the first time.
 * @fires {CustomEvent<{ paymentId: string, code: string }>} refund-form-load-error - The payment could not be read.
 * @fires {CustomEvent<BeforeSubmit>} refund-form-before-submit - A refund was confirmed and not sent yet; cancelable, and `waitUntil` delays it.
 * @fires {CustomEvent<RefundAttempt>} refund-form-submit - A refund is being sent. Whether it goes through is not known yet.
 * @fires {CustomEvent<RefundEvent>} refund-form-accepted - The provider accepted the refund.
 * @fires {CustomEvent<RefundEvent>} refund-form-status-change - The refund's standing is another one; it may be reversed after it succeeded.
 * @fires {CustomEvent<RefundEvent>} refund-form-settled - The refund's standing is final.
 * @fires {CustomEvent<RefundEvent>} refund-form-cancelled - The refund was cancelled before it was carried out.
 * @fires {CustomEvent<RefundEvent>} refund-form-receipt - The page should send the customer a receipt of this refund.
 * @fires {CustomEvent<RefundAttempt>} refund-form-unknown - The answer was lost: nobody may refund again before it is cleared up.
 * @fires {CustomEvent<RefundAttempt>} refund-form-approval - A second person must agree; nothing was sent yet.
 * @fires {CustomEvent<RefundAttempt>} refund-form-declined - This user has declined the request of somebody else, or has taken the own one back.
 * @fires {CustomEvent<{ paymentId: string }>} refund-form-unlocked - A person has unlocked the form of a refund with an unknown outcome.
 * @fires {CustomEvent<{ paymentId: string }>} refund-form-unauthenticated - The sign-in has ended; what was typed is kept.
 * @fires {CustomEvent<RefundAttempt & { code: string }>} refund-form-refused - The refund was refused and moved no money.
 *
 * @slot header - Above everything.
 * @slot help - Above what the state shows, such as the rules of the shop for refunds.
 * @slot support - Whom to ask, where the form cannot say what became of the money.
 * @slot footer - Below everything.
 * @slot receipt - The head of a printed receipt, such as a logo and an address. A copy is printed; it is not drawn here.
 *
 * @csspart form - Everything.
 * @csspart heading - The heading of the present state.
 * @csspart icon - The mark before the heading.
 * @csspart figures - The figures of the payment, or of a division over vendors.
 * @csspart figure - One figure: its name and its amount.
 * @csspart bar - The payment as a bar: refunded, pending, and the rest.
 * @csspart choice - A segment of the scope.
 * @csspart field - A field with its label and its hint or error.
 * @csspart label - The label of a field.
 * @csspart hint - The hint of a field.
 * @csspart error - What is wrong with a field, in place of its hint.
 * @csspart faults - The list of all that is wrong.
 * @csspart amount - The box of an amount, with its currency.
 * @csspart input - The amount itself.
 * @csspart select - The reason.
 * @csspart textarea - The note.
 * @csspart amount-echo - The amount in review and outcome.
 * @csspart facts - Names and values of a review or an outcome.
 * @csspart actions - The row of buttons at the end.
 * @csspart button - Every button.
 * @csspart primary - The one button that goes on.
 * @csspart notice - Why the last try came to nothing.
 * @csspart changes - What has changed of the payment since it was reviewed.
 * @csspart items - The lines of the order, in the scope “By item”.
 * @csspart steps - How far a refund is.
 * @csspart vendors - The table of vendors.
 * @csspart words - The provider's own words.
 * @csspart history - The payment's other refunds.
 * @csspart copy - The button that copies a number.
 *
 * @cssprop --refund-form-text - Colour of text.
 * @cssprop --refund-form-surface - Background.
 * @cssprop --refund-form-accent - Primary button, focus ring, progress.
 * @cssprop --refund-form-on-accent - Text on the accent.
 * @cssprop --refund-form-danger - Errors.
 * @cssprop --refund-form-warning - Unknown and reversed.
 * @cssprop --refund-form-success - Done.
 * @cssprop --refund-form-border - Fields and buttons.
 * @cssprop --refund-form-radius - Corners.
 * @cssprop --refund-form-font - Font families.
 */
export class RefundForm extends AnyDocumentElement implements RefundFormElement {
  static override properties = {
    provider: {},
    endpoint: {},
    paymentId: { attribute: 'payment-id' },
    locale: {},
    reference: {},
    allowThirdDecimal: flag('allow-third-decimal'),
    hideActions: flag('hide-actions'),
    canSendReceipt: flag('can-send-receipt'),
    payment: { attribute: false, hasChanged: differs },
    reasons: { attribute: false },
    vendorNames: { attribute: false },
    headingLevel: { type: Number, attribute: 'heading-level' },
    amount: {},
    items: { attribute: false },
    messages: { attribute: false },
    transport: { attribute: false },
    environment: { attribute: false },
  };

  declare provider: Provider;
  declare endpoint: string;
  declare paymentId: string;
  declare locale: string | undefined;
  declare reference: string | undefined;
  declare allowThirdDecimal: boolean;
  declare hideActions: boolean;
  declare canSendReceipt: boolean;
  declare payment: PaymentSummary | undefined;
  declare reasons: readonly RefundReason[] | undefined;
  declare vendorNames: VendorNames | undefined;
  declare headingLevel: number | undefined;
  declare amount: string | undefined;
  declare items: OrderItems | undefined;
  declare messages: Partial<Messages> | undefined;
  declare transport: Transport | undefined;
  declare environment: Environment | undefined;

  readonly #states = HAS_STATES ? this.attachInternals().states : undefined;
  /** As it was given last. */
  #identity: ReturnType<typeof identityOf> | readonly [] = [];
  #controller: Controller | undefined;
  #texts: Texts | undefined;
  #reasons: readonly RefundReason[] | undefined;
  /** As of the last update. A form that was replaced keeps its own: its late answer belongs to another payment. */
  #inputs = {} as { now: Inputs };
  /** What was drawn last, and the place of the focus before it was removed. */
  #drawn: Partial<Look> = {};
  #focused: Element | null | undefined;
  /** Of the items before the page replaced them. */
  #line: Line | undefined;
  #stopWatching = () => {};

  constructor() {
    super();
    this.allowThirdDecimal = false;
    this.hideActions = false;
    this.canSendReceipt = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.connectedMoveCallback();
    // The element moved within the page: typed text and a send in progress are kept.
    if (this.hasUpdated) void this.#controller?.resume();
  }

  /** `moveBefore` keeps the state of the element. Its new place may have another language. */
  connectedMoveCallback(): void {
    this.#stopWatching();
    this.#stopWatching = watchPage(this, {
      seen: () => void (document.hidden || this.#controller?.resume()),
      left: () => this.#controller?.page.leave(),
      stored: (name, text) => this.#controller?.stored(name, text),
      language: () => this.requestUpdate(),
    });
    this.requestUpdate();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopWatching();
    this.#controller?.pause();
  }

  get state(): string {
    return this.#controller?.state.at ?? '';
  }

  async refresh(): Promise<void> {
    this.#settle();
    await this.#controller?.refresh();
  }

  requestSubmit(): void {
    this.#settle();
    this.#controller?.proceed(this.shadowRoot?.querySelector<HTMLTextAreaElement>('#note')?.value);
  }

  reset(): void {
    this.#controller?.reset();
  }

  /** A property that the page has set just now counts for the method that it calls next. */
  #settle(): void {
    if (this.hasUpdated) this.performUpdate();
  }

  /** Focuses the first field, or the heading of a state without fields. */
  override focus(options?: FocusOptions): void {
    firstFieldOf(this.shadowRoot)?.focus(options);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Read before rendering removes the focused element. The page may have moved the focus to a place of its own by now.
    this.#focused = this.shadowRoot && placeOf(this.shadowRoot);
    const provider = adapterOf(this.provider)?.name ?? '';
    const wanted = localeOf(this, this.locale);
    this.#texts = { ...textsFor(wanted, { provider }, this.messages), ...(this.dir && { dir: this.dir as 'ltr' }) };
    if (changed.has('reasons')) this.#reasons = reasonsOf(this.reasons);
    const isGiven = IDENTITY.some((name) => changed.has(name));
    const identity = isGiven ? identityOf(this) : this.#identity;
    // A page may write the same in another way. What a relative address leads to may have changed since.
    const begins = identity.some((part, index) => part !== this.#identity[index]);
    this.#identity = identity;
    if (begins) this.#inputs = { now: this.#read() };
    else this.#inputs.now = this.#read();
    if (begins) this.#start();
    else if (changed.has('payment')) void this.#controller?.refresh();
    if (changed.has('items') && this.hasUpdated) {
      this.#line = focusedLine(this.renderRoot as ShadowRoot);
      this.#controller?.recount();
    }
  }

  protected override render(): TemplateResult {
    const controller = this.#controller;
    const texts = this.#texts!;
    if (!controller) return html`<p role="alert">${texts.t('misconfigured')}</p>`;
    const { paymentId, endpoint, hideActions, canSendReceipt, vendorNames, headingLevel } = this;
    const { reasons } = this.#inputs.now;
    const adapter = adapterOf(this.provider)!;
    const given = { paymentId, endpoint, reasons, hideActions, canSendReceipt, vendorNames, headingLevel };
    return draw({ ...texts, ...given, controller, adapter }, controller.state);
  }

  protected override updated(): void {
    const root = this.renderRoot as ShadowRoot;
    const [before, now] = [this.#drawn, lookOf(root, this.#controller?.state)];
    this.#drawn = now;
    if (before.at) this.#states?.delete(before.at);
    if (now.at) this.#states?.add(now.at);
    const { paymentId, state } = this;
    if (now.at !== before.at) this.#emit('refund-form-state-change', { paymentId, state });
    this.#line = followLine(root, this.#line);
    moveFocus(root, before, now, this.#focused);
  }

  #start(): void {
    this.#controller?.stop();
    this.#controller = undefined;
    const inputs = this.#inputs;
    const [adapter, endpoint, paymentId, environment] = this.#identity;
    if (!adapter || !endpoint || !paymentId || !environment) return;
    this.#controller = createController({
      adapter,
      endpoint,
      paymentId,
      environment,
      emit: this.#emit,
      changed: () => this.requestUpdate(),
      settings: () => inputs.now,
    });
    void this.#controller.load();
    // It was removed in the same turn in which it was added, or another payment was set while it is out of the page.
    if (!this.isConnected) this.#controller.pause();
  }

  readonly #emit: Emit = (name, detail) => {
    const cancelable = name === 'refund-form-before-submit';
    return this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  };

  #read(): Inputs {
    const texts = this.#texts!;
    const { payment, paymentId, reference, transport, amount, items } = this;
    return {
      locale: texts.locale,
      decimals: this.allowThirdDecimal ? undefined : adapterOf(this.provider)?.capabilities.safeDecimals,
      reasons: this.#reasons ?? usualReasons(texts),
      reference,
      // A page may set the id and the payment one after the other, and the id as a number.
      payment: payment?.payment_id === textOf(paymentId) ? payment : undefined,
      transport,
      amount,
      items,
    };
  }
}

type Inputs = ReturnType<ControllerOptions['settings']>;
