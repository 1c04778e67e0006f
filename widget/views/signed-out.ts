import { html, type TemplateResult } from 'lit';

import type { State } from '../flow/state.ts';
import { button, type View } from './parts.ts';
import { notice } from './refusals.ts';

type SignedOut = Extract<State, { at: 'signed_out' }>;

export function signedOut(view: View, { notice: refusal }: SignedOut): TemplateResult {
  const { t, controller } = view;
  return html`${notice(view, refusal)}
    <p>${t('signed_out')}</p>
    ${button(t('signedIn'), () => void controller.load(), { primary: true })}`;
}
