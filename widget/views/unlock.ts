import { html, type TemplateResult } from 'lit';

import { button, type View } from './parts.ts';

/**
 * For a person who has asked the provider and knows the outcome. It takes two steps, so that nobody takes it by
 * accident.
 */
export function unlocking({ t, controller }: View): TemplateResult {
  return html`<details>
    <summary>${t('unlock')}</summary>
    ${button(t('unlockYes'), () => void controller.unlock())}
  </details>`;
}
