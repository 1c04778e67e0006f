import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { PaymentRefundStanding } from '../../contract/index.ts';
import {
  contradicts,
  deniesCancel,
  holdsAmount,
  INTENT_MOVES,
  intentMayMove,
  isIntentState,
  OPEN_STATES,
  provesNoCancel,
  STANDING_MOVES,
  standingMayMove,
} from '../../proxy/ledger/rules/states.ts';

/** The state tables in another form: a move that is missing from one of the two makes the test fail. */
const INTENT_PATHS = [
  'awaiting_approval > sending',
  'awaiting_approval > failed',
  'awaiting_approval > unknown',
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
  'void > unknown',
  'failed > unknown',
];
const STANDING_PATHS = [
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

test('an intent has exactly the listed moves', () => {
  const allowed = STATES.flatMap((from) =>
    STATES.filter((to) => intentMayMove(from, to)).map((to) => `${from} > ${to}`),
  );
  assert.deepEqual(allowed.toSorted(), INTENT_PATHS.toSorted());
  const list = Object.entries(INTENT_MOVES).flatMap(([from, moves]) => moves.map((to) => `${from} > ${to}`));
  assert.deepEqual(list.toSorted(), INTENT_PATHS.toSorted());
  assert.deepEqual([...OPEN_STATES].toSorted(), ['awaiting_approval', 'resending', 'sending', 'unknown']);
  assert.equal(isIntentState('toString'), false);
});

test('a refund has exactly the listed moves', () => {
  const allowed = STANDINGS.flatMap((from) =>
    STANDINGS.filter((to) => standingMayMove(from, to)).map((to) => `${from} > ${to}`),
  );
  assert.deepEqual(allowed.toSorted(), STANDING_PATHS.toSorted());
  const list = Object.entries(STANDING_MOVES).flatMap(([from, moves]) => moves.map((to) => `${from} > ${to}`));
  assert.deepEqual(list.toSorted(), STANDING_PATHS.toSorted());
});

test('only a failed or cancelled refund releases its amount', () => {
  assert.deepEqual(STANDINGS.filter((standing) => !holdsAmount(standing)).toSorted(), ['cancelled', 'failed']);
});

test('only a refund that has ended in another way proves that it was not cancelled', () => {
  const proving = STANDINGS.filter((standing) => provesNoCancel(standing));
  assert.deepEqual(proving.toSorted(), ['failed', 'reversed', 'succeeded']);
});

test('only a refund that is on its way or was paid contradicts the word that it is cancelled', () => {
  const denying = STANDINGS.filter((standing) => deniesCancel(standing));
  assert.deepEqual(denying.toSorted(), ['pending', 'reversed', 'reversing', 'succeeded']);
});

test('two final standings contradict each other unless one follows from the other', () => {
  const pairs = STANDINGS.flatMap((known) =>
    STANDINGS.filter((next) => contradicts(known, next)).map((next) => `${known} ${next}`),
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
