import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';

import { namespaceOf, pageOf, readHash, VIEWS, writeHash, type ViewName } from './logic/address.ts';
import { M } from './messages.ts';
import { ConfirmDialog } from './parts/confirm-dialog.ts';
import { closeMenusOutside } from './parts/menu.ts';
import type { Ask } from './parts/view.ts';
import { Sandbox, type Link } from './sandbox/sandbox.ts';
import './views/calls-view.ts';
import './views/clock-bar.ts';
import './views/data-view.ts';
import './views/namespace-menu.ts';
import './views/payments-view.ts';
import './views/scenarios-view.ts';
import './views/state-menu.ts';
import './views/webhooks-view.ts';

const LINK_WORDS: Readonly<Record<Link, string>> = {
  connecting: M.link.connecting,
  live: M.link.live,
  lost: M.link.lostShort,
  refused: M.link.lostShort,
  gone: M.link.goneShort,
};

/** The whole page: the sandbox's clock and state above, one view below. */
export class SandboxInspector extends LitElement {
  static override properties = { view: { state: true }, text: { state: true } };

  declare view: ViewName;
  /** What the address asks the view to look for. */
  declare text: string;
  readonly #sandbox = new Sandbox(namespaceOf(location.pathname));
  readonly #dialog = new ConfirmDialog();
  readonly #ask: Ask = (question) => this.#dialog.ask(question);

  constructor() {
    super();
    this.#readAddress();
  }

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#sandbox.addEventListener('change', this.#onChange);
    addEventListener('hashchange', this.#onHash);
    document.addEventListener('pointerdown', closeMenusOutside);
    this.#sandbox.start();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#sandbox.removeEventListener('change', this.#onChange);
    removeEventListener('hashchange', this.#onHash);
    document.removeEventListener('pointerdown', closeMenusOutside);
    this.#sandbox.stop();
  }

  #onChange = (): void => this.requestUpdate();

  #onHash = (): void => {
    const before = this.view;
    this.#readAddress();
    if (before === this.view) return;
    // Whoever followed a link by keyboard is now in the view that it leads to.
    void this.updateComplete.then(() => this.querySelector<HTMLElement>('main')?.focus({ preventScroll: true }));
    scrollTo(0, 0);
  };

  #readAddress(): void {
    const { view, text } = readHash(location.hash);
    this.view = view;
    this.text = text;
    this.#sandbox.show(view);
  }

  override updated(changed: PropertyValues<this>): void {
    if (changed.has('view')) document.title = M.title(M.views[this.view], this.#sandbox.namespace);
  }

  override render() {
    const sandbox = this.#sandbox;
    const { link } = sandbox;
    return html`
      <a class="skip" href="#main" @click=${(event: Event) => this.#skip(event)}>${M.skip}</a>
      <header>
        <div class="top">
          <a class="brand" href=${pageOf(sandbox.namespace)}>${M.brand}</a>
          <namespace-menu .sandbox=${sandbox}></namespace-menu>
          <span class="link ${link}" role="status">${LINK_WORDS[link]}</span>
          <state-menu .sandbox=${sandbox} .ask=${this.#ask}></state-menu>
        </div>
        <nav aria-label=${M.navigation}>
          ${VIEWS.map(
            (view) => html`
              <a href=${writeHash(view)} aria-current=${view === this.view ? 'page' : nothing}>
                ${M.views[view]}${this.#badge(view)}
              </a>
            `,
          )}
        </nav>
        <clock-bar .sandbox=${sandbox}></clock-bar>
      </header>
      <main id="main" tabindex="-1" aria-label=${M.views[this.view]}>
        <h1 class="hidden">${M.views[this.view]}</h1>
        ${link === 'live' || link === 'connecting' ? nothing : this.#trouble()}
        ${sandbox.providers.length === 0 || link === 'gone' ? nothing : this.#content()}
      </main>
      ${this.#notice()} ${this.#dialog}
    `;
  }

  /** The hash is the view's, so the link moves the focus by itself. */
  #skip(event: Event): void {
    event.preventDefault();
    this.querySelector<HTMLElement>('main')?.focus();
  }

  #badge(view: ViewName): TemplateResult | typeof nothing {
    const { log, active } = this.#sandbox;
    const number = view === 'calls' ? log.total : view === 'scenarios' ? active.length : 0;
    return number === 0 ? nothing : html` <span class="number">${number.toLocaleString('en')}</span>`;
  }

  #trouble(): TemplateResult {
    const { link, namespace, refusal } = this.#sandbox;
    if (link !== 'gone') return html`<p class="trouble">${link === 'lost' ? M.link.lost : refusal}</p>`;
    return html`
      <div class="trouble">
        <p>${M.link.gone(namespace)}</p>
        <div class="actions">
          <button type="button" class="primary" @click=${() => this.#create()}>${M.link.create}</button>
          <a href=${pageOf('')}>${M.link.toDefault}</a>
        </div>
      </div>
    `;
  }

  #create(): void {
    const sandbox = this.#sandbox;
    void sandbox.act(M.namespaces.created(sandbox.namespace), () => sandbox.control.create());
  }

  #content(): TemplateResult {
    const sandbox = this.#sandbox;
    const views: Readonly<Record<ViewName, () => TemplateResult>> = {
      calls: () => html`<calls-view .sandbox=${sandbox} .text=${this.text}></calls-view>`,
      payments: () => html`<payments-view .sandbox=${sandbox} .text=${this.text}></payments-view>`,
      scenarios: () => html`<scenarios-view .sandbox=${sandbox}></scenarios-view>`,
      webhooks: () => html`<webhooks-view .sandbox=${sandbox} .text=${this.text}></webhooks-view>`,
      data: () => html`<data-view .sandbox=${sandbox} .ask=${this.#ask}></data-view>`,
    };
    return views[this.view]();
  }

  #notice(): TemplateResult {
    const { notice } = this.#sandbox;
    const said = notice?.isProblem === false ? notice.text : '';
    const problem = notice?.isProblem === true ? notice.text : '';
    return html`
      <div class=${notice ? 'notice' : 'notice empty'}>
        <p role="status">${said}</p>
        <p role="alert" class="problem">${problem}</p>
        ${
          notice
            ? html`<button type="button" class="quiet-button" @click=${() => this.#sandbox.tell(undefined)}>
                ${M.dismiss}
              </button>`
            : nothing
        }
      </div>
    `;
  }
}
