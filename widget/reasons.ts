import type { MessageKey, Texts } from './messages.ts';
import type { RefundReason } from './model.ts';

/** What the provider records stays English whatever the admin reads, so that reports add up. */
const USUAL: readonly (readonly [value: string, label: MessageKey])[] = [
  ['Requested by customer', 'reasonRequested'],
  ['Returned goods', 'reasonReturned'],
  ['Not received', 'reasonNotReceived'],
  ['Paid twice', 'reasonDuplicate'],
  ['Price correction', 'reasonPrice'],
  ['Fraud', 'reasonFraud'],
];

export function usualReasons(texts: Texts): RefundReason[] {
  return [
    ...USUAL.map(([value, label]) => ({ value, label: texts.text(label as 'reasonOther') })),
    { value: 'Other', label: texts.text('reasonOther'), noteRequired: true },
  ];
}
