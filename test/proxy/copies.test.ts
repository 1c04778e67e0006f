import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';

import { ProblemError } from '../../proxy/http/problem.ts';
import { Copies } from '../../proxy/refunds/copies.ts';
import { deferred } from './support/deferred.ts';

const NOTHING = new ProblemError('forbidden');
const same = async (error: unknown) => error;

test('copies are taken into the ledger at the same time', async () => {
  const copies = new Copies();
  const goOn = deferred();
  let begun = 0;
  const runs = Array.from({ length: 8 }, () =>
    copies.run(
      'key',
      ({ admit }) =>
        admit(async () => {
          begun += 1;
          await goOn.promise;
        }),
      same,
    ),
  );
  await setImmediate();
  assert.equal(begun, 8);
  goOn.resolve();
  await Promise.all(runs);
});

test('whoever is told that nothing was sent is told so of what was being taken in meanwhile, too', async () => {
  const copies = new Copies();
  const written = deferred();
  let ledgerHasIt = false;
  const first = copies.run(
    'key',
    ({ admit }) =>
      admit(async () => {
        await written.promise;
        ledgerHasIt = true;
      }),
    same,
  );
  const told = copies.refuse('key', async () => (ledgerHasIt ? new ProblemError('outcome_unknown') : NOTHING));
  written.resolve();
  await first;
  assert.equal(((await told) as ProblemError).code, 'outcome_unknown');
});

test('what comes while it is looked up is counted, and what comes after the answer is new', async () => {
  const copies = new Copies();
  const looked = deferred();
  const admitted: string[] = [];
  const run = (name: string, before: Promise<unknown>) =>
    copies.run(
      'key',
      async ({ admit }) => {
        await before;
        await admit(async (check) => {
          check();
          admitted.push(name);
        });
      },
      same,
    );
  const late = deferred();
  const waits = run('waits', late.promise);
  const told = copies.refuse('key', async () => {
    await looked.promise;
    return admitted.length > 0 ? new ProblemError('outcome_unknown') : NOTHING;
  });
  await setImmediate();
  // It came before the answer, and so it is in the ledger before the answer.
  await run('meanwhile', Promise.resolve());
  looked.resolve();
  assert.equal(((await told) as ProblemError).code, 'outcome_unknown');
  late.resolve();
  await waits;
  assert.deepEqual(admitted, ['meanwhile', 'waits']);

  admitted.length = 0;
  const held = deferred();
  const refused = run('refused', held.promise);
  await copies.refuse('key', async () => NOTHING);
  await run('new', Promise.resolve());
  held.resolve();
  await assert.rejects(refused, NOTHING);
  assert.deepEqual(admitted, ['new']);
});

test('what waits for its turn in the ledger is refused when another one is told meanwhile that nothing was sent', async () => {
  const copies = new Copies();
  const turn = deferred();
  const sent: string[] = [];
  const waits = copies.run(
    'key',
    ({ admit }) =>
      admit(async (check) => {
        await turn.promise;
        check();
        sent.push('waits');
      }),
    same,
  );
  copies.tell('key', NOTHING);
  turn.resolve();
  await assert.rejects(waits, NOTHING);
  assert.deepEqual(sent, []);
});

test('a refusal is not handed on to what has come after it was told, and what it holds for does not say it again', async () => {
  const copies = new Copies();
  const sent: string[] = [];
  const run = (name: string, before: Promise<unknown>, own?: unknown) =>
    copies.run(
      'key',
      async ({ admit }) => {
        await before;
        if (own) throw own;
        await admit(async (check) => {
          check();
          sent.push(name);
        });
      },
      same,
    );
  const [held, late] = [deferred(), deferred()];
  const second = run('second', held.promise);
  await assert.rejects(run('first', Promise.resolve(), NOTHING), NOTHING);
  const third = run('third', late.promise);
  held.resolve();
  await assert.rejects(second, (error: ProblemError) => error.code === 'idempotency_key_running');
  late.resolve();
  await third;
  assert.deepEqual(sent, ['third']);
});

test('a refusal that another one was told is not repeated once a newer one was sent', async () => {
  const copies = new Copies();
  const held = deferred();
  let isSent = false;
  const tell = async (error: unknown) => (isSent ? new ProblemError('outcome_unknown') : error);
  const oldest = copies.run(
    'key',
    async ({ admit }) => {
      await held.promise;
      await admit(async (check) => check());
    },
    tell,
  );
  await assert.rejects(
    copies.run('key', () => Promise.reject(NOTHING), tell),
    NOTHING,
  );
  await copies.run('key', ({ admit }) => admit(async () => void (isSent = true)), tell);
  held.resolve();
  await assert.rejects(oldest, (error: ProblemError) => error.code === 'outcome_unknown');
});

test('a decision is not kept from being sent by what somebody else is told', async () => {
  const copies = new Copies();
  const hook = deferred();
  const decided: string[] = [];
  const decide = (who: string, before?: Promise<unknown>) =>
    copies.run(
      'approve',
      async ({ admit, by }) => {
        await before;
        by(who);
        if (who === 'asker') throw NOTHING;
        await admit(async (check) => {
          check();
          decided.push(who);
        });
      },
      same,
    );
  const first = decide('boss', hook.promise);
  await assert.rejects(decide('asker'), NOTHING);
  hook.resolve();
  await first;
  assert.deepEqual(decided, ['boss']);
});

test('what is done once is done once for each person, and again after it has failed', async () => {
  const copies = new Copies();
  const over = deferred();
  const counted: string[] = [];
  let isFull = false;
  const count = (who: string) =>
    copies.run(
      'approve',
      async ({ by, once }) => {
        by(who);
        await once(async () => {
          counted.push(who);
          if (isFull) throw NOTHING;
        });
        await over.promise;
      },
      async () => new ProblemError('rate_limited', { effect: 'unknown' }),
    );
  const held = [count('boss'), count('boss'), count('chief')];
  await setImmediate();
  assert.deepEqual(counted, ['boss', 'chief']);
  isFull = true;
  await assert.rejects(count('late'));
  isFull = false;
  held.push(count('late'));
  over.resolve();
  await Promise.all(held);
  assert.deepEqual(counted, ['boss', 'chief', 'late', 'late']);
});

test('an answer that does not say that nothing was sent waits for no other request of its name', async () => {
  const copies = new Copies();
  const unknown = new ProblemError('outcome_unknown');
  const told = copies.refuse('key', async () => {
    void copies.run('key', ({ admit }) => admit(() => new Promise(() => {})), same);
    return unknown;
  });
  assert.equal(await told, unknown);
});
