import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { othersShare, parseCpu, parseOwn } from '../bench/machine-load.ts';

/** The fields of proc(5): `/proc/stat` and `/proc/pid/stat`. */
describe('the machine load that a benchmark reports', () => {
  it('counts all CPU time as busy except idle time and disk waits', () => {
    const text = 'cpu  100 10 50 800 40 0 5 3 7 0\ncpu0 1 1 1 1 1 1 1 1 0 0\n';
    assert.deepEqual(parseCpu(text), { busy: 168, all: 1008 });
  });

  it('counts this process and its ended children as our own, for any process name', () => {
    const text = '7 (a) b (c)) S 1 7 7 0 -1 4194304 1 2 3 4 30 20 400 50 20 0 11 0 99 1 1';
    assert.equal(parseOwn(text), 500);
  });

  it('is the share of all cores that other processes used', () => {
    const before = { busy: 100, all: 1000, own: 10 };
    assert.equal(othersShare(before, { busy: 400, all: 2000, own: 210 }), 0.1);
    assert.equal(othersShare(before, { busy: 200, all: 2000, own: 300 }), 0, 'never less than nothing');
  });
});
