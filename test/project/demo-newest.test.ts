import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { newestOnly } from '../../demo/newest.ts';

describe('reads of the console that overlap', () => {
  it('are taken one after the other', () => {
    const begin = newestOnly();
    assert.equal(begin()(), true);
    assert.equal(begin()(), true);
  });

  it('do not replace what was asked for later', () => {
    const begin = newestOnly();
    const [older, newer] = [begin(), begin()];
    assert.equal(newer(), true);
    assert.equal(older(), false);
  });

  it('are taken while a later one still runs, which may never end', () => {
    const begin = newestOnly();
    const [older, newer] = [begin(), begin()];
    assert.equal(older(), true);
    assert.equal(newer(), true);
  });
});
