import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, it } from 'node:test';

import { parseAst } from 'vite';

import { LANGUAGES } from '../../demo/settings.ts';

/** Every text of a catalogue by its place; of a function, what it says for some arguments. */
function textsOf(value: unknown, place = ''): [string, string][] {
  if (typeof value === 'string') return [[place, value]];
  if (typeof value === 'function') {
    const say = value as (...values: unknown[]) => string;
    return [1, 2, 3, 11, 100].map((count) => [`${place}(${count})`, say(count, count, count)]);
  }
  return Object.entries(value as object).flatMap(([name, inner]) => textsOf(inner, `${place}.${name}`));
}

/** The static parts of each `html` template, joined. */
function templatesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const { type, tag, quasi } = node as {
    readonly type?: string;
    readonly tag?: { readonly name?: string };
    readonly quasi?: { readonly quasis: readonly { readonly value: { readonly raw: string } }[] };
  };
  const isTemplate = type === 'TaggedTemplateExpression' && tag?.name === 'html';
  return [
    ...(isTemplate ? [quasi!.quasis.map(({ value }) => value.raw).join('')] : []),
    ...Object.values(node).flatMap(templatesIn),
  ];
}

/** The texts between the tags, and of the attributes that people read, that are written in `html` templates. */
function literalTexts(source: string): string[] {
  return templatesIn(parseAst(stripTypeScriptTypes(source))).flatMap((template) => {
    const read = template.matchAll(/(?:aria-label|title|placeholder|alt)="([^"]*)"/g);
    const attributes = [...read].map(([, text]) => text);
    const between = template.replaceAll(/<[^>]*>/gs, '\n').split('\n');
    return [...attributes, ...between].map((text) => text?.trim() ?? '').filter((text) => /\p{L}{2}/u.test(text));
  });
}

describe('the texts of the console', () => {
  for (const [name, { texts }] of Object.entries(LANGUAGES)) {
    it(`leave none empty or in another script: ${name}`, () => {
      const script = { en: /[a-z]/i, ar: /\p{Script=Arabic}/u, zh: /\p{Script=Han}/u }[name];
      // Names are the same everywhere.
      const other = textsOf(texts).filter(([place, text]) => !script?.test(text) && !/shop|knet$|breakIt$/.test(place));
      assert.deepEqual(other, []);
    });
  }

  it('count in English and in Arabic as these languages do', () => {
    const { en, ar } = LANGUAGES;
    assert.deepEqual([1, 2].map(en.texts.today.failed), [
      '1 order could not be read, so its refunds are missing here.',
      '2 orders could not be read, so their refunds are missing here.',
    ]);
    assert.deepEqual([1, 2].map(en.texts.breakIt.refundsAt), ['1 refund', '2 refunds']);
    assert.deepEqual([1, 2, 3, 11].map(ar.texts.breakIt.refundsAt), [
      'استرداد واحد',
      'استردادان',
      '3 استردادات',
      '11 استردادًا',
    ]);
  });

  for (const file of globSync('demo/**/*.ts').filter((file) => readFileSync(file, 'utf8').includes('html`'))) {
    it(`are all in the catalogue: ${file}`, () => {
      assert.deepEqual(literalTexts(readFileSync(file, 'utf8')), []);
    });
  }

  it('are noticed where they are not in the catalogue', () => {
    assert.deepEqual(literalTexts('html`<p title="Read me">${a} Hello <b>${html`<i>you</i>`}</b></p>`'), [
      'Read me',
      'Hello',
      'you',
    ]);
  });
});
