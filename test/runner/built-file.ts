import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { BEFORE_TESTS } from './wtr-settings.ts';

/** The output of `npm run build:widget` for the define file. Both register the element and export the same names. */
const BUILT = 'dist/widget/refund-form.js';
const DEFINE = 'widget/define.ts';
/** The class of the element. A test uses the element when its imports reach this file. */
const ELEMENT = 'widget/element/refund-form.ts';

const TESTS = 'test/widget/**/*.test.ts';
/** All sources of the built file. */
const SOURCES = ['widget/**/*.ts', 'contract/**/*.ts', 'vite.config.ts', 'tsconfig.json', 'package-lock.json'];

/** Relative imports and re-exports, without type imports. */
const IMPORTS = /^(?:import|export) (?!type )(?:[\w$*{},\s]+ from )?'(\.{1,2}\/[^']+)';/gm;

/**
 * The tests that also run on the built file: all that use the element, or those of them that the command line of the test
 * runner names. None for the group `default`, which tests only the sources.
 */
export function testsOfBuiltFile(args: readonly string[], root = process.cwd()): string[] {
  const { values, positionals } = parseArgs({
    args: [...args],
    strict: false,
    allowPositionals: true,
    options: { config: { type: 'string' }, files: { type: 'string', multiple: true }, group: { type: 'string' } },
  });
  if (values.group === 'default') return [];
  const testFiles = [...(values.files ?? []), ...positionals].map(String).filter((name) => name.endsWith('test.ts'));
  const files = globSync(testFiles.length > 0 ? testFiles : TESTS, { cwd: root }).map((file) =>
    path.resolve(root, file),
  );
  const tests = files.filter((file) => reaches(file, path.resolve(root, ELEMENT))).toSorted();
  if (tests.length === 0 && testFiles.length === 0) {
    throw new Error(`No test of ${TESTS} reaches ${ELEMENT} through its imports, so nothing would run on ${BUILT}`);
  }
  return tests;
}

function reaches(file: string, target: string, seen = new Set<string>()): boolean {
  if (file === target) return true;
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  return [...readFileSync(file, 'utf8').matchAll(IMPORTS)].some(([, specifier = '']) =>
    reaches(path.resolve(path.dirname(file), specifier), target, seen),
  );
}

/** Throws when the built file is missing or is older than one of its sources. */
export function assertBuilt(root = process.cwd()): void {
  const remedy = 'Run `npm run build:widget` first, or test the sources alone with `--group default`.';
  const built = path.resolve(root, BUILT);
  if (!existsSync(built)) throw new Error(`${BUILT} is missing. ${remedy}`);
  const { mtimeMs } = statSync(built);
  const newer = globSync(SOURCES, { cwd: root }).find((file) => statSync(path.resolve(root, file)).mtimeMs > mtimeMs);
  if (newer) throw new Error(`${BUILT} is older than ${newer}. ${remedy}`);
}

/**
 * The HTML page of a test that runs on the built file. Its import map replaces the define file by the built file. It also
 * blocks the element's sources: a test that imported them would define the class first, run on the sources and still pass.
 */
export function pageOfBuiltFile(testFramework: string): string {
  const sentence = `This test runs on ${BUILT}. It must take the element from ${DEFINE}, and it imports ${ELEMENT}.`;
  const refusal = `export const RefundForm = undefined; throw new Error(${JSON.stringify(sentence)});`;
  const imports = {
    [`/${DEFINE}`]: `/${BUILT}`,
    [`/${ELEMENT}`]: `data:text/javascript,${encodeURIComponent(refusal)}`,
  };
  return `<!doctype html>
<html>
  <script type="importmap">${JSON.stringify({ imports })}</script>
  <body>
    <script type="module">
      if (!import.meta.resolve('/${DEFINE}').endsWith('/${BUILT}')) throw new Error('The import map does not hold');
      await import('${BEFORE_TESTS}');
      await import('${testFramework}');
    </script>
  </body>
</html>`;
}
