import { html, LitElement, type PropertyValues, type TemplateResult } from 'lit';

import type { PaymentSummary } from '../contract/payment.ts';
import { isProvider, PROVIDERS, type Provider } from './adapters/index.ts';
import { Controller } from './controller.ts';
import type { RefundFormElement } from './element.ts';
import { BROWSER, type Environment } from './environment.ts';
import { textsFor, usualReasons, type Messages, type Texts } from './messages.ts';
import type { RefundReason } from './model.ts';
import { styles } from './styles.ts';
import { draw } from './views/index.ts';

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
 * @csspart amount - The amount's field.
 * @csspart amount-echo - The amount in review and outcome.
 * @csspart button - Every button. `primary` is the one that goes on.
 * @csspart primary - The one button that goes on.
 * @csspart notice - Why the last try came to nothing.
 * @csspart steps - How far a refund is.
 * @csspart vendors - The table of vendors.
 * @csspart words - The provider's own words.
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
export class RefundForm extends LitElement implements RefundFormElement {
  static override styles = styles;
  static override properties = {
    provider: {},
    endpoint: {},
    paymentId: { attribute: 'payment-id' },
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
  declare payment: PaymentSummary | undefined;
  declare reasons: readonly RefundReason[] | undefined;
  declare messages: Partial<Messages> | undefined;
  declare environment: Environment | undefined;

  #controller: Controller | undefined;
  #texts: Texts | undefined;
  /** What was drawn last, and whether the focus was inside when it went. */
  #drawn: { readonly at?: string; readonly faults?: number } = {};
  #focused = false;
  readonly #onVisible = () => void (document.hidden || this.#controller?.checkStatus('', true));
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

  async refresh(): Promise<void> {
    await this.#controller?.refresh();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    const provider = isProvider(this.provider) ? PROVIDERS[this.provider].name : '';
    const wanted = this.locale || closestLang(this) || navigator.language;
    this.#texts = textsFor(wanted, { provider }, this.messages);
    if ((['provider', 'endpoint', 'paymentId', 'environment'] as const).some((name) => changed.has(name)))
      this.#start();
    else if (changed.has('payment')) void this.refresh();
  }

  protected override render(): TemplateResult {
    const controller = this.#controller;
    const texts = this.#texts!;
    if (!controller) return html`<p role="alert">${texts.t('misconfigured')}</p>`;
    const { paymentId } = this;
    const { reasons } = this.#settings();
    return draw({ ...texts, controller, adapter: PROVIDERS[this.provider], paymentId, reasons }, controller.state);
  }

  protected override updated(): void {
    const state = this.#controller?.state;
    const faults = state?.at === 'editing' ? Object.keys(state.faults) : [];
    const before = this.#drawn;
    this.#drawn = { ...(state && { at: state.at }), faults: faults.length };
    if (!this.#focused || !before.at) return;
    const root = this.renderRoot as ShadowRoot;
    if (before.at !== state?.at) root.getElementById('heading')?.focus();
    // After a review that found faults: to the first of them.
    else if (!before.faults && faults[0]) root.getElementById(faults[0])?.focus();
  }

  #start(): void {
    this.#controller?.stop();
    this.#controller = undefined;
    const { endpoint, paymentId, provider } = this;
    if (!isProvider(provider) || !endpoint || !paymentId) return;
    const controller = new Controller({
      adapter: PROVIDERS[provider],
      endpoint,
      paymentId,
      environment: this.environment ?? BROWSER,
      emit: (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true })),
      changed: () => {
        // Asked before the focused element is drawn away.
        this.#focused = !!this.shadowRoot?.activeElement;
        this.requestUpdate();
      },
      settings: () => this.#settings(),
    });
    this.#controller = controller;
    void controller.load();
  }

  #settings() {
    const texts = this.#texts!;
    const { safeDecimals } = PROVIDERS[this.provider].capabilities;
    return {
      locale: texts.locale,
      decimals: this.allowThirdDecimal ? undefined : safeDecimals,
      reasons: this.reasons ?? usualReasons(texts),
      reference: this.reference,
      payment: this.payment,
    };
  }
}

/** The language of the closest ancestor, through shadow roots. */
function closestLang(element: Element): string | null {
  const found = element.closest('[lang]');
  const root = element.getRootNode();
  return found || !(root instanceof ShadowRoot) ? (found?.getAttribute('lang') ?? null) : closestLang(root.host);
}
