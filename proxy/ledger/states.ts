import { countsAgainstRefundable, isFinal, type PaymentRefundStanding } from '../../contract/index.ts';

/**
 * The life of an intent, the only place that says what may follow what.
 *
 * `awaiting_approval`: a second person must agree; nothing is reserved and nothing was sent.
 * `sending`: written before the provider is called. `unknown`: the answer was lost, money may have moved.
 * `resending`: the same provider key is on its way again; it can no longer become `void`, because the first send may
 * have been carried out. `void`: nothing was executed, and the same key may begin again.
 */
export const INTENT_MOVES = {
  awaiting_approval: ['sending', 'failed'],
  sending: ['succeeded', 'failed', 'unknown', 'void'],
  unknown: ['succeeded', 'failed', 'resending'],
  resending: ['succeeded', 'failed', 'unknown'],
  void: ['sending', 'awaiting_approval'],
  succeeded: [],
  failed: [],
} as const satisfies Record<string, readonly string[]>;

export type IntentState = keyof typeof INTENT_MOVES;

/** An intent in one of these is not at its end: somebody or something still has to act. */
export const OPEN_STATES: readonly IntentState[] = ['awaiting_approval', 'sending', 'resending', 'unknown'];

export function intentMayMove(from: IntentState, to: IntentState): boolean {
  return (INTENT_MOVES[from] as readonly IntentState[]).includes(to);
}

export function isIntentState(text: string): text is IntentState {
  return Object.hasOwn(INTENT_MOVES, text);
}

/**
 * What a later answer may make of a refund. Answers and webhooks arrive late and out of order, so a refund never goes
 * back. `succeeded -> reversing -> reversed` is the one way on from a success (`docs/providers/uqpay.md#refund-rules`).
 */
export const STANDING_MOVES: Readonly<Record<PaymentRefundStanding, readonly PaymentRefundStanding[]>> = {
  unknown: ['pending', 'succeeded', 'failed', 'reversing', 'reversed', 'cancelled', 'unrecognised'],
  pending: ['succeeded', 'failed', 'reversing', 'reversed', 'cancelled', 'unrecognised'],
  unrecognised: ['pending', 'succeeded', 'failed', 'reversing', 'reversed', 'cancelled'],
  succeeded: ['reversing', 'reversed'],
  reversing: ['reversed'],
  reversed: [],
  failed: [],
  cancelled: [],
};

export function standingMayMove(from: PaymentRefundStanding, to: PaymentRefundStanding): boolean {
  return STANDING_MOVES[from].includes(to);
}

/** The status of a part that the provider has said two things of that exclude each other: only a person settles it. */
export const CONTRADICTED = 'contradiction';
/** The same once a person has settled it: the provider may repeat itself, and it stays settled. */
export const CONTRADICTION_SETTLED = 'contradiction_settled';

/** An unknown refund holds its amount: it may have moved the money. */
export function holdsAmount(standing: PaymentRefundStanding): boolean {
  return standing === 'unknown' || countsAgainstRefundable(standing);
}

/** How a refund ends that nobody cancelled. */
export function provesNoCancel(standing: PaymentRefundStanding): boolean {
  return standing !== 'unknown' && standing !== 'cancelled' && isFinal(standing);
}

/** Two final words that exclude each other: kept apart for a person, never merged. */
export function contradicts(known: PaymentRefundStanding, said: PaymentRefundStanding): boolean {
  return (
    known !== said &&
    known !== 'unknown' &&
    said !== 'unknown' &&
    isFinal(known) &&
    isFinal(said) &&
    !standingMayMove(known, said) &&
    !standingMayMove(said, known)
  );
}
