import { html } from 'lit';

interface Select {
  readonly label: string;
  readonly options: readonly (readonly [value: string, name: string])[];
  readonly value: string;
  readonly choose: (value: string) => void;
}

/** A labelled select. */
export function select({ label, options, value, choose }: Select) {
  return html`
    <label class="field">
      <span>${label}</span>
      <select .value=${value} @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${options.map(([name, text]) => html`<option value=${name} ?selected=${name === value}>${text}</option>`)}
      </select>
    </label>
  `;
}
