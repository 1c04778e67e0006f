import { html, type TemplateResult } from 'lit';

import type { Refund } from '../model.ts';
import { nameOf } from './listed.ts';
import { id, type View } from './parts.ts';

/** The provider's numbers of a refund under names that people know, each with a button that copies it. */
export function references(view: View, { references = {} }: Refund): readonly (readonly [unknown, unknown])[] {
  return Object.entries(references).map(([name, value]) => [nameOf(view, name), value && reference(view, name, value)]);
}

/** One of them. */
export function reference(view: View, name: string, value: string): TemplateResult {
  const { s } = view;
  const press = async ({ currentTarget }: Event) => {
    const { previousElementSibling: shown, nextElementSibling: said } = currentTarget as Element;
    said!.textContent = '';
    try {
      await navigator.clipboard.writeText(value);
    } catch {
      // A page on plain HTTP has no clipboard, and another may not allow it. What is selected can always be copied by hand.
      getSelection()?.selectAllChildren(shown!);
      if (!document.execCommand('copy')) return;
    }
    said!.textContent = s('copied');
  };
  return html`<span class="copyable"
    >${id(value)}<button
      type="button"
      part="button copy"
      class="copy"
      aria-label=${s('copy', { name: nameOf(view, name), value })}
      @click=${press}
      @blur=${forget}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M5.5 5.5h8v8h-8zM10.5 3V2.5h-8v8H3" />
        <path d="M3 8l3.5 3.5L13 5" />
      </svg></button
    ><span role="status" class="said"></span
  ></span>`;
}

function forget({ currentTarget }: Event): void {
  (currentTarget as Element).nextElementSibling!.textContent = '';
}
