import { readFileSync } from 'node:fs';

import { PROBLEMS, type ProblemCode } from '../../contract/index.ts';
import { INTENT_MOVES } from '../../proxy/ledger/rules/states.ts';
import { METRICS } from '../../proxy/telemetry/metric-table.ts';
import { aboutVariable, NAMES, variable } from '../../proxy/server/stand-alone/variables.ts';
import { between, table } from './markdown.ts';

/** The pages about the proxy, and the tables that each of them has. */
const TABLES_OF = {
  'docs/proxy.md': ['environment'],
  'docs/proxy/behaviour.md': ['problems', 'states'],
  'docs/proxy/upkeep.md': ['metrics'],
} as const;

/** A page as it is written by hand, with its tables made anew. */
export function proxyPage(file: keyof typeof TABLES_OF): string {
  return TABLES_OF[file].reduce(
    (text, name) => between(text, [`<!-- ${name} -->`, `<!-- /${name} -->`], TABLES[name](), file),
    readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8'),
  );
}

/** The effect of a code that mostly has another than its own, because the ledger has recorded the request. */
const EFFECTS: Partial<Record<ProblemCode, string>> = {
  approval_required: '`running`; `nothing` if the request was not recorded',
};

const TABLES = {
  problems: () =>
    table(
      ['code', 'status', 'effect', 'title'],
      Object.entries(PROBLEMS).map(([code, { status, effect, title }]) => [
        `\`${code}\``,
        String(status),
        EFFECTS[code as ProblemCode] ?? `\`${effect}\``,
        title,
      ]),
    ),
  environment: () =>
    table(
      ['variable', 'what for', 'default'],
      NAMES.map((name) => {
        const { default: value } = variable(name);
        return [`\`${name}\``, aboutVariable(name), value ? `\`${value}\`` : ''];
      }),
    ),
  metrics: () =>
    table(
      ['metric', 'kind', 'labels', 'what it tells'],
      Object.values(METRICS).map(({ name, type, labels, help }) => [
        `\`${name}\``,
        type,
        labels.map((label) => `\`${label}\``).join(', '),
        help,
      ]),
    ),
  states: () =>
    table(
      ['state', 'what may follow'],
      Object.entries(INTENT_MOVES).map(([from, to]) => [
        `\`${from}\``,
        to.map((state) => `\`${state}\``).join(', ') || 'nothing',
      ]),
    ),
} satisfies Readonly<Record<string, () => string>>;
