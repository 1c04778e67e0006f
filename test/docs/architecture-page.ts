import { readFileSync } from 'node:fs';

import { IMPORT_TABLE } from '../lint/boundaries.ts';
import { between, table } from './markdown.ts';
import { trustRows } from './trust-files.ts';

const FILE = 'docs/architecture.md';

/** The page as it is written by hand, with who may import whom, and the files that decide about money. */
export function architecturePage(): string {
  const text = readFileSync(new URL(`../../${FILE}`, import.meta.url), 'utf8');
  const withRooms = between(text, ['<!-- rooms -->', '<!-- /rooms -->'], rooms(), FILE);
  return between(withRooms, ['<!-- trust -->', '<!-- /trust -->'], trust(), FILE);
}

function rooms(): string {
  const names = (list: readonly string[] | '*', prefix = '', suffix = '') =>
    list === '*' ? 'any' : list.map((name) => `\`${prefix}${name}${suffix}\``).join(', ') || 'none';
  return table(
    ['folder', 'other rooms', 'packages'],
    IMPORT_TABLE.map(({ folder, rooms: list, packages, entriesOnly }) => [
      `\`${folder}/\``,
      `${names(list, '', '/')}${entriesOnly ? ', public entries only' : ''}`,
      names(packages),
    ]),
  );
}

function trust(): string {
  return table(
    ['question', 'files'],
    trustRows().map(({ question, files }) => [question, files.map((file) => `[\`${file}\`](../${file})`).join(', ')]),
  );
}
