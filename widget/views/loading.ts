import { html, type TemplateResult } from 'lit';

import type { View } from './parts.ts';

export function loading({ t }: View): TemplateResult {
  return html`${[1, 2, 3, 4].map(() => html`<div class="bone"></div>`)}
    <p class="hint late">${t('loading')}</p>`;
}
