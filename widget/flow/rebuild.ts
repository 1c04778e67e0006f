import { readDecimal } from '../../contract/money/decimal.ts';
import { callAbout } from './approver.ts';
import { reasonText } from './draft.ts';
import { fingerprint, type Sent } from './typed-store.ts';
import type { ControllerOptions } from './session.ts';
import type { Intent } from './stored.ts';

/** The request as it was before the reload; `undefined` when the note makes it a different one. */
export function rebuild(
  { adapter, paymentId }: Pick<ControllerOptions, 'adapter' | 'paymentId'>,
  { key, print, amount = '', currency = '', attemptId, reason = '', reference, picked, approves }: Intent,
  note: string,
): Sent | undefined {
  const minor = readDecimal(amount, currency);
  if (minor === undefined) return undefined;
  // The page may offer other reasons by now. The note may have been sent alone.
  return [{ code: reason }, undefined]
    .map((chosen) => {
      const text = reasonText(chosen, note);
      const order = { paymentId, attemptId, amount: minor, currency, reason: text, reference, picked };
      return { key, call: approves ? callAbout(approves, 'approve') : adapter.create(order), order };
    })
    .find(({ call }) => fingerprint(call) === print);
}
