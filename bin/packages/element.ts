import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';

import { build } from 'vite';

import { customElementsManifest, elementFacts, type ElementFacts } from './custom-elements.ts';
import { htmlCustomData, webTypes } from './editor-data.ts';
import { PACKAGES, ROOT, write } from './files.ts';
import { flatTypes } from './flat-types.ts';
import { reactModule, reactTypes, svelteTypes, vueTypes } from './framework-types.ts';
import { elementManifest, SOURCE } from './manifests.ts';

const OUT = PACKAGES.element;

/** Puts the package `refund-form` together. Needs `dist/widget`. */
export async function buildElement(): Promise<void> {
  rmSync(OUT, { recursive: true, force: true });
  for (const mode of ['element', 'element-development']) {
    await build({ configFile: `${ROOT}vite.config.ts`, mode, logLevel: 'warn' });
  }
  const locales = readdirSync(`${ROOT}dist/widget/locales`);
  cpSync(`${ROOT}dist/widget/locales`, `${OUT}/locales`, { recursive: true });
  // A language registers itself and exports nothing.
  for (const file of locales) write(OUT, `locales/${file.replace(/js$/, 'd.ts')}`, 'export {};\n');
  copyFileSync(`${ROOT}dist/widget/refund-form.js`, `${OUT}/refund-form.min.js`);
  for (const file of ['LICENSE', 'README.md'])
    copyFileSync(`${ROOT}${file === 'LICENSE' ? file : 'bin/packages/refund-form.md'}`, `${OUT}/${file}`);
  await writeTypes();
  write(OUT, 'package.json', elementManifest());
  printIntegrity(['refund-form.min.js', ...locales.map((file) => `locales/${file}`)]);
}

async function writeTypes(): Promise<void> {
  const flat = flatTypes();
  const facts = elementFacts(flat, await attributes());
  write(OUT, 'refund-form.d.ts', `${documented(flat.text, facts)}\n`);
  const functions = "export { registerLocale, registerProvider } from './refund-form.js';";
  write(OUT, 'index.d.ts', `${functions}\nexport type { ${flat.types.join(', ')} } from './refund-form.js';\n`);
  // Each imports the element beside it, so that a page has one build of it in either mode.
  for (const file of ['react.js', 'development/react.js']) write(OUT, file, reactModule(facts));
  write(OUT, 'react.d.ts', reactTypes(facts));
  for (const [name, types] of [
    ['vue', vueTypes(facts)],
    ['svelte', svelteTypes(facts)],
  ] as const) {
    write(OUT, `${name}.d.ts`, types);
    // Types alone: a page imports them for their effect on its templates.
    write(OUT, `${name}.js`, 'export {};\n');
  }
  write(OUT, 'custom-elements.json', customElementsManifest(facts));
  write(OUT, 'html-custom-data.json', htmlCustomData(facts));
  write(OUT, 'web-types.json', webTypes(facts, SOURCE));
}

/** The members that set an attribute get its comment, unless they have one. */
function documented(text: string, { attributes }: ElementFacts): string {
  return text.replace(/^export interface RefundForm(?:Element|Attributes) .*?^\}/gms, (whole) =>
    attributes.reduce((lines, { name, property, about }) => {
      const member = new RegExp(`(?<!\\*/)\\n  (?=(?:${property}|readonly '?${name}'?)\\??: )`);
      return lines.replace(member, `\n  /** ${about} */\n  `);
    }, whole),
  );
}

interface Described {
  readonly RefundForm: { readonly properties: Readonly<Record<string, { readonly attribute?: string | boolean }>> };
}

/** The attribute of each property, from the built class: it can be imported without a browser. */
async function attributes(): Promise<ReadonlyMap<string, string | undefined>> {
  const { RefundForm } = (await import(pathToFileURL(`${OUT}/refund-form.js`).href)) as Described;
  return new Map(
    Object.entries(RefundForm.properties).map(([name, { attribute = true }]) => [
      name,
      attribute === true ? name.toLowerCase() : attribute === false ? undefined : attribute,
    ]),
  );
}

/** For `integrity` of a script tag: the browser then runs this file and no other. */
function printIntegrity(files: readonly string[]): void {
  const hashes = files.map((file) => {
    const bytes = readFileSync(`${OUT}/${file}`);
    return [file, `sha384-${createHash('sha384').update(bytes).digest('base64')}`, gzipSync(bytes).length] as const;
  });
  write(OUT, 'integrity.json', Object.fromEntries(hashes.map(([file, hash]) => [file, hash])));
  for (const [file, hash, size] of hashes) console.log(`${file}  ${(size / 1000).toFixed(1)} kB gzip  ${hash}`);
}
