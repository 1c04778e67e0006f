import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { repeat } from 'lit/directives/repeat.js';

import type { SandboxJournalEntry } from '../../client/answers.ts';
import { callDifferences, nearMisses, NO_FILTER, seenStatus, type CallFilter } from '../logic/call-filter.ts';
import { curlOf, type CurlCommand } from '../logic/curl.ts';
import { M } from '../messages.ts';
import { searchField, selectField } from '../parts/fields.ts';
import { View } from '../parts/view.ts';
import { callRow } from './call-row.ts';

/** Rows that are drawn at first, and with each press of “older”. */
const STEP = 200;
const STATUS_CLASSES = ['2xx', '3xx', '4xx', '5xx'] as const;

/** The journal, newest first, live. */
class CallsView extends View {
  static override properties = {
    ...View.properties,
    text: { attribute: false },
    filter: { state: true },
    open: { state: true },
    command: { state: true },
    drawn: { state: true },
  };

  /** What the address asks to look for. */
  declare text: string;
  declare filter: CallFilter;
  /** Sequence numbers of the rows that are open. */
  declare open: ReadonlySet<number>;
  declare command: { readonly sequence: number; readonly text: string } | undefined;
  declare drawn: number;
  #generation = -1;

  constructor() {
    super();
    this.filter = NO_FILTER;
    this.open = new Set();
    this.drawn = STEP;
  }

  override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('text')) this.filter = { ...this.filter, text: this.text };
    const { generation } = this.sandbox.log;
    if (generation === this.#generation) return;
    this.#generation = generation;
    this.open = new Set();
    this.command = undefined;
    this.drawn = STEP;
  }

  #filterBy(change: Partial<CallFilter>): void {
    this.filter = { ...this.filter, ...change };
    this.drawn = STEP;
  }

  #toggle(sequence: number): void {
    const open = new Set(this.open);
    if (!open.delete(sequence)) open.add(sequence);
    this.open = open;
  }

  async #copy(entry: SandboxJournalEntry): Promise<void> {
    const provider = this.sandbox.providers.find(({ name }) => name === entry.provider);
    if (!provider) return;
    const command = curlOf(entry, provider, location.origin);
    try {
      await navigator.clipboard.writeText(command.text);
      this.command = undefined;
      this.sandbox.tell(copiedWords(entry, command));
    } catch {
      // Outside of this machine a page over HTTP has no clipboard, and a person can refuse it.
      this.command = { sequence: entry.sequence, text: command.text };
      this.sandbox.tell(M.calls.copyByHand);
      await this.updateComplete;
      const area = this.querySelector<HTMLTextAreaElement>(`#call-${entry.sequence} textarea`);
      area?.focus();
      area?.select();
    }
  }

  override render() {
    const { entries, total } = this.sandbox.log;
    const found = entries.filter((entry) => callDifferences(entry, this.filter).length === 0).toReversed();
    const older = found.length - this.drawn;
    return html`
      ${this.#tools(found.length)} ${entries.length === 0 ? html`<p class="empty">${M.calls.none}</p>` : nothing}
      ${entries.length > 0 && found.length === 0 ? this.#nearMisses() : nothing}
      <ol class="rows">
        ${repeat(
          found.slice(0, this.drawn),
          ({ sequence }) => sequence,
          (entry) => this.#row(entry),
        )}
      </ol>
      ${
        older > 0
          ? html`<p class="more">
              <button type="button" @click=${() => (this.drawn += STEP)}>
                ${M.calls.older(Math.min(older, STEP))}
              </button>
            </p>`
          : nothing
      }
      ${total > entries.length ? html`<p class="quiet more">${M.calls.onlyNewest(entries.length, total)}</p>` : nothing}
    `;
  }

  #row(entry: SandboxJournalEntry): TemplateResult {
    const { sequence } = entry;
    return callRow(entry, this.sandbox, {
      isOpen: this.open.has(sequence),
      command: this.command?.sequence === sequence ? this.command.text : undefined,
      onToggle: () => this.#toggle(sequence),
      onCopy: () => void this.#copy(entry),
    });
  }

  #tools(found: number): TemplateResult {
    const { provider, status, text } = this.filter;
    const { providers, log } = this.sandbox;
    const seen = [...new Set(log.entries.map(seenStatus))].toSorted();
    const exact = [...new Set([...seen, ...(status === '' ? [] : [status])])].filter(
      (one) => !(STATUS_CLASSES as readonly string[]).includes(one),
    );
    return html`
      <form
        class="tools"
        role="search"
        aria-label=${M.calls.filter}
        @submit=${(event: Event) => event.preventDefault()}
      >
        ${selectField(
          M.calls.provider,
          [{ value: '', word: M.calls.any }, ...providers.map(({ name, title }) => ({ value: name, word: title }))],
          provider,
          (value) => this.#filterBy({ provider: value }),
        )}
        ${selectField(
          M.calls.status,
          [
            { value: '', word: M.calls.any },
            ...STATUS_CLASSES.map((value) => ({ value, word: value })),
            ...exact.map((value) => ({ value, word: value === 'none' ? M.calls.noAnswer : value })),
          ],
          status,
          (value) => this.#filterBy({ status: value }),
        )}
        ${searchField(M.calls.text, text, (value) => this.#filterBy({ text: value }))}
        <output class="count">${M.calls.found(found, log.entries.length)}</output>
      </form>
    `;
  }

  #nearMisses(): TemplateResult {
    const { entries, total } = this.sandbox.log;
    const misses = nearMisses(entries, this.filter);
    return html`
      <div class="misses">
        <p>
          ${M.calls.noMatch(entries.length, total)}
          <button type="button" class="quiet-button" @click=${() => this.#filterBy(NO_FILTER)}>${M.calls.clear}</button>
        </p>
        <h2>${M.calls.closest}</h2>
        <ul class="plain">
          ${misses.map(
            ({ entry, differs }) => html`
              <li>
                <code>#${entry.sequence} ${entry.method} ${entry.path}</code>
                ${differs.map(({ field, wanted, was }) => M.calls.differs[field](this.#word(field, wanted), this.#word(field, was))).join('; ')}
              </li>
            `,
          )}
        </ul>
      </div>
    `;
  }

  #word(field: keyof CallFilter, value: string): string {
    if (field === 'provider') return this.sandbox.titleOf(value);
    return field === 'status' && value === 'none' ? M.calls.noAnswer.toLowerCase() : value;
  }
}

function copiedWords({ idempotency_key: key }: SandboxJournalEntry, { variables, differs }: CurlCommand): string {
  const words: string[] = [key === null ? M.calls.copiedPlain : M.calls.copied];
  if (variables.length > 0) words.push(M.calls.setVariables(variables.join(', ')));
  if (differs === 'redacted') words.push(M.calls.redacted);
  if (differs === 'not_json') words.push(M.calls.notJson);
  return words.join(' ');
}

customElements.define('calls-view', CallsView);
