import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { assertBuilt, testsOfBuiltFile } from '../runner/built-file.ts';

const BUILT = 'dist/widget/refund-form.js';

/** Makes a project in a temporary folder: each file with its text and the time of its last change in seconds. */
function project(
  context: TestContext,
  files: Readonly<Record<string, readonly [text: string, changed: number]>>,
): string {
  const root = mkdtempSync(path.join(tmpdir(), 'refund-form-built-'));
  context.after(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, [text, changed]] of Object.entries(files)) {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    utimesSync(file, changed, changed);
  }
  return root;
}

const names = (args: readonly string[]) => testsOfBuiltFile(args).map((file) => path.basename(file));

describe('the tests that run on the built file', () => {
  it('are the ones that use the element', () => {
    const all = names([]);
    for (const name of ['form.test.ts', 'sandbox.test.ts']) assert.ok(all.includes(name), name);
    for (const name of ['draft.test.ts', 'state.test.ts', 'client.test.ts']) assert.ok(!all.includes(name), name);
  });

  it('are limited to the files of the command line', () => {
    const config = ['--config', 'test/web-test-runner.config.ts'];
    const form = 'test/widget/form.test.ts';
    assert.deepEqual(names([...config, '--files', form]), ['form.test.ts']);
    assert.deepEqual(names([...config, `--files=${form}`]), ['form.test.ts']);
    assert.deepEqual(names([form, 'test/widget/draft.test.ts', ...config]), ['form.test.ts']);
    assert.deepEqual(names([...config, '--files', 'test/widget/draft.test.ts', form]), ['form.test.ts']);
    assert.deepEqual(names([...config, '--files', 'test/widget/draft.test.ts']), []);
    assert.deepEqual(names([...config, '--files', 'test/contract-suite/msw.browser-test.ts']), []);
    assert.deepEqual(names([...config, '--concurrency', '2']), names([]));
  });

  it('are none when only the sources are tested', () => {
    assert.deepEqual(names(['--group', 'default']), []);
    assert.deepEqual(names(['--group', 'built']), names([]));
  });

  it('include imports through helpers and re-exports, but not type imports', (context) => {
    const root = project(context, {
      'widget/element/refund-form.ts': ['export class RefundForm {}', 1],
      'widget/index.ts': ["export { RefundForm } from './element/refund-form.ts';", 1],
      'test/widget/helper.ts': ["import {\n  RefundForm,\n} from '../../widget/index.ts';", 1],
      'test/widget/deep/values.test.ts': ["import '../helper.ts';", 1],
      'test/widget/types.test.ts': ["import type { RefundForm } from '../../widget/index.ts';", 1],
    });
    assert.deepEqual(testsOfBuiltFile([], root), [path.join(root, 'test/widget/deep/values.test.ts')]);
  });

  it('cause an error when there are none', (context) => {
    const root = project(context, { 'test/widget/draft.test.ts': ["import '../../widget/flow/draft.ts';", 1] });
    assert.throws(() => testsOfBuiltFile([], root), /No test of .* reaches widget\/element\/refund-form\.ts/);
  });
});

describe('the built file under test', () => {
  it('must exist', (context) => {
    const root = project(context, { 'widget/define.ts': ['', 1] });
    assert.throws(() => assertBuilt(root), /refund-form\.js is missing\. Run `npm run build:widget` first/);
  });

  it('must not be older than its sources', (context) => {
    for (const source of [
      'widget/views/parts.ts',
      'contract/money/decimal.ts',
      'vite.config.ts',
      'package-lock.json',
    ]) {
      const root = project(context, { [BUILT]: ['', 100], [source]: ['', 101] });
      assert.throws(() => assertBuilt(root), new RegExp(`is older than ${source}\\. Run`), source);
    }
  });

  it('may be as old as its sources, and older than other files', (context) => {
    const root = project(context, {
      [BUILT]: ['', 100],
      'widget/define.ts': ['', 100],
      'test/widget/form.test.ts': ['', 101],
    });
    assertBuilt(root);
  });
});
