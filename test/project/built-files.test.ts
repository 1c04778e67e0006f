import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

/** Texts that must never reach a browser: the sandbox's credentials and the headers that carry a provider's. */
const SECRETS = ['sandbox-key', 'sandbox-client', 'jtest123', 'x-api-key', 'x-auth-token', 'x-client-id', 'Bearer '];
/** Code that a strict Content-Security-Policy or Trusted Types would block. */
// zod uses `=Function` to test whether it may create functions, and a policy reports that too.
const DYNAMIC_CODE = [/\bnew Function\(/, /=\s*Function\b/, /\beval\(/, /\bdocument\.write\(/, /\bimportScripts\(/];

/** Names of `export { … }`, the only kind of export in the define file and in the bundler's output. */
const exportsOf = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/\bexport\s*\{([^}]*)\}/g)]
    .flatMap(([, list = '']) => list.split(','))
    .map((name) =>
      name
        .trim()
        .split(/\s+as\s+/)
        .at(-1),
    );

/** Sandbox and proxy are in it, with the credentials that the sandbox's documentation names. */
const WITH_SANDBOX = 'dist/showcase';

const files = ['dist/widget', 'dist/demo', WITH_SANDBOX, 'dist/inspector'].flatMap((folder) => {
  assert.ok(existsSync(folder), `${folder} is missing: run \`npm run build\` first`);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:js|css|html|json|svg|map)$/.test(name))
    .map((name) => path.join(folder, name));
});

describe('a file that is built for the browser', () => {
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    if (!file.startsWith(WITH_SANDBOX)) {
      it(`contains no credential: ${file}`, () => {
        assert.deepEqual(
          SECRETS.filter((secret) => text.includes(secret)),
          [],
        );
      });
    }

    it(`loads nothing from a third party: ${file}`, () => {
      const loads =
        text.match(/(?:src|href|url)\s*[=(]\s*["']?https?:\/\/[^"')\s]+|import\(["']https?:|fetch\(["']https?:/g) ?? [];
      assert.deepEqual(loads, []);
    });

    it(`evaluates no string as code: ${file}`, () => {
      assert.deepEqual(DYNAMIC_CODE.filter((pattern) => pattern.test(text)).map(String), []);
    });
  }

  it('exports what the define file exports', () => {
    assert.deepEqual(exportsOf('dist/widget/refund-form.js'), exportsOf('widget/define.ts'));
    assert.deepEqual(exportsOf('widget/define.ts'), ['registerLocale', 'registerProvider']);
  });

  it('exists', () => {
    assert.ok(files.some((file) => file.endsWith('refund-form.js')));
    assert.ok(files.some((file) => file.endsWith('index.html')));
  });
});
