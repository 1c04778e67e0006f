import { html, nothing, type TemplateResult } from 'lit';
import * as z from 'zod/mini';

import { pageOf } from '../logic/address.ts';
import { M } from '../messages.ts';
import { fieldText } from '../parts/fields.ts';
import { menu } from '../parts/menu.ts';
import { View } from '../parts/view.ts';
import { Control } from '../sandbox/control.ts';

const deleteAnswer = z.object({ deleted: z.string() });

/** The namespaces of the server, each a page of its own. */
class NamespaceMenu extends View {
  async #create(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const name = fieldText(event.currentTarget, 'name');
    const isMade = await this.sandbox.act(M.namespaces.created(name), () => new Control(name).create());
    if (isMade) location.assign(pageOf(name));
  }

  #delete(name: string): void {
    const { sandbox } = this;
    void sandbox.act(M.namespaces.deleted(name), async () => {
      await sandbox.control.server('DELETE', `/ns/${name}`, deleteAnswer);
      await sandbox.readNamespaces();
    });
  }

  override render() {
    const { namespace, namespaces } = this.sandbox;
    const current = namespace === '' ? M.namespaces.default : namespace;
    return menu(
      'namespace',
      html`<span class="quiet">${M.namespaces.label}</span> <bdi>${current}</bdi>`,
      html`
        <p class="hint">${M.namespaces.others}</p>
        ${namespaces.length === 0 ? html`<p class="hint">${M.namespaces.none}</p>` : nothing}
        <ul class="plain names">
          ${['', ...namespaces].map((name) => this.#link(name, namespace))}
        </ul>
        <form @submit=${(event: SubmitEvent) => void this.#create(event)}>
          <label class="field">
            <span>${M.namespaces.name}</span>
            <input
              name="name"
              required
              pattern="[A-Za-z0-9][A-Za-z0-9_\\-]{0,63}"
              autocomplete="off"
              spellcheck="false"
              aria-describedby="name-hint"
            />
            <span id="name-hint" class="hint">${M.namespaces.hint}</span>
          </label>
          <button type="submit">${M.namespaces.create}</button>
        </form>
      `,
      () =>
        void this.sandbox.readNamespaces().catch((error: unknown) => {
          this.sandbox.tell(this.sandbox.wordsOf(error), true);
        }),
    );
  }

  #link(name: string, current: string): TemplateResult {
    return html`
      <li>
        <a href=${pageOf(name)} aria-current=${name === current ? 'page' : nothing}>
          <bdi>${name === '' ? M.namespaces.default : name}</bdi>
        </a>
        ${
          name === '' || name === current
            ? nothing
            : html`<button type="button" class="quiet-button" @click=${() => this.#delete(name)}>
                ${M.namespaces.delete(name)}
              </button>`
        }
      </li>
    `;
  }
}

customElements.define('namespace-menu', NamespaceMenu);
