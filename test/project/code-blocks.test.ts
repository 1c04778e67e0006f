import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import path from 'node:path';
import { describe, it } from 'node:test';

import { parse } from 'yaml';

const hasShell = spawnSync('sh', ['-c', 'exit 0']).status === 0;

/** Languages that a page may use. `undefined`: another test compiles or runs each block, or it is a picture in text. */
const PARSERS: Readonly<Record<string, ((text: string) => unknown) | undefined>> = {
  js: stripTypeScriptTypes,
  ts: stripTypeScriptTypes,
  json: JSON.parse,
  yaml: parse,
  sh: (text) => {
    if (!hasShell) return;
    const { status, stderr } = spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  },
  // test/operations runs these.
  nginx: undefined,
  caddyfile: undefined,
  ini: undefined,
  systemd: undefined,
  dockerfile: undefined,
  cron: undefined,
  sql: undefined,
  // test/project/recipes-page.test.ts compares them with the files.
  go: undefined,
  php: undefined,
  python: undefined,
  // test/project/embedding-page.test.ts, and test/e2e/policy.e2e.ts for the policy.
  tsx: undefined,
  vue: undefined,
  svelte: undefined,
  css: undefined,
  html: undefined,
  http: undefined,
  text: undefined,
};

const files = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'bin/packages/refund-form.md',
  'bin/packages/refund-form-server.md',
  'demo/proxies/README.md',
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll(path.sep, '/')}`),
];

describe('the blocks of code in the documentation', () => {
  for (const file of files) {
    const blocks = [...readFileSync(file, 'utf8').matchAll(/^```(\w*)[^\n]*\n(.*?)^```$/gms)];
    if (blocks.length === 0) continue;
    it(`are sound: ${file}`, () => {
      for (const [whole, language = '', text = ''] of blocks) {
        if (language === '') continue;
        assert.ok(language in PARSERS, `no test knows the language of ${whole}`);
        try {
          PARSERS[language]?.(text);
        } catch (error) {
          assert.fail(`${error instanceof Error ? error.message : String(error)} in:\n${whole}`);
        }
      }
    });
  }
});
