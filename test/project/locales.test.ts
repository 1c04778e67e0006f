import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import type { ProblemCode } from '../../contract/problem-codes.ts';
import { findLocale, type MessageKey, type Messages } from '../../widget/messages/registry.ts';
import { en } from '../../widget/messages/en.ts';
import { incompletePlurals } from '../../widget/messages/plural.ts';

const FOLDERS = ['widget/locales', 'dist/widget/locales'];
const NAMES = readdirSync(FOLDERS[0]!).map((file) => path.basename(file, '.ts'));

const placeholders = (text: string) => (text.match(/\{\w+/g) ?? []).toSorted();

/** The texts of the sources, by language. */
const sources = new Map<string, object>();

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
        assert.deepEqual(incompletePlurals(messages as Messages, name), []);
        // The built file has the same texts under the same keys, although it names no key.
        assert.deepEqual(messages, sources.get(name) ?? messages);
        sources.set(name, messages);
        // The form finds the reason for the provider by its index in this list.
        assert.equal(messages['reasons']?.split('|').length, en.reasons.split('|').length);
      });
    }
  });
}

describe('the plural forms of a language', () => {
  it('are complete in English', () => {
    assert.deepEqual(incompletePlurals(en, 'en'), []);
  });

  it('are missed by the build, one too few and one too many', () => {
    const withForms = (forms: string): Messages => ({ ...en, noteLeft: `{count:${forms}} left` });
    const texts = (forms: string, lang: string) => incompletePlurals(withForms(forms), lang).includes('noteLeft');
    assert.deepEqual([texts('# a|# b', 'en'), texts('# a|# b|# c', 'en'), texts('# a', 'en')], [false, true, true]);
    assert.deepEqual([texts('a|b|c|d|e', 'ar'), texts('a|b|c|d|e|f', 'ar')], [true, false]);
    assert.equal(texts('#', 'ar'), false);
  });
});

describe('a page that asks for a language', () => {
  it('gets the closest available language', () => {
    const closest = (wanted: string) => findLocale(wanted)?.lang;
    assert.deepEqual(['ar', 'ar-KW', 'AR-sa', 'zh-CN', 'zh-Hans-SG'].map(closest), ['ar', 'ar', 'ar', 'zh', 'zh']);
    assert.equal(closest('he'), undefined);
  });
});

/** Problems that the form tells in general words, followed by the proxy's own: a person can do nothing about them. */
type SaidInGeneral =
  | 'refund_form_header_required'
  | 'idempotency_key_required'
  | 'idempotency_key_invalid'
  | 'malformed_json'
  | 'invalid_request'
  | 'webhook_refused'
  | 'origin_not_allowed'
  | 'path_not_allowed'
  | 'payment_not_found'
  | 'method_not_allowed'
  | 'idempotency_key_running'
  | 'settled_nothing'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'idempotency_key_reused'
  | 'body_already_read'
  | 'internal_error'
  | 'credentials_refused'
  | 'orders_unavailable'
  | 'stopping'
  | 'ledger_unavailable'
  | 'outcome_unknown'
  // The proxy's own words name the refund that may be this one.
  | 'confirmation_required';
type InTheCatalogue = MessageKey extends infer Key ? (Key extends `refused_${infer Code}` ? Code : never) : never;

type Undecided = Exclude<ProblemCode, SaidInGeneral | InTheCatalogue>;

describe('the words for a problem of the proxy', () => {
  it('are in the catalogue, or the problem is named as one without words of its own', () => {
    // A new problem code is a type error here until somebody has decided what the form says.
    const isDecided: [Undecided] extends [never] ? true : Undecided = true;
    assert.equal(isDecided, true);
  });
});
