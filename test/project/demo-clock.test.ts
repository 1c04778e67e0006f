import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { SharedClock } from '../../demo/shared-clock.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 12);

describe('the clock of the demo’s proxy', () => {
  it('runs and jumps ahead with that of the sandbox', async () => {
    await using sandbox = await createSandbox({ clock: 'frozen', startAt: START });
    const clock = new SharedClock(sandbox.now);
    await createSandboxClient(sandbox.url).advance('P2D');
    assert.equal(clock.now(), START + 48 * HOUR);
  });

  it('never goes back, and counts from there on', () => {
    let at = START;
    const clock = new SharedClock(() => at);
    const seen: number[] = [];
    for (const now of [START + 48 * HOUR, START + HOUR, START + 3 * HOUR]) {
      at = now;
      seen.push(clock.now());
    }
    // Where the key of a refund is two hours old at the provider, it is as old here.
    assert.deepEqual(
      seen.map((now) => (now - START) / HOUR),
      [48, 48, 50],
    );
  });

  it('jumps ahead to another source, and not back to one', () => {
    const clock = new SharedClock(() => START);
    clock.follow(() => START + HOUR);
    assert.equal(clock.now(), START + HOUR);
    clock.follow(() => START);
    assert.equal(clock.now(), START + HOUR);
  });
});
