import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Gate, HeldWrite, Overtaking, StartLine } from '../../verify/gate.ts';

const QUIET_MS = 100;
const LIMITS = { quietMs: QUIET_MS, limitMs: 500 };

/** A clock that stands still until `passQuiet` ends its pauses. */
function stoppedClock() {
  const pauses: (() => void)[] = [];
  const clock = {
    now: () => 0,
    wall: () => 0,
    pause: () => new Promise<void>((resolve) => void pauses.push(resolve)),
  };
  return { clock, passQuiet: () => pauses.splice(0).forEach((resolve) => resolve()) };
}

/** Records the names of the requests that were released. */
function recordReleases() {
  const released: string[] = [];
  const note = (name: string, promise: Promise<void>) => void promise.then(() => released.push(name));
  const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));
  return { released, note, nextTurn };
}

test('the gate releases all answers at once when every request waits or has ended', async () => {
  const { clock } = stoppedClock();
  const { released, note, nextTurn } = recordReleases();
  const gate = new Gate(3, clock, QUIET_MS);
  note('first', gate.hold());
  note('second', gate.hold());
  await nextTurn();
  assert.deepEqual([released, gate.isFull], [[], false]);
  gate.ended();
  await nextTurn();
  assert.deepEqual([released, gate.isFull], [['first', 'second'], true]);
});

test('the gate releases answers after a quiet time, and does not count as full then', async () => {
  const { clock, passQuiet } = stoppedClock();
  const { released, note, nextTurn } = recordReleases();
  const gate = new Gate(3, clock, QUIET_MS);
  note('first', gate.hold());
  passQuiet();
  await nextTurn();
  assert.deepEqual([released, gate.isFull], [['first'], false]);
});

test('a new answer starts the quiet time again', async () => {
  const { clock, passQuiet } = stoppedClock();
  const { released, note, nextTurn } = recordReleases();
  const gate = new Gate(3, clock, QUIET_MS);
  const early = gate.hold();
  note('first', early);
  note('second', gate.hold());
  assert.equal(await Promise.race([early.then(() => 'released'), Promise.resolve('held')]), 'held');
  passQuiet();
  await nextTurn();
  assert.deepEqual(released, ['first', 'second'], 'only the quiet time after the second answer counts');
});

test('no request starts before all requests are ready', async () => {
  const { released, note, nextTurn } = recordReleases();
  const start = new StartLine(2);
  note('first', start.ready());
  await nextTurn();
  assert.deepEqual(released, []);
  note('second', start.ready());
  await nextTurn();
  assert.deepEqual(released, ['first', 'second']);
});

test('one request waits at the call of a stage until the other has written, and the other until it has ended', async () => {
  const { clock } = stoppedClock();
  const { released, note, nextTurn } = recordReleases();
  const gate = new Overtaking(2, clock, LIMITS);
  note('order of one', gate.hold(false));
  await nextTurn();
  assert.deepEqual([released, gate.isReached], [[], false]);
  note('order of two', gate.hold(false));
  note('list of one', gate.hold(false));
  await nextTurn();
  assert.deepEqual(released.splice(0), ['order of one', 'order of two']);
  note('list of two', gate.hold(false));
  await nextTurn();
  assert.deepEqual([released.splice(0), gate.isReached], [['list of one'], true]);
  note('write of one', gate.hold(true));
  await nextTurn();
  assert.deepEqual(released.splice(0), ['list of two']);
  note('another read', gate.hold(false));
  note('write of two', gate.hold(true));
  await nextTurn();
  assert.deepEqual(released.splice(0), ['another read', 'write of two']);
  gate.ended();
  await nextTurn();
  assert.deepEqual(released, ['write of one']);
});

test('a write is held no longer than the limit, also while the other asks again and again', async () => {
  const pauses = new Map<number, () => void>();
  const pause = (ms: number) => new Promise<void>((resolve) => void pauses.set(ms, resolve));
  const { released, note, nextTurn } = recordReleases();
  const gate = new Overtaking(1, { now: () => 0, wall: () => 0, pause }, LIMITS);
  note('write of one', gate.hold(true));
  note('read of two', gate.hold(false));
  await nextTurn();
  assert.deepEqual(released.splice(0), ['read of two']);
  pauses.get(LIMITS.limitMs)?.();
  note('read of two again', gate.hold(false));
  await nextTurn();
  assert.deepEqual(released.toSorted(), ['read of two again', 'write of one']);
});

test('only the first write is held, until it is released or the time is over', async () => {
  const { clock, passQuiet } = stoppedClock();
  for (const end of [(gate: HeldWrite) => gate.release(), passQuiet]) {
    const { released, note, nextTurn } = recordReleases();
    const gate = new HeldWrite(clock, LIMITS.limitMs);
    note('read', gate.hold(false));
    note('write', gate.hold(true));
    note('next write', gate.hold(true));
    await gate.reached;
    await nextTurn();
    assert.deepEqual(released.splice(0), ['read', 'next write']);
    end(gate);
    await nextTurn();
    assert.deepEqual(released, ['write']);
  }
});

test('requests that do not come to the stage are released after a quiet time', async () => {
  const { clock, passQuiet } = stoppedClock();
  const { released, note, nextTurn } = recordReleases();
  const gate = new Overtaking(1, clock, LIMITS);
  note('one', gate.hold(false));
  passQuiet();
  await nextTurn();
  assert.deepEqual([released, gate.isReached], [['one'], false]);
});
