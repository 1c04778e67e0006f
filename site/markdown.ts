import { readFileSync, existsSync } from 'node:fs';
import path from 'node:path';

import { PAGES } from './pages.ts';

export const ROOT: string = path.resolve(import.meta.dirname, '..');

export interface SitePage {
  readonly title: string;
  readonly description: string;
  readonly body: string;
}

/** What a page takes from outside its Markdown, by the name of the mark that it replaces. */
export type Inserts = Readonly<Record<string, () => string>>;

/**
 * Turns a Markdown file of the project into a page of the site. The heading becomes the title. Links between files become links
 * between pages.
 * @param file from the root of the project
 * @param base the path of the site on its server, such as `/` or `/refund-form/`
 */
export function sitePage(file: string, base: string, inserts: Inserts = {}): SitePage {
  const text = readFileSync(path.join(ROOT, file), 'utf8').replaceAll('\r\n', '\n');
  const { title, start } = headingOf(text, file);
  const body = withInserts(
    outsideCode(text.slice(start), (prose) => withLinks(withImages(prose), file, base)),
    inserts,
  );
  return { title: plain(title), description: description(body), body: withCodeTitles(body) };
}

function headingOf(text: string, file: string): { readonly title: string; readonly start: number } {
  const heading = /^# (.+)$/m.exec(text);
  if (!heading) throw new Error(`${file}: expected a heading of level 1`);
  return { title: heading[1] ?? '', start: heading.index + heading[0].length };
}

const titleOf = (file: string) => headingOf(readFileSync(path.join(ROOT, file), 'utf8'), file).title;

/** A block of code, or code in a line. */
const CODE = /(^```[^]*?^```$|`[^`\n]+`)/m;

/** Applies `change` to everything but code. A link around code is prose: its brackets are outside of the code. */
function outsideCode(text: string, change: (prose: string) => string): string {
  const codes: string[] = [];
  const masked = text.replaceAll(new RegExp(CODE, 'gm'), (code) => `\uE000${codes.push(code) - 1}\uE000`);
  return change(masked).replaceAll(/\uE000(\d+)\uE000/g, (_, index: string) => codes[Number(index)] ?? '');
}

function withInserts(text: string, inserts: Inserts): string {
  return Object.entries(inserts).reduce(
    (result, [name, make]) => result.replace(new RegExp(`<!-- ${name} -->[^]*?<!-- /${name} -->`), make),
    text,
  );
}

function withLinks(text: string, file: string, base: string): string {
  return text.replaceAll(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (whole, image: string, words: string, target: string) => {
    if (image !== '' || /^(?:[a-z]+:|#)/.test(target)) return whole;
    const [to = '', anchor] = target.split('#');
    const address = addressOf(path.posix.join(path.posix.dirname(file), to), base);
    // A file of the source is not part of the site. Its path is what the reader needs.
    if (address === undefined) return words;
    const name = words.endsWith('.md') ? titleOf(path.posix.join(path.posix.dirname(file), to)) : words;
    return `[${name}](${address}${anchor === undefined ? '' : `#${anchor}`})`;
  });
}

/**
 * Each pair of pictures as two, of which the styles show that of the theme: the site converts pictures of Markdown, and leaves
 * HTML as it is. The one that is not shown is not loaded.
 */
function withImages(text: string): string {
  return text.replaceAll(
    /<picture>[^]*?srcset="([^"]*)"[^]*?<img alt="([^"]*)" src="([^"]*)" \/>\s*<\/picture>/g,
    '<div class="in-light">\n\n![$2]($3)\n\n</div>\n<div class="in-dark">\n\n![$2]($1)\n\n</div>',
  );
}

/** The corner of a table, or a column that needs no name, is no header: a screen reader would read an empty one. */
export const withoutEmptyHeaders = (html: string): string => html.replaceAll(/<th(\s[^>]*)?>\s*<\/th>/g, '<td$1></td>');

/** Files beside the pages that the site serves as they are. */
export const isServed = (file: string): boolean => /^docs\/.*\.(?:json|ya?ml)$/.test(file);

/** The address of a file of the project on the site. @throws Error for a file that does not exist */
function addressOf(file: string, base: string): string | undefined {
  if (!existsSync(path.join(ROOT, file))) throw new Error(`a page links to ${file}, which does not exist`);
  const page = PAGES.find((each) => each.file === file || each.file === `${file.replace(/\/$/, '')}/README.md`);
  if (page) return page.route === 'index' ? base : `${base}${page.route}/`;
  return isServed(file) ? `${base}${file}` : undefined;
}

/** The text after the language is a file's path, which becomes the title of the block, or a name for the tests. */
function withCodeTitles(text: string): string {
  return text.replaceAll(/^```(\w+) (.+)$/gm, (_, language: string, name: string) =>
    name.includes('/') ? `\`\`\`${language} title="${name}"` : `\`\`\`${language}`,
  );
}

const plain = (markdown: string) =>
  markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/[`*]/g, '')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The first sentence of the first paragraph. */
function description(body: string): string {
  const paragraph = body
    .split(/\n{2,}/)
    .find((block) => /^[\p{L}`*"<[]/u.test(block.trim()) && !block.includes('<!--'));
  const [sentence = ''] = /^.+?[.:](?=\s|$)/.exec(plain(paragraph ?? '')) ?? [];
  return sentence.replace(/:$/, '.');
}
