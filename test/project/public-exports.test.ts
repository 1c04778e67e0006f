import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';

const ENTRIES = [
  'contract/index.ts',
  'widget/index.ts',
  'mock-server/index.ts',
  'mock-server/msw.ts',
  'mock-server/provider.ts',
  'proxy/index.ts',
  'proxy/portable.ts',
  'verify/index.ts',
];
const FROZEN = new URL('public-exports.json', import.meta.url);

describe('the public exports', () => {
  it('match the frozen list exactly', async () => {
    const exportsByEntry: Record<string, string[]> = {};
    for (const entry of ENTRIES) {
      const module = (await import(new URL(`../../${entry}`, import.meta.url).href)) as object;
      exportsByEntry[entry] = Object.keys(module).toSorted();
    }
    if (process.env['FREEZE_EXPORTS'] === '1') writeFileSync(FROZEN, `${JSON.stringify(exportsByEntry, null, 2)}\n`);
    assert.deepEqual(
      exportsByEntry,
      JSON.parse(readFileSync(FROZEN, 'utf8')),
      'Freeze a wanted change with FREEZE_EXPORTS=1',
    );
  });
});
