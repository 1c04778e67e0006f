import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Gate, StartLine } from '../../verify/gate.ts';

const QUIET_MS = 100;

/** A clock that stands still until it is told to go on. */
function stoppedClock() {
  const pauses: (() => void)[] = [];
  const clock = {
    now: () => 0,
    wall: () => 0,
    pause: () => new Promise<void>((resolve) => void pauses.push(resolve)),
  };
  return { clock, passQuiet: () => pauses.splice(0).forEach((go) => go()) };
}

/** Notes who was let go. */
function notes() {
  const gone: string[] = [];
  const note = (name: string, promise: Promise<void>) => void promise.then(() => gone.push(name));
  const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { gone, note, settled };
}

test('answers wait until every request waits or has ended, and then all go at once', async () => {
  const { clock } = stoppedClock();
  const { gone, note, settled } = notes();
  const gate = new Gate(3, clock, QUIET_MS);
  note('first', gate.hold());
  note('second', gate.hold());
  await settled();
  assert.deepEqual([gone, gate.isFull], [[], false]);
  gate.ended();
  await settled();
  assert.deepEqual([gone, gate.isFull], [['first', 'second'], true]);
});

test('requests that wait for one another are let go after a silence, and the schedule is not taken for seen', async () => {
  const { clock, passQuiet } = stoppedClock();
  const { gone, note, settled } = notes();
  const gate = new Gate(3, clock, QUIET_MS);
  note('first', gate.hold());
  passQuiet();
  await settled();
  assert.deepEqual([gone, gate.isFull], [['first'], false]);
});

test('a silence that something has broken ends nothing', async () => {
  const { clock, passQuiet } = stoppedClock();
  const { gone, note, settled } = notes();
  const gate = new Gate(3, clock, QUIET_MS);
  const early = gate.hold();
  note('first', early);
  note('second', gate.hold());
  assert.equal(await Promise.race([early.then(() => 'gone'), Promise.resolve('held')]), 'held');
  passQuiet();
  await settled();
  assert.deepEqual(gone, ['first', 'second'], 'only the silence after the second one counts');
});

test('nobody starts before everybody is ready', async () => {
  const { gone, note, settled } = notes();
  const start = new StartLine(2);
  note('first', start.ready());
  await settled();
  assert.deepEqual(gone, []);
  note('second', start.ready());
  await settled();
  assert.deepEqual(gone, ['first', 'second']);
});
