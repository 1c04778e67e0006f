import { html, type TemplateResult } from 'lit';

/** A sheet below its button. Escape closes it, and so does whatever takes the focus outside of it. */
export function menu(name: string, summary: unknown, content: TemplateResult, onOpen?: () => void): TemplateResult {
  return html`
    <details
      class="menu ${name}"
      @toggle=${(event: Event) => {
        if ((event.currentTarget as HTMLDetailsElement).open) onOpen?.();
      }}
      @keydown=${(event: KeyboardEvent) => {
        if (event.key !== 'Escape') return;
        closeMenu(event);
        (event.currentTarget as HTMLElement).querySelector('summary')?.focus();
      }}
      @focusout=${(event: FocusEvent) => {
        const next = event.relatedTarget as Node | null;
        if (next !== null && !(event.currentTarget as HTMLElement).contains(next)) closeMenu(event);
      }}
    >
      <summary>${summary}</summary>
      <div class="sheet">${content}</div>
    </details>
  `;
}

/** Closes the sheet that an event comes from. */
export function closeMenu(event: Event): void {
  const details = (event.target as Element).closest('details.menu');
  if (details instanceof HTMLDetailsElement) details.open = false;
}

/** A press outside of a sheet takes no focus from it where nothing else can have the focus. */
export function closeMenusOutside(event: Event): void {
  for (const details of document.querySelectorAll<HTMLDetailsElement>('details.menu[open]')) {
    if (!details.contains(event.target as Node)) details.open = false;
  }
}
