import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import { rows as rowsAnswer } from '../../client/answers.ts';
import { columnsOf, showCell, type DataRow } from '../logic/rows.ts';
import { M } from '../messages.ts';
import { searchField, selectField } from '../parts/fields.ts';
import { View } from '../parts/view.ts';
import './row-editor.ts';

const PAGE = 50;

/** The row in the editor. */
type Edited = { readonly is: 'row'; readonly id: string } | { readonly is: 'new'; readonly like: DataRow };

/** The rows of the sandbox, read and edited through its REST routes. */
class DataView extends View {
  static override properties = {
    ...View.properties,
    collection: { state: true },
    search: { state: true },
    page: { state: true },
    rows: { state: true },
    total: { state: true },
    edited: { state: true },
    problem: { state: true },
  };

  declare collection: string;
  declare search: string;
  declare page: number;
  declare rows: readonly DataRow[];
  declare total: number;
  declare edited: Edited | undefined;
  declare problem: string;
  /** What was read last, so that the same is not read again. */
  #read = '';
  #opener: HTMLElement | undefined;

  constructor() {
    super();
    this.collection = '';
    this.search = '';
    this.page = 0;
    this.rows = [];
    this.total = 0;
    this.problem = '';
  }

  override willUpdate(changed: PropertyValues<this>): void {
    const names = Object.keys(this.sandbox.rows);
    if (!names.includes(this.collection)) this.collection = names[0] ?? '';
    if (changed.has('collection') || changed.has('search')) this.page = 0;
    if (changed.has('collection')) this.edited = undefined;
    void this.#load();
  }

  /** Reads again with every read of the sandbox: an edit or a restore shows nowhere else. */
  async #load(isForced = false): Promise<void> {
    const { sandbox, collection, search, page } = this;
    if (collection === '') return;
    const { rows, reads } = sandbox;
    const question = JSON.stringify([collection, search, page]);
    const read = `${question} ${reads}`;
    if (read === this.#read && !isForced) return;
    this.#read = read;
    // An answer that comes after the next read is an answer all the same.
    const isAsked = () => this.#read.startsWith(question);
    const query = new URLSearchParams({ _start: String(page * PAGE), _end: String((page + 1) * PAGE) });
    const text = search.trim();
    if (text !== '') query.set('q', text);
    try {
      // Without a search the total is known; with one, the next page tells whether there is one.
      const found = await sandbox.control.read(`/db/${collection}?${query}`, rowsAnswer);
      if (!isAsked()) return;
      this.rows = found;
      this.total = text === '' ? (rows[collection] ?? 0) : page * PAGE + found.length;
      this.problem = '';
    } catch (error) {
      if (isAsked()) this.problem = sandbox.wordsOf(error);
    }
  }

  #open(edited: Edited, event: Event): void {
    this.#opener = event.currentTarget as HTMLElement;
    this.edited = edited;
  }

  async #close(): Promise<void> {
    this.edited = undefined;
    await this.#load(true);
    await this.updateComplete;
    if (this.#opener?.isConnected) this.#opener.focus();
    else this.querySelector<HTMLElement>('.tools select')?.focus();
  }

  override render() {
    const { edited } = this;
    return html`
      ${this.#tools()} ${this.problem === '' ? nothing : html`<p class="problem" role="alert">${this.problem}</p>`}
      <div class=${edited ? 'data editing' : 'data'}>
        <div class="table" role="region" aria-label=${this.collection} tabindex="0">${this.#table()}</div>
        ${
          edited
            ? html`<row-editor
                .sandbox=${this.sandbox}
                .ask=${this.ask}
                .collection=${this.collection}
                .row=${edited.is === 'row' ? edited.id : undefined}
                .like=${edited.is === 'new' ? edited.like : undefined}
                @closed=${() => void this.#close()}
                @changed=${() => void this.#load(true)}
              ></row-editor>`
            : nothing
        }
      </div>
    `;
  }

  #tools(): TemplateResult {
    const { sandbox, collection, search, page, rows, total } = this;
    const first = page * PAGE;
    return html`
      <form class="tools" role="search" aria-label=${M.views.data} @submit=${(event: Event) => event.preventDefault()}>
        ${selectField(
          M.data.collection,
          Object.entries(sandbox.rows).map(([name, count]) => ({ value: name, word: `${name} (${count})` })),
          collection,
          (value) => (this.collection = value),
        )}
        ${searchField(M.data.find, search, (value) => (this.search = value))}
        <div class="pager">
          <output class="count"
            >${rows.length === 0 ? M.data.none : M.data.page(first + 1, first + rows.length, Math.max(total, first + rows.length))}</output
          >
          <button type="button" ?disabled=${page === 0} @click=${() => (this.page -= 1)}>${M.data.previous}</button>
          <button type="button" ?disabled=${rows.length < PAGE} @click=${() => (this.page += 1)}>${M.data.next}</button>
          <button
            type="button"
            @click=${(event: Event) => this.#open({ is: 'new', like: rows[0] ?? { id: '' } }, event)}
          >
            ${M.data.add}
          </button>
          <a href=${`db/${collection}`} target="_blank" rel="noreferrer">${M.data.rest}</a>
        </div>
      </form>
    `;
  }

  #table(): TemplateResult {
    const columns = columnsOf(this.rows);
    const isOpen = (id: string) => this.edited?.is === 'row' && this.edited.id === id;
    return html`
      <table>
        <thead>
          <tr>
            ${columns.map((name) => html`<th scope="col">${name}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${repeat(
            this.rows,
            // The focus stays on its row when others come or go.
            (row) => row['id'],
            (row) => {
              const id = String(row['id']);
              return html`
                <tr class=${isOpen(id) ? 'chosen' : ''}>
                  ${columns.map((name) =>
                    name === 'id'
                      ? html`<th scope="row">
                          <button
                            type="button"
                            class="id"
                            aria-label=${M.data.open(id)}
                            aria-pressed=${isOpen(id) ? 'true' : 'false'}
                            @click=${(event: Event) => this.#open({ is: 'row', id }, event)}
                          >
                            <bdi>${id}</bdi>
                          </button>
                        </th>`
                      : html`<td><bdi>${showCell(row[name])}</bdi></td>`,
                  )}
                </tr>
              `;
            },
          )}
        </tbody>
      </table>
    `;
  }
}

customElements.define('data-view', DataView);
