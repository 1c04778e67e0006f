import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

import { block, blocks } from './support/document.ts';

/**
 * Commands that change the services of a machine, or need a program that does not run on test machines. The page says
 * so for each.
 */
const NOT_RUN = /^(?:systemctl|systemd-sysusers|docker|journalctl)\b/;

const sources = [import.meta.dirname, path.join(import.meta.dirname, 'support')]
  .flatMap((folder) => readdirSync(folder, { withFileTypes: true }).map((entry) => path.join(folder, entry.name)))
  .filter((file) => file.endsWith('.ts') && !file.endsWith('document.test.ts'))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

test('every block of the page has a unique name and a test that runs it', () => {
  assert.ok(blocks.length >= 20);
  for (const { name, language } of blocks) {
    assert.notEqual(name, '', `a block of ${language} has no name`);
    block(name);
    assert.ok(sources.includes(`block('${name}')`) || sources.includes(`'${name}'`), `no test runs ${name}`);
  }
});

test('the tests leave out only commands that change a machine', () => {
  const unusedBlocks = blocks.filter(
    ({ language, text }) => language === 'sh' && text.split('\n').some((line) => NOT_RUN.test(line)),
  );
  assert.deepEqual(
    unusedBlocks.map(({ name }) => name),
    ['start', 'container', 'upgrade', 'rollback', 'restore'],
  );
});
