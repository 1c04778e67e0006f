import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { webhookDelivery, type SandboxWebhook } from '../../client/webhooks.ts';
import { M } from '../messages.ts';
import { searchField } from '../parts/fields.ts';
import { View } from '../parts/view.ts';
import { WEBHOOK_LIMIT } from '../sandbox/sandbox.ts';
import './endpoints-panel.ts';
import { webhookRow } from './webhook-row.ts';

/** Where webhooks go, and each of them with its attempts, newest first. */
class WebhooksView extends View {
  static override properties = {
    ...View.properties,
    text: { attribute: false },
    search: { state: true },
    open: { state: true },
  };

  /** What the address asks to look for. */
  declare text: string;
  declare search: string;
  declare open: ReadonlySet<string>;

  constructor() {
    super();
    this.search = '';
    this.open = new Set();
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('text')) this.search = this.text;
  }

  #toggle(id: string): void {
    const open = new Set(this.open);
    if (!open.delete(id)) open.add(id);
    this.open = open;
  }

  #resend(id: string): void {
    const { sandbox } = this;
    void sandbox.act(M.webhooks.resent(id), () =>
      sandbox.control.send('POST', `/webhooks/${encodeURIComponent(id)}/resend`, webhookDelivery),
    );
  }

  override render() {
    const { sandbox } = this;
    const wanted = this.search.trim().toLowerCase();
    const found = sandbox.webhooks
      .filter(({ payment_id, refund_id, event_type }) =>
        [payment_id, refund_id, event_type].some((text) => text?.toLowerCase().includes(wanted)),
      )
      .toReversed();
    return html`
      <endpoints-panel .sandbox=${sandbox}></endpoints-panel>
      <form
        class="tools"
        role="search"
        aria-label=${M.views.webhooks}
        @submit=${(event: Event) => event.preventDefault()}
      >
        ${searchField(M.webhooks.find, this.search, (value) => (this.search = value))}
      </form>
      ${sandbox.webhooks.length === 0 ? html`<p class="empty">${M.webhooks.none}</p>` : nothing}
      ${sandbox.webhooks.length > 0 && found.length === 0 ? html`<p class="empty">${M.webhooks.noMatch(sandbox.webhooks.length, WEBHOOK_LIMIT)}</p>` : nothing}
      <ol class="rows">
        ${repeat(
          found,
          ({ id }) => id,
          (webhook) => this.#row(webhook),
        )}
      </ol>
    `;
  }

  #row(webhook: SandboxWebhook): TemplateResult {
    const { id } = webhook;
    return webhookRow(webhook, {
      isOpen: this.open.has(id),
      now: this.sandbox.clock?.now ?? '',
      onToggle: () => this.#toggle(id),
      onResend: () => this.#resend(id),
    });
  }
}

customElements.define('webhooks-view', WebhooksView);
