import { toDecimal } from '../../contract/money/decimal.ts';
import type { RefundRequest } from '../model.ts';
import type { Session } from './session.ts';
import type { State } from './state.ts';

/** The page, which may keep a refund from being sent, or let it wait: `refund-form-before-submit`. */
export function createPageConsent(session: Session, read: () => Promise<unknown>) {
  const { emit, paymentId, changed } = session.options;
  /** The confirmed review that waits for the page. Nothing was sent yet, and nothing will be once it has been left. */
  let waiting: State | undefined;
  /** The review that the page has turned down after a wait, or that was left during it. */
  let denied: State | undefined;

  /** Whether the refund may be sent. `isKnown`: who has signed in. After a wait that is to be read again. */
  const ask = (
    { amount, currency, picked }: RefundRequest,
    review: State,
    isKnown: boolean,
  ): boolean | Promise<boolean> => {
    const waits: Promise<unknown>[] = [];
    let isOver = false;
    const waitUntil = (promise: Promise<unknown>): void => {
      // Nobody asks for it any more, and the refund may have been sent. The page has to hear that, as of any late one.
      if (isOver) throw new DOMException('waitUntil was called after the event', 'InvalidStateError');
      waits.push(promise);
    };
    const detail = { paymentId, amount: toDecimal(amount, currency), currency, ...picked, waitUntil };
    denied = undefined;
    const isWanted = emit('refund-form-before-submit', detail);
    isOver = true;
    if (!isWanted) return false;
    return (isKnown && waits.length === 0) || settled(waits, review);
  };

  const settled = async (waits: readonly Promise<unknown>[], review: State): Promise<boolean> => {
    waiting = review;
    changed();
    const all = await Promise.allSettled(waits);
    const isGiven = all.every(({ status }) => status === 'fulfilled');
    if (isGiven && waiting === review) await read();
    const isLeft = waiting !== review;
    if (!isLeft) waiting = undefined;
    if (!isGiven) denied = review;
    changed();
    return isGiven && !isLeft;
  };

  /** The form, or its page, is left: nothing is sent for what was confirmed before. */
  const leave = (): void => {
    denied = waiting;
    waiting = undefined;
  };

  return {
    ask,
    leave,
    isWaiting: (): boolean => waiting === session.state,
    isDenied: (): boolean => denied === session.state,
  };
}
