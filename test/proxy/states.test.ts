import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentRefundStanding } from '../../contract/index.ts';
import {
  contradicts,
  holdsAmount,
  INTENT_MOVES,
  intentMayMove,
  isIntentState,
  OPEN_STATES,
  provesNoCancel,
  STANDING_MOVES,
  standingMayMove,
} from '../../proxy/ledger/rules/states.ts';

/** The tables once more, in another form: a word that slips from one of them is missed in the other. */
const INTENT_WAYS = [
  'awaiting_approval > sending',
  'awaiting_approval > failed',
  'sending > succeeded',
  'sending > failed',
  'sending > unknown',
  'sending > void',
  'unknown > succeeded',
  'unknown > failed',
  'unknown > resending',
  'resending > succeeded',
  'resending > failed',
  'resending > unknown',
  'void > sending',
  'void > awaiting_approval',
];
const STANDING_WAYS = [
  ...['pending', 'succeeded', 'failed', 'reversing', 'reversed', 'cancelled', 'unrecognised'].map(
    (to) => `unknown > ${to}`,
  ),
  ...['succeeded', 'failed', 'reversing', 'reversed', 'cancelled', 'unrecognised'].map((to) => `pending > ${to}`),
  ...['pending', 'succeeded', 'failed', 'reversing', 'reversed', 'cancelled'].map((to) => `unrecognised > ${to}`),
  'succeeded > reversing',
  'succeeded > reversed',
  'reversing > reversed',
];
const STANDINGS = Object.keys(STANDING_MOVES) as PaymentRefundStanding[];
const STATES = Object.keys(INTENT_MOVES).filter((state) => isIntentState(state));

test('an intent moves along these ways and no other', () => {
  const ways = STATES.flatMap((from) => STATES.filter((to) => intentMayMove(from, to)).map((to) => `${from} > ${to}`));
  assert.deepEqual(ways.toSorted(), INTENT_WAYS.toSorted());
  const listed = Object.entries(INTENT_MOVES).flatMap(([from, moves]) => moves.map((to) => `${from} > ${to}`));
  assert.deepEqual(listed.toSorted(), INTENT_WAYS.toSorted());
  assert.deepEqual([...OPEN_STATES].toSorted(), ['awaiting_approval', 'resending', 'sending', 'unknown']);
  assert.equal(isIntentState('toString'), false);
});

test('a refund moves along these ways and no other', () => {
  const ways = STANDINGS.flatMap((from) =>
    STANDINGS.filter((to) => standingMayMove(from, to)).map((to) => `${from} > ${to}`),
  );
  assert.deepEqual(ways.toSorted(), STANDING_WAYS.toSorted());
  const listed = Object.entries(STANDING_MOVES).flatMap(([from, moves]) => moves.map((to) => `${from} > ${to}`));
  assert.deepEqual(listed.toSorted(), STANDING_WAYS.toSorted());
});

test('only a refund that came to nothing gives its amount back', () => {
  assert.deepEqual(STANDINGS.filter((standing) => !holdsAmount(standing)).toSorted(), ['cancelled', 'failed']);
});

test('only a refund that ended otherwise proves that it was not cancelled', () => {
  const proving = STANDINGS.filter((standing) => provesNoCancel(standing));
  assert.deepEqual(proving.toSorted(), ['failed', 'reversed', 'succeeded']);
});

test('two final words contradict one another unless one follows from the other', () => {
  const pairs = STANDINGS.flatMap((known) =>
    STANDINGS.filter((said) => contradicts(known, said)).map((said) => `${known} ${said}`),
  );
  assert.deepEqual(
    pairs.toSorted(),
    [
      'cancelled failed',
      'cancelled reversed',
      'cancelled succeeded',
      'failed cancelled',
      'failed reversed',
      'failed succeeded',
      'reversed cancelled',
      'reversed failed',
      'succeeded cancelled',
      'succeeded failed',
    ].toSorted(),
  );
});
