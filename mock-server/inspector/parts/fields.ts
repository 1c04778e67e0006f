import { html, nothing, type TemplateResult } from 'lit';

/** The text that a person typed or chose. */
export const typed = (event: Event): string => (event.target as HTMLInputElement | HTMLSelectElement).value;

/** The text of a field of a form, by its name; empty when there is no such field. */
export function fieldText(form: EventTarget | null, name: string): string {
  const field = (form as HTMLFormElement).elements.namedItem(name);
  return field instanceof HTMLInputElement ? field.value.trim() : '';
}

export interface Choice {
  readonly value: string;
  readonly word: string;
}

export function selectField(
  label: string,
  choices: readonly Choice[],
  value: string,
  onChange: (value: string) => void,
): TemplateResult {
  return html`
    <label class="field">
      <span>${label}</span>
      <select .value=${value} @change=${(event: Event) => onChange(typed(event))}>
        ${choices.map(
          (choice) => html`<option value=${choice.value} ?selected=${choice.value === value}>${choice.word}</option>`,
        )}
      </select>
    </label>
  `;
}

export function searchField(label: string, value: string, onInput: (value: string) => void): TemplateResult {
  return html`
    <label class="field grow">
      <span>${label}</span>
      <input
        type="search"
        autocomplete="off"
        spellcheck="false"
        .value=${value}
        @input=${(event: Event) => onInput(typed(event))}
      />
    </label>
  `;
}

/** An id that may be cut in the middle of a line, or `nothing` for none. */
export const idText = (id: string | null | undefined) => (id ? html`<bdi class="id">${id}</bdi>` : nothing);
