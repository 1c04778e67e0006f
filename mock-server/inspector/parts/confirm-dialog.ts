import { html, LitElement } from 'lit';

import { M } from '../messages.ts';

export interface Question {
  readonly title: string;
  readonly what: string;
  /** The words of the button that does it. */
  readonly action: string;
}

/** Asks one question at a time. Escape and Cancel answer no. */
export class ConfirmDialog extends LitElement {
  static override properties = { question: { state: true } };

  declare question: Question | undefined;
  #answer: ((isYes: boolean) => void) | undefined;

  override createRenderRoot(): this {
    return this;
  }

  async ask(question: Question): Promise<boolean> {
    this.#answer?.(false);
    this.question = question;
    await this.updateComplete;
    this.querySelector('dialog')?.showModal();
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }

  #close(isYes: boolean): void {
    const answer = this.#answer;
    this.#answer = undefined;
    this.querySelector('dialog')?.close();
    answer?.(isYes);
  }

  override render() {
    const { title = '', what = '', action = '' } = this.question ?? {};
    return html`
      <dialog aria-labelledby="confirm-title" aria-describedby="confirm-what" @close=${() => this.#close(false)}>
        <h2 id="confirm-title">${title}</h2>
        <p id="confirm-what">${what}</p>
        <div class="actions">
          <button type="button" class="danger" @click=${() => this.#close(true)}>${action}</button>
          <button type="button" @click=${() => this.#close(false)}>${M.cancel}</button>
        </div>
      </dialog>
    `;
  }
}

customElements.define('confirm-dialog', ConfirmDialog);
