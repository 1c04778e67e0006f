import { countsAgainstRefundable, isFinal, type PaymentRefundStanding } from '../../../contract/index.ts';

/**
 * The states of an intent, and the only place that says which may follow which.
 *
 * `awaiting_approval`: a second person must approve; nothing is reserved or sent. `sending`: recorded before the
 * provider is called. `unknown`: the answer was lost, so money may have moved. `resending`: the same provider key was
 * sent again; `void` is no longer possible, because the first send may have been carried out. `void`: nothing was
 * executed, and the same key may begin again.
 *
 * What came to nothing becomes `unknown` only when the provider shows its refund all the same: see `contradiction.ts`, or
 * may show it: see `put-off.ts`.
 */
export const INTENT_MOVES = {
  awaiting_approval: ['sending', 'failed', 'unknown'],
  sending: ['succeeded', 'failed', 'unknown', 'void'],
  unknown: ['succeeded', 'failed', 'resending'],
  resending: ['succeeded', 'failed', 'unknown'],
  void: ['sending', 'awaiting_approval', 'unknown'],
  succeeded: [],
  failed: ['unknown'],
} as const satisfies Record<string, readonly string[]>;

export type IntentState = keyof typeof INTENT_MOVES;

/** An intent in one of these states is open: somebody or something still has to act. */
export const OPEN_STATES: readonly IntentState[] = ['awaiting_approval', 'sending', 'resending', 'unknown'];

export function intentMayMove(from: IntentState, to: IntentState): boolean {
  return (INTENT_MOVES[from] as readonly IntentState[]).includes(to);
}

/** Its answer may still come. */
export function isOnItsWay({ state }: { readonly state: IntentState }): boolean {
  return state === 'sending' || state === 'resending';
}

/** Nothing of an intent in one of these states is with the provider, unless the ledger has forgotten a send. */
export const UNSENT_STATES: readonly IntentState[] = ['void', 'awaiting_approval'];

export function isUnsent({ state }: { readonly state: IntentState }): boolean {
  return UNSENT_STATES.includes(state);
}

export function isIntentState(text: string): text is IntentState {
  return Object.hasOwn(INTENT_MOVES, text);
}

/**
 * Which standing may follow which. Answers and webhooks arrive late and out of order, so a refund never goes back.
 * `succeeded -> reversing -> reversed` is the only way on from a success (`docs/providers/uqpay.md#refund-rules`).
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

/** The status of a part with contradicting statements of the provider: only a person settles it. */
export const CONTRADICTED = 'contradiction';
/** The same after a person has settled it: the provider may repeat itself, and the part stays settled. */
export const CONTRADICTION_SETTLED = 'contradiction_settled';

/** The status of a part that a person settled as nothing: no word of the provider, so any of a refund contradicts it. */
export const SAID_NOTHING = 'nothing';

/** The status of a refund made elsewhere that turned out to be the refund of a request. */
export const ABSORBED = 'absorbed';
/** The status of a refund made elsewhere that a person has recorded. */
export const TOLD = 'elsewhere';
/** The status of a refund made elsewhere that a person has recorded by mistake, and has taken back. */
export const WITHDRAWN = 'withdrawn';

/** An unknown refund holds its amount, because it may have moved the money. */
export function holdsAmount(standing: PaymentRefundStanding): boolean {
  return standing === 'unknown' || countsAgainstRefundable(standing);
}

/** The final standings of a refund that nobody cancelled. */
export function provesNoCancel(standing: PaymentRefundStanding): boolean {
  return standing !== 'unknown' && standing !== 'cancelled' && isFinal(standing);
}

/** A refund with this standing is not cancelled, or not yet. */
export function deniesCancel(standing: PaymentRefundStanding): boolean {
  return standing !== 'unknown' && standing !== 'unrecognised' && holdsAmount(standing);
}

/** Two contradicting final standings: kept for a person, never merged. */
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
