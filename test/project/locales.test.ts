import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { findLocale } from '../../widget/messages/registry.ts';
import { en } from '../../widget/messages/en.ts';

const FOLDERS = ['widget/locales', 'dist/widget/locales'];
const NAMES = readdirSync(FOLDERS[0]!).map((file) => path.basename(file, '.ts'));

const placeholders = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([name]) => name).toSorted();

for (const folder of FOLDERS) {
  describe(`the languages in ${folder}`, () => {
    it('match the sources in widget/locales', () => {
      assert.deepEqual(
        readdirSync(folder)
          .map((file) => path.parse(file).name)
          .toSorted(),
        NAMES.toSorted(),
      );
    });

    for (const name of NAMES) {
      it(`have every text translated, with its placeholders: ${name}`, async () => {
        const file = path.join(folder, `${name}${folder.startsWith('dist') ? '.js' : '.ts'}`);
        await import(pathToFileURL(path.resolve(file)).href);
        const messages: Readonly<Record<string, string>> = findLocale(name)?.messages ?? {};
        assert.deepEqual(Object.keys(messages).toSorted(), Object.keys(en).toSorted());
        for (const [key, english] of Object.entries(en)) {
          const text = messages[key] ?? '';
          assert.deepEqual(placeholders(text), placeholders(english), key);
          assert.notEqual(text, english, key);
        }
        // The form finds the reason for the provider by its index in this list.
        assert.equal(messages['reasons']?.split('|').length, en.reasons.split('|').length);
      });
    }
  });
}

describe('a page that asks for a language', () => {
  it('gets the closest available language', () => {
    const closest = (wanted: string) => findLocale(wanted)?.lang;
    assert.deepEqual(['ar', 'ar-KW', 'AR-sa', 'zh-CN', 'zh-Hans-SG'].map(closest), ['ar', 'ar', 'ar', 'zh', 'zh']);
    assert.equal(closest('he'), undefined);
  });
});
