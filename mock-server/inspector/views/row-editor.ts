import { html, nothing, type PropertyValues } from 'lit';
import * as z from 'zod/mini';

import { changedMembers, editOf, readRow, writeRow, type DataRow } from '../logic/rows.ts';
import { M } from '../messages.ts';
import { typed } from '../parts/fields.ts';
import { View } from '../parts/view.ts';
import { ControlError } from '../sandbox/control.ts';

const rowAnswer = z.record(z.string(), z.unknown());

/** Edits one row as JSON. Fires `changed` when a row is other than before, and `closed`. */
class RowEditor extends View {
  static override properties = {
    ...View.properties,
    collection: { attribute: false },
    row: { attribute: false },
    like: { attribute: false },
    text: { state: true },
    problem: { state: true },
    isStale: { state: true },
    isKept: { state: true },
  };

  declare collection: string;
  /** Id of the row; `undefined` to add one. */
  declare row: string | undefined;
  /** A row that a new one is like. */
  declare like: DataRow | undefined;
  declare text: string;
  declare problem: string;
  /** Whether the row is known to have changed since it was opened. */
  declare isStale: boolean;
  /** Whether the text is what was typed before the editor was closed. */
  declare isKept: boolean;
  /** The row as it was opened. */
  #opened: DataRow | undefined;

  constructor() {
    super();
    this.text = '';
    this.problem = '';
    this.isStale = false;
    this.isKept = false;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('row') || changed.has('like')) void this.#load();
  }

  get #path(): string {
    return `/db/${this.collection}/${encodeURIComponent(this.row ?? '')}`;
  }

  #readRow(): Promise<DataRow> {
    return this.sandbox.control.read(this.#path, rowAnswer);
  }

  async #load(): Promise<void> {
    this.problem = '';
    this.isStale = false;
    const { row } = this;
    const unsaved = this.sandbox.unsaved.get(this.#path);
    this.isKept = unsaved !== undefined;
    this.#opened = unsaved?.opened;
    if (unsaved) this.text = unsaved.text;
    else if (row === undefined) this.text = writeRow(this.like ?? {});
    else {
      this.text = '';
      try {
        const read = await this.#readRow();
        if (this.row !== row) return;
        this.#opened = read;
        this.text = writeRow(read);
      } catch (error) {
        this.problem = this.#words(error);
      }
    }
    await this.updateComplete;
    const area = this.querySelector('textarea');
    area?.setSelectionRange(0, 0);
    area?.focus();
  }

  #type(text: string): void {
    this.text = text;
    this.sandbox.unsaved.set(this.#path, { text, opened: this.#opened });
  }

  /** Shows the row as it is, in place of what was typed. */
  #reload(): void {
    this.sandbox.unsaved.delete(this.#path);
    void this.#load();
  }

  #words(error: unknown): string {
    const isGone = error instanceof ControlError && error.status === 404;
    return isGone ? M.data.gone : this.sandbox.wordsOf(error);
  }

  async #save(event: Event): Promise<void> {
    event.preventDefault();
    const read = readRow(this.text);
    if (!read.ok) {
      this.problem = M.data.notJson(read.message);
      return;
    }
    this.problem = '';
    try {
      if (this.row === undefined) await this.#create(read.row);
      else await this.#change(read.row);
    } catch (error) {
      this.problem = this.#words(error);
    }
  }

  async #create(row: DataRow): Promise<void> {
    await this.sandbox.control.send('POST', `/db/${this.collection}`, rowAnswer, row);
    this.#done(M.data.created(String(row['id'])));
  }

  async #change(row: DataRow): Promise<void> {
    const opened = this.#opened;
    const edit = opened && editOf(opened, row);
    if (!opened || !edit) {
      this.problem = M.data.same;
      return;
    }
    const members = changedMembers(opened, await this.#readRow());
    const replaces = edit.method === 'PUT';
    if (members.length > 0 && (replaces || !this.isStale)) {
      this.isStale = true;
      this.problem = (replaces ? M.data.changedBeforePut : M.data.changed)(members.join(', '));
      return;
    }
    await this.sandbox.control.send(edit.method, this.#path, rowAnswer, edit.body);
    this.#done(M.data.saved(this.row ?? ''));
  }

  async #delete(): Promise<void> {
    const id = this.row ?? '';
    const isSure = await this.ask({ title: M.data.deleteAsk(id), what: M.data.deleteWhat, action: M.data.delete });
    if (!isSure) return;
    try {
      await this.sandbox.control.send('DELETE', this.#path, rowAnswer);
      this.#done(M.data.deleted(id));
    } catch (error) {
      this.problem = this.#words(error);
    }
  }

  #done(words: string): void {
    this.sandbox.unsaved.delete(this.#path);
    this.sandbox.tell(words);
    void this.sandbox.refresh();
    this.#fire('changed');
    this.#fire('closed');
  }

  #fire(name: 'changed' | 'closed'): void {
    this.dispatchEvent(new Event(name));
  }

  override render() {
    const isNew = this.row === undefined;
    return html`
      <form
        class="editor"
        aria-labelledby="editor-title"
        @submit=${(event: Event) => void this.#save(event)}
        @keydown=${(event: KeyboardEvent) => {
          if (event.key === 'Escape') this.#fire('closed');
        }}
      >
        <h2 id="editor-title">${isNew ? M.data.adding : M.data.editing(this.row ?? '')}</h2>
        <label class="field">
          <span>${M.data.json}</span>
          <textarea
            rows="20"
            spellcheck="false"
            autocomplete="off"
            aria-invalid=${this.problem === '' ? 'false' : 'true'}
            aria-describedby="editor-problem"
            .value=${this.text}
            @input=${(event: Event) => this.#type(typed(event))}
          ></textarea>
        </label>
        <p class="hint" role="status">${this.isKept ? M.data.unsaved : ''}</p>
        <p id="editor-problem" class="problem" role="alert">${this.problem}</p>
        <div class="actions">
          <button type="submit" class="primary">${isNew ? M.data.create : M.data.save}</button>
          ${
            this.isStale || this.isKept
              ? html`<button type="button" @click=${() => this.#reload()}>
                  ${this.isStale ? M.data.reload : M.data.discard}
                </button>`
              : nothing
          }
          <button type="button" @click=${() => this.#fire('closed')}>${M.close}</button>
          ${isNew ? nothing : html`<button type="button" class="danger" @click=${() => void this.#delete()}>${M.data.delete}</button>`}
        </div>
      </form>
    `;
  }
}

customElements.define('row-editor', RowEditor);
