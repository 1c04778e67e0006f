import { html, nothing, type TemplateResult } from 'lit';
import { guard } from 'lit/directives/guard.js';

/** Longer texts are shown without colours, because each token is an element. */
const MAX_COLOURED = 20_000;
/** Longer blocks scroll, and so have to be reached by keyboard. */
const MAX_LINES = 24;
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|-?\d[\d.eE+-]*|\b(?:true|false|null)\b/g;

/** A body as a person reads it. @param label of the block, for whoever does not see where it stands */
export function jsonBlock(value: unknown, label: string): TemplateResult {
  return html`${guard([value, label], () => block(value, label))}`;
}

function block(value: unknown, label: string): TemplateResult {
  const text = typeof value === 'string' ? value : JSON.stringify(value, undefined, 2);
  const scrolls = text.split('\n').length > MAX_LINES;
  const content = text.length > MAX_COLOURED || typeof value === 'string' ? text : coloured(text);
  return html`<pre
    class="json"
    role=${scrolls ? 'region' : nothing}
    aria-label=${scrolls ? label : nothing}
    tabindex=${scrolls ? '0' : nothing}
  ><code>${content}</code></pre>`;
}

function coloured(text: string): unknown[] {
  const parts: unknown[] = [];
  let end = 0;
  for (const match of text.matchAll(TOKEN)) {
    const [token, string, colon] = match;
    parts.push(text.slice(end, match.index));
    if (string === undefined) parts.push(html`<span class="value">${token}</span>`);
    else if (colon === undefined) parts.push(html`<span class="text">${token}</span>`);
    else parts.push(html`<span class="key">${string}</span>${colon}`);
    end = match.index + token.length;
  }
  parts.push(text.slice(end));
  return parts;
}
