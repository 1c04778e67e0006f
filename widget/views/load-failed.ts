import { html, type TemplateResult } from 'lit';

import type { Failure } from '../model.ts';
import type { State } from '../flow/state.ts';
import { button, id, type Drawn, type View } from './parts.ts';
import { notice, refusalWords } from './refusals.ts';

type LoadFailed = Extract<State, { at: 'load_failed' }>;

/** The payment could not be read. */
export function loadFailed(view: View, { failure }: LoadFailed): TemplateResult {
  const { t, controller } = view;
  return html`${reason(view, failure)} ${button(t('reload'), () => void controller.load(), { primary: true })}`;
}

function reason(view: View, { why, status, notice: refusal }: Failure): Drawn {
  if (why === 'refused') return notice(view, refusal);
  return html`<p>${view.t(`load_${why}`, { status, url: id(view.endpoint) })}</p>
    ${refusalWords(view, refusal)}`;
}
