import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';

import type { PaymentSummary } from '../contract/payment.ts';
import { isProvider, PROVIDERS, type Provider } from './adapters/index.ts';
import { Controller } from './controller.ts';
import type { AmountRules } from './draft.ts';
import { browserEnvironment, type Environment } from './environment.ts';
import type { RefundFormEventMap } from './events.ts';
import { Texts, type Messages } from './messages.ts';
import type { RefundReason } from './model.ts';
import { usualReasons } from './reasons.ts';
import type { State } from './state.ts';
import { styles } from './styles.ts';
import { announce, draw } from './views/index.ts';
import type { View } from './views/parts.ts';

/**
 * Refunds one payment, in full or in part, through the merchant's proxy.
 *
 * @element refund-form
 * @attr {"uqpay" | "upayments"} provider - Who carried out the payment.
 * @attr {string} endpoint - Base of the proxy for this provider, such as `/refunds/uqpay`.
 * @attr {string} payment-id - UQPAY: the payment intent's id. UPayments: the order id of Get Payment Status.
 * @attr {string} locale - BCP 47 tag of texts and numbers; the closest `lang` where it is absent, then the browser's.
 * @attr {string} reference - The merchant's own reference, sent with the refund.
 * @attr {boolean} allow-third-decimal - Lets a provider whose field has two decimals be sent three.
 *
 * @fires {CustomEvent<{ paymentId: string }>} refund-form-submit - A refund is being sent. Whether it goes through is not known yet.
 * @fires {CustomEvent<RefundEvent>} refund-form-accepted - The provider accepted the refund.
 * @fires {CustomEvent<RefundEvent>} refund-form-settled - The refund's standing is final.
 * @fires {CustomEvent<RefundEvent>} refund-form-cancelled - The refund was cancelled before it was carried out.
 * @fires {CustomEvent<{ paymentId: string }>} refund-form-unknown - The answer was lost: nobody may refund again before it is cleared up.
 * @fires {CustomEvent<{ paymentId: string, code: string }>} refund-form-refused - The refund was refused and moved no money.
 *
 * @csspart form - Everything.
 * @csspart heading - The heading of the present state.
 * @csspart summary - Paid, refunded, pending, refundable.
 * @csspart amount - The amount's field.
 * @csspart amount-echo - The amount in review and outcome.
 * @csspart button - Every button. `primary` is the one that goes on.
 * @csspart primary - The one button that goes on.
 * @csspart notice - Why the last try came to nothing.
 * @csspart steps - How far a refund is.
 * @csspart vendors - The table of vendors.
 * @csspart words - The provider's own words.
 * @csspart unknown - The panel of a refund whose answer was lost.
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
export class RefundForm extends LitElement {
  static override styles = styles;
  static override properties = {
    provider: { reflect: true },
    endpoint: { reflect: true },
    paymentId: { attribute: 'payment-id', reflect: true },
    locale: {},
    reference: {},
    allowThirdDecimal: { type: Boolean, attribute: 'allow-third-decimal' },
    payment: { attribute: false },
    reasons: { attribute: false },
    messages: { attribute: false },
    environment: { attribute: false },
  };

  declare provider: Provider;
  declare endpoint: string;
  declare paymentId: string;
  declare locale: string | undefined;
  declare reference: string | undefined;
  declare allowThirdDecimal: boolean;
  /** What the host page knows of the payment, where the endpoint cannot tell. Takes precedence over the endpoint. */
  declare payment: PaymentSummary | undefined;
  /** Reasons to choose from, in place of the usual ones. */
  declare reasons: readonly RefundReason[] | undefined;
  /** Texts of this form alone, over those of its language. */
  declare messages: Partial<Messages> | undefined;
  /** Clock, ids, storage and network. For tests. */
  declare environment: Environment | undefined;

  #controller: Controller | undefined;
  #shown: State | undefined;
  #copied = '';
  #texts = new Texts('en');
  readonly #onVisible = () => void (document.hidden || this.#controller?.shown());
  readonly #onStorage = ({ key }: StorageEvent) => this.#controller?.stored(key);

  constructor() {
    super();
    this.allowThirdDecimal = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#onVisible);
    window.addEventListener('storage', this.#onStorage);
    // Moved within the page: everything is read again, and what is under way is found in storage.
    if (this.hasUpdated) this.#start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#onVisible);
    window.removeEventListener('storage', this.#onStorage);
    this.#controller?.stop();
  }

  /** Reads the payment again, for a host page that knows it has changed. What is typed is kept. */
  async refresh(): Promise<void> {
    const { state } = this.#controller ?? {};
    if (state?.at === 'editing' || state?.at === 'not_refundable' || state?.at === 'load_failed') {
      await this.#controller?.load(state.draft);
    }
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    this.#texts = new Texts(this.locale || closestLang(this) || navigator.language, this.messages);
    const start = ['provider', 'endpoint', 'paymentId', 'environment'] as const;
    if (start.some((name) => changed.has(name)) || !this.hasUpdated) this.#start();
    else if (changed.has('payment')) void this.refresh();
  }

  protected override render(): TemplateResult {
    const texts = this.#texts;
    const controller = this.#controller;
    if (!controller) return html`<p role="alert">${this.#misconfigured()}</p>`;
    const view: View = {
      texts,
      controller,
      adapter: PROVIDERS[this.provider],
      paymentId: this.paymentId,
      reasons: this.#reasons(),
      rules: (currency) => this.#rules(currency),
      copy: (text) => void this.#copy(text),
      copied: this.#copied,
    };
    return html`<section part="form" lang=${texts.lang} dir=${texts.dir} aria-labelledby="heading" @click=${keepFocus}>
      ${draw(view, controller.state)}
      <p class="sr" role="status">${announce(view, controller.state)}</p>
    </section>`;
  }

  protected override updated(): void {
    const state = this.#controller?.state;
    const before = this.#shown;
    this.#shown = state;
    if (!state || !before || before === state) return;
    const root = this.renderRoot as ShadowRoot;
    if (this.#focused && before.at !== state.at) root.getElementById('heading')?.focus();
  }

  #focused = false;

  #start(): void {
    this.#controller?.stop();
    this.#controller = undefined;
    if (!isProvider(this.provider) || !this.endpoint || !this.paymentId) return;
    const controller = new Controller({
      adapter: PROVIDERS[this.provider],
      endpoint: this.endpoint,
      paymentId: this.paymentId,
      environment: this.environment ?? browserEnvironment(),
      emit: (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })),
      changed: () => this.#changed(),
      rules: (currency) => this.#rules(currency),
      reasons: () => this.#reasons(),
      reference: () => this.reference || undefined,
      payment: () => this.payment,
    });
    this.#controller = controller;
    void controller.load();
  }

  #changed(): void {
    // Asked before the focused element is drawn away.
    this.#focused = this.shadowRoot?.activeElement != null;
    this.requestUpdate();
  }

  #rules(currency: string): AmountRules {
    const { name: provider, capabilities } = PROVIDERS[this.provider];
    const decimals = this.allowThirdDecimal ? undefined : capabilities.safeDecimals;
    return { provider, currency, locale: this.#texts.locale, decimals };
  }

  #reasons(): readonly RefundReason[] {
    return this.reasons ?? usualReasons(this.#texts);
  }

  #misconfigured(): string {
    const [attribute, value, expected] = !isProvider(this.provider)
      ? ['provider', this.provider, Object.keys(PROVIDERS).join(' / ')]
      : this.endpoint
        ? ['payment-id', this.paymentId, 'the id of a payment']
        : ['endpoint', this.endpoint, 'the address of the proxy, such as /refunds/uqpay'];
    return this.#texts.text('misconfigured', { attribute, value: value ?? '', expected });
  }

  async #copy(text: string): Promise<void> {
    await navigator.clipboard?.writeText(text);
    this.#copied = text;
    this.requestUpdate();
  }
}

/** Safari does not focus a button that is clicked; the focus then would not follow to the next state. */
function keepFocus({ target }: Event): void {
  const button = (target as Element).closest('button');
  if (button && button.getRootNode() instanceof ShadowRoot) button.focus();
}

/** The language of the closest ancestor, through shadow roots. */
function closestLang(element: Element): string | undefined {
  const found = element.closest('[lang]');
  if (found) return found.getAttribute('lang') || undefined;
  const root = element.getRootNode();
  return root instanceof ShadowRoot ? closestLang(root.host) : undefined;
}

export interface RefundForm {
  addEventListener<Name extends keyof RefundFormEventMap>(
    name: Name,
    listener: (this: RefundForm, event: RefundFormEventMap[Name]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    name: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
}
