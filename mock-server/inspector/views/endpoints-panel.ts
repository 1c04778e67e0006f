import { html, nothing, type TemplateResult } from 'lit';

import { endpointsAnswer, webhookEndpoint, type SandboxWebhookEndpoint } from '../../client/webhooks.ts';
import { M } from '../messages.ts';
import { fieldText, selectField } from '../parts/fields.ts';
import { menu } from '../parts/menu.ts';
import { View } from '../parts/view.ts';

/** The addresses that webhooks go to. */
class EndpointsPanel extends View {
  static override properties = { ...View.properties, provider: { state: true } };

  declare provider: string;

  constructor() {
    super();
    this.provider = '';
  }

  #remove(id: string): void {
    const { sandbox } = this;
    void sandbox.act(M.webhooks.removed, () =>
      sandbox.control.send('DELETE', `/webhooks/endpoints/${encodeURIComponent(id)}`, endpointsAnswer),
    );
  }

  async #add(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const { sandbox } = this;
    const url = fieldText(form, 'url');
    const secret = fieldText(form, 'secret');
    const body = { provider: this.#chosen?.name, url, ...(secret !== '' && { secret }) };
    const isAdded = await sandbox.act(M.webhooks.added, () =>
      sandbox.control.send('POST', '/webhooks/endpoints', webhookEndpoint, body),
    );
    if (!isAdded) return;
    form.reset();
    const details = form.closest('details');
    if (details) details.open = false;
  }

  get #chosen() {
    const { providers } = this.sandbox;
    return providers.find(({ name }) => name === this.provider) ?? providers[0];
  }

  override render() {
    const { endpoints } = this.sandbox;
    return html`
      <section class="endpoints" aria-labelledby="endpoints-title">
        <h2 id="endpoints-title">${M.webhooks.endpoints}</h2>
        ${endpoints.length === 0 ? html`<p class="quiet">${M.webhooks.noEndpoints}</p>` : nothing}
        <ul class="plain">
          ${endpoints.map((endpoint) => this.#endpoint(endpoint))}
        </ul>
        ${menu('add', M.webhooks.add, this.#form())}
      </section>
    `;
  }

  #endpoint({ id, provider, url, signed }: SandboxWebhookEndpoint): TemplateResult {
    return html`
      <li>
        <span>${this.sandbox.titleOf(provider)}</span>
        <bdi class="id">${url}</bdi>
        <span class="quiet">${signed ? M.webhooks.signed : M.webhooks.notSigned}</span>
        <button type="button" class="quiet-button" @click=${() => this.#remove(id)}>
          ${M.webhooks.remove}<span class="hidden"> ${url}</span>
        </button>
      </li>
    `;
  }

  #form(): TemplateResult {
    const { providers } = this.sandbox;
    const signs = this.#chosen?.signed === true;
    return html`
      <form @submit=${(event: SubmitEvent) => void this.#add(event)}>
        ${selectField(
          M.webhooks.provider,
          providers.map(({ name, title }) => ({ value: name, word: title })),
          this.#chosen?.name ?? '',
          (value) => (this.provider = value),
        )}
        <label class="field">
          <span>${M.webhooks.url}</span>
          <input name="url" type="url" required autocomplete="off" aria-describedby="url-hint" />
          <span id="url-hint" class="hint">${M.webhooks.urlHint}</span>
        </label>
        ${
          signs
            ? html`<label class="field">
                <span>${M.webhooks.secret}</span>
                <input name="secret" autocomplete="off" spellcheck="false" aria-describedby="secret-hint" />
                <span id="secret-hint" class="hint">${M.webhooks.secretHint}</span>
              </label>`
            : html`<p class="hint">${M.webhooks.unsigned}</p>`
        }
        <div class="actions"><button type="submit" class="primary">${M.webhooks.addDo}</button></div>
      </form>
    `;
  }
}

customElements.define('endpoints-panel', EndpointsPanel);
