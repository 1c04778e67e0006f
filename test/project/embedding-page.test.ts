import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { compile } from 'svelte/compiler';
import { compileScript, compileTemplate, parse } from 'vue/compiler-sfc';

import { declaration } from '../docs/reference-page.ts';

const PACKAGE = path.resolve('dist/packages/refund-form');
const TSC = path.resolve('node_modules/typescript/bin/tsc');
const page = ['docs/embedding.md', 'docs/items.md'].map((file) => readFileSync(file, 'utf8')).join('\n');

interface Block {
  readonly language: string;
  readonly text: string;
}

const blocks: readonly Block[] = [...page.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', text = '']) => ({
  language,
  text,
}));
const blocksOf = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language));

/** What a page of a merchant has besides the examples. */
const PAGE = `
import type { Messages, OrderItems, RefundEvent, RefundFormElement } from 'refund-form';
declare global {
  const form: RefundFormElement;
  const button: HTMLButtonElement;
  const french: Messages;
  function readToken(): string;
  function isBlocked(paymentId: string): boolean;
  function countReturned(refund: RefundEvent): Promise<OrderItems>;
  function uncountReturned(refund: RefundEvent): Promise<OrderItems>;
  function signInAgain(): Promise<void>;
  function showRefunded(paymentId: string, amount: string, currency: string): void;
}
`;

/** The packages of this checkout that an example imports. */
const NEEDED = ['react', '@types/react'];

const folder = mkdtempSync(path.join(tmpdir(), 'embedding-page-'));
const within = (...parts: string[]) => path.join(folder, ...parts);

before(() => {
  cpSync(PACKAGE, within('node_modules/refund-form'), { recursive: true });
  for (const name of NEEDED) {
    mkdirSync(path.dirname(within('node_modules', name)), { recursive: true });
    symlinkSync(path.resolve('node_modules', name), within('node_modules', name), 'junction');
  }
});
after(() => rmSync(folder, { recursive: true }));

function compileTypes(files: Readonly<Record<string, string>>): string {
  for (const [file, text] of Object.entries(files)) writeFileSync(within(file), text);
  const compilerOptions = {
    module: 'esnext',
    moduleResolution: 'bundler',
    target: 'es2022',
    lib: ['ES2022', 'DOM', 'DOM.Iterable'],
    types: [],
    strict: true,
    noEmit: true,
    jsx: 'react-jsx',
    skipLibCheck: true,
  };
  writeFileSync(within('tsconfig.json'), JSON.stringify({ compilerOptions, files: Object.keys(files) }));
  const { stdout, stderr } = spawnSync(process.execPath, [TSC, '-p', within('tsconfig.json')], { encoding: 'utf8' });
  return stdout + stderr;
}

describe('docs/embedding.md and docs/items.md', () => {
  it('has examples that compile against the built package', () => {
    const files = blocksOf('ts', 'tsx').map(({ language, text }, index): [string, string] => [
      `example-${index}.${language}`,
      // Each is a module, as in a bundler.
      `${text}\nexport {};\n`,
    ]);
    assert.ok(files.length >= 10, `${files.length} examples`);
    assert.equal(compileTypes({ 'page.d.ts': PAGE, ...Object.fromEntries(files) }), '');
    // This proves that the examples are checked: a wrong member is found.
    assert.match(compileTypes({ 'page.d.ts': PAGE, 'wrong.ts': "form.reasons = 'all';\nexport {};" }), /TS2322/);
  });

  it('has an example for Vue that compiles', () => {
    const [{ text } = { text: '' }] = blocksOf('vue');
    const { descriptor, errors } = parse(text);
    assert.deepEqual(errors, []);
    assert.match(compileScript(descriptor, { id: 'refund' }).content, /defineComponent|setup/);
    const template = compileTemplate({
      source: descriptor.template?.content ?? '',
      filename: 'Refund.vue',
      id: 'refund',
      compilerOptions: { isCustomElement: (tag) => tag === 'refund-form' },
    });
    assert.deepEqual(template.errors, []);
    assert.match(template.code, /refund-form-settled|onRefundFormSettled/);
  });

  it('has an example for Svelte that compiles', () => {
    const [{ text } = { text: '' }] = blocksOf('svelte');
    const { js, warnings } = compile(text, { filename: 'Refund.svelte' });
    assert.deepEqual(warnings, []);
    assert.match(js.code, /refund-form-settled/);
  });

  it('uses only attributes and slots that exist', () => {
    const { attributes, slots } = declaration();
    const names = new Set([...attributes.map(({ name }) => name), 'id', 'class']);
    for (const { text } of blocksOf('html')) {
      for (const [, list = ''] of text.matchAll(/<refund-form\b([^>]*)>/g)) {
        for (const [, name = ''] of list.matchAll(/([\w-]+)=/g)) assert.ok(names.has(name), name);
      }
      for (const [, slot = ''] of text.matchAll(/slot="([\w-]+)"/g)) {
        assert.ok(
          slots.some(({ name }) => name === slot),
          slot,
        );
      }
    }
  });

  it('has no example of a language that nobody checks', () => {
    // `http` is the policy, which test/e2e/policy.e2e.ts runs.
    const checked = new Set(['ts', 'tsx', 'vue', 'svelte', 'html', 'http']);
    assert.deepEqual(
      blocks.filter(({ language }) => !checked.has(language)),
      [],
    );
  });
});

describe('docs/theming.md', () => {
  const css = [...readFileSync('docs/theming.md', 'utf8').matchAll(/^```css\n(.*?)^```$/gms)].map(
    ([, text = '']) => text,
  );

  it('uses only properties, parts and states that exist', () => {
    assert.ok(css.length >= 4);
    const { cssParts, cssProperties } = declaration();
    const states = readFileSync('widget/flow/state.ts', 'utf8');
    const all = css.join('\n');
    for (const [name] of all.matchAll(/--refund-form-[\w-]+/g)) {
      assert.ok(
        cssProperties.some((each) => each.name === name),
        name,
      );
    }
    for (const [, part] of all.matchAll(/::part\(([\w-]+)\)/g)) {
      assert.ok(
        cssParts.some(({ name }) => name === part),
        part,
      );
    }
    for (const [, state] of all.matchAll(/:state\((\w+)\)/g)) assert.match(states, new RegExp(`'${state}'`));
  });
});
