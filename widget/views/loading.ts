import { html, svg, type TemplateResult } from 'lit';

import type { View } from './parts.ts';

/** The form's figures, labels and controls: the top and the height in pixels, and the width in percent. */
const BONES = [
  [4, 62, 100],
  [90, 44, 100],
  [161, 14, 20],
  [184, 40, 100],
  [263, 14, 20],
  [286, 40, 100],
  [345, 14, 20],
  [368, 60, 100],
  [452, 40, 100],
] as const;

export function loading({ t }: View): TemplateResult {
  return html`<svg class="bones" height="492" aria-hidden="true">
      ${BONES.map(([y, height, width]) => svg`<rect y=${y} height=${height} width="${width}%" rx="4" />`)}
    </svg>
    <p class="hint late">${t('loading')}</p>`;
}
