import { html } from 'lit';

import type { PaymentRefund } from '../../contract/payment.ts';
import type { MessageKey } from '../messages/registry.ts';
import type { Refund } from '../model.ts';
import { when, type View } from './parts.ts';

/** What became of a refund, in a word or two. An unknown word stays as it came. */
export function standingText(
  { t, messages }: View,
  { standing, ended, contradiction }: Pick<PaymentRefund, 'standing' | 'ended' | 'contradiction'>,
): unknown {
  if (contradiction) return t('unknown');
  const word = ended ?? standing;
  const key = [`status_${word}`, `vendor_${word}`].find((name) => name in messages);
  return key ? t(key as MessageKey) : word;
}

/** The name of one of the provider's numbers. An unknown one keeps the provider's own name. */
export function nameOf({ s, messages }: View, name: string): string {
  const key = `ref_${name}` as MessageKey;
  return key in messages ? s(key) : name;
}

/** The number that tells this refund from the others. */
export function numberOf({ id, references = {} }: Refund): string {
  return Object.values(references).find(Boolean) ?? id;
}

/** A reason as it was sent: in the reader's language, if it is one that the form offers, and the note as it was typed. */
export function reasonText({ reasons }: View, sent: string | null | undefined) {
  const chosen = reasons.find(({ code }) => sent === code || sent?.startsWith(`${code}: `));
  const note = chosen && sent!.slice(chosen.code.length + 2);
  return sent && html`<bdi>${chosen?.label ?? sent}</bdi>${note && html` · <bdi>${note}</bdi>`}`;
}

/** Where the money goes: the payment method under a name that people know. */
export function methodText({ t }: View, method: string | null | undefined) {
  const name = /^(card|cc)$/i.test(method ?? '') ? t('card') : method?.toUpperCase();
  return html`${t('method')}${name && html` (<bdi>${name}</bdi>)`}`;
}

/** Its date and time. */
export function moment(view: View, listed: PaymentRefund | undefined) {
  const time = listed?.create_time;
  const at = Date.parse(time ?? '');
  // What is no date is shown as it came.
  return time && html`<bdi>${at > 0 ? when(view, at, 'medium') : time}</bdi>`;
}
