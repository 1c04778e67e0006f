import { readFileSync } from 'node:fs';

import { PROBLEMS } from '../../contract/index.ts';
import { INTENT_MOVES } from '../../proxy/ledger/states.ts';
import { NAMES, variable } from '../../proxy/stand-alone/variables.ts';

const PAGE = new URL('../../docs/proxy.md', import.meta.url);

/** The page as it is written by hand, with its tables made anew. */
export function proxyPage(): string {
  return Object.entries(TABLES).reduce(
    (text, [name, make]) => between(text, `<!-- ${name} -->`, `<!-- /${name} -->`, make()),
    readFileSync(PAGE, 'utf8'),
  );
}

const TABLES: Readonly<Record<string, () => string>> = {
  problems: () =>
    table(
      ['code', 'status', 'effect', 'title'],
      Object.entries(PROBLEMS).map(([code, { status, effect, title }]) => [
        `\`${code}\``,
        String(status),
        `\`${effect}\``,
        title,
      ]),
    ),
  environment: () =>
    table(
      ['variable', 'what for', 'default'],
      NAMES.map((name) => {
        const { about, default: value } = variable(name);
        return [`\`${name}\``, about, value ? `\`${value}\`` : ''];
      }),
    ),
  states: () =>
    table(
      ['state', 'what may follow'],
      Object.entries(INTENT_MOVES).map(([from, to]) => [
        `\`${from}\``,
        to.map((state) => `\`${state}\``).join(', ') || 'nothing',
      ]),
    ),
};

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function between(text: string, from: string, to: string, content: string): string {
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new RangeError(`docs/proxy.md lacks ${from} ... ${to}`);
  return `${text.slice(0, start)}${from}\n\n${content}\n\n${text.slice(end)}`;
}
