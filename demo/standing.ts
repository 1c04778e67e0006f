import type { PaymentRefund } from '../contract/payment.ts';
import { minorOf } from './format.ts';
import type { ShopOrder } from './orders.ts';
import { isUnread, type PaymentState } from './payment-state.ts';
import { texts } from './settings.ts';

/** A state in a word and a tone. The word is always shown, so that no meaning depends on colour alone. */
export interface Mark {
  readonly word: string;
  readonly tone: string;
}

const TONES: Readonly<Record<string, string>> = {
  pending: 'pending',
  succeeded: 'done',
  failed: 'bad',
  reversing: 'warning',
  reversed: 'warning',
  cancelled: 'quiet',
  unknown: 'warning',
  unrecognised: 'warning',
  awaiting_approval: 'pending',
};

/** The mark of one refund: of how it came to an end, where no money moved, otherwise of its standing. */
export function markOf({
  standing,
  ended,
}: Pick<PaymentRefund, 'standing'> & Partial<Pick<PaymentRefund, 'ended'>>): Mark {
  const { endings, standings } = texts();
  const end = (endings as Readonly<Record<string, string>>)[ended ?? ''];
  if (end !== undefined) return { word: end, tone: ended === 'refused' ? 'bad' : 'quiet' };
  const word = (standings as Readonly<Record<string, string>>)[standing];
  return { word: word ?? standing, tone: TONES[standing] ?? 'quiet' };
}

/** The mark of a payment. */
export function standingOf(state: PaymentState, order: Pick<ShopOrder, 'captured' | 'currency'>): Mark {
  const words = texts().payment;
  if (state === 'loading') return { word: words.loading, tone: 'quiet' };
  if (isUnread(state)) {
    const told = (wanted: string) => state.told.some(({ standing }) => standing === wanted);
    // The one that needs a person first.
    if (told('unknown')) return { word: words.check, tone: 'warning' };
    if (told('awaiting_approval')) return { word: words.waiting, tone: 'pending' };
    if (told('pending')) return { word: words.pending, tone: 'pending' };
    const last = state.told.at(-1);
    const minor = (decimal = '0') => minorOf(decimal, order.currency);
    const done = state.told.reduce((sum, one) => sum + (one.standing === 'succeeded' ? minor(one.amount) : 0n), 0n);
    // A part of it is not the payment.
    if (last?.standing === 'succeeded' && done < minor(order.captured)) return { word: words.partly, tone: 'done' };
    return last ? markOf(last) : { word: words.failed, tone: 'warning' };
  }
  const minor = (decimal: string) => minorOf(decimal, state.currency);
  const has = (wanted: string) => state.refunds?.some(({ standing }) => standing === wanted);
  if (has('unknown')) return { word: words.check, tone: 'warning' };
  if (state.not_refundable && minor(state.captured) === 0n) return { word: words.notCaptured, tone: 'quiet' };
  if (has('awaiting_approval')) return { word: words.waiting, tone: 'pending' };
  if (minor(state.pending) > 0n) return { word: words.pending, tone: 'pending' };
  if (minor(state.refunded) === 0n) return { word: words.paid, tone: 'good' };
  return minor(state.refundable) === 0n ? { word: words.refunded, tone: 'done' } : { word: words.partly, tone: 'done' };
}
