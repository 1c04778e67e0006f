import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { install, type Folder } from '../project/support/installed.ts';
import { RECIPES } from './list.ts';
import { installRecipe, RECIPES as PLACE, runRecipe, runWithFault, whyNot } from './support.ts';

describe('the recipes beside a test suite', () => {
  let packed: Folder;
  before(() => (packed = install('refund-form-server')));
  after(() => packed.remove());

  for (const recipe of RECIPES) {
    const { name, tests, faults } = recipe;
    it(`${name} passes as its README says, and fails with a fault`, { skip: whyNot(recipe) }, async (t) => {
      const folder = installRecipe(recipe, packed);
      const sound = runRecipe(recipe, folder);
      assert.deepEqual([sound.status, sound.passed, sound.failed], [0, tests, 0], sound.output);
      for (const fault of faults) {
        await t.test(`fails when ${fault.what}`, () => {
          const { status, passed, failed, output } = runWithFault(recipe, fault, folder);
          assert.notEqual(status, 0, output);
          assert.deepEqual([passed, failed], [tests - fault.failures, fault.failures], output);
        });
      }
    });
  }

  it('are all run: each folder with a README has tests here', () => {
    const folders = readdirSync(PLACE).filter((name) => statSync(path.join(PLACE, name)).isDirectory());
    const names = RECIPES.map(({ name }) => name);
    // Nothing here can run a pipeline: `ci.test.ts` reads what is in that folder.
    assert.deepEqual(folders.toSorted(), [...names, 'ci'].toSorted());
  });

  it('share the files that more than one of them has', () => {
    const read = (recipe: string, file: string) => readFileSync(path.join(PLACE, recipe, file), 'utf8');
    for (const file of ['refunds.js', 'receiver.js']) {
      assert.equal(read('jest', file), read('vitest', file));
      assert.equal(read('playwright', file), read('vitest', file));
    }
    assert.equal(read('jest', 'sandbox.js'), read('vitest', 'sandbox.js'));
    const body = (text: string) => text.replace(/^import .* from '(?:vitest|@jest\/globals)';$/m, '');
    assert.equal(body(read('jest', 'refunds.test.js')), body(read('vitest', 'refunds.test.js')));
  });
});
