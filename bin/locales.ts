import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { packMessages } from '../widget/messages/pack.ts';
import { incompletePlurals } from '../widget/messages/plural.ts';
import { findLocale, type Messages } from '../widget/messages/registry.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));

mkdirSync(at('dist/widget/locales'), { recursive: true });

/**
 * Each language is a file of its own that a page loads beside the form, before or after it. It needs nothing of the form:
 * it puts itself into the registry that every form of the page reads (`widget/messages/registry.ts`).
 */
for (const name of readdirSync(at('widget/locales')).map((file) => file.replace(/\.ts$/, ''))) {
  await import(`../widget/locales/${name}.ts`);
  const { lang, dir, messages } = findLocale(name)!;
  const wrong = incompletePlurals(messages as Messages, lang);
  if (wrong.length > 0) throw new Error(`widget/locales/${name}.ts needs every plural form: ${wrong.join(', ')}`);
  const packed = packMessages(messages as Messages).replace(/[`\\]|\$\{/g, '\\$&');
  writeFileSync(
    at(`dist/widget/locales/${name}.js`),
    'const r=globalThis[Symbol.for("refund-form.locales")]??={catalogues:new Map,listeners:new Set};' +
      `r.catalogues.set("${lang.toLowerCase()}",{lang:"${lang}",dir:"${dir}",packed:\`${packed}\`});` +
      'for(const l of r.listeners)l()\n',
  );
}
