import { readFileSync } from 'node:fs';

import { table } from './markdown.ts';

interface Row {
  readonly what: string;
  /** What the limit says, with `{}` for its number. */
  readonly limit: string;
  /** The file that measures it and fails above or below the limit. */
  readonly file: string;
  /** Captures the number in that file. */
  readonly at: RegExp;
  readonly write?: (value: number) => string;
}

const percent = (value: number) => `${Math.round(value * 100)} %`;
const count = (value: number) => value.toLocaleString('en');
const kilobytes = (value: number) => `${value / 1000} kB`;

const SIZE: readonly Row[] = [
  {
    what: 'the form in one file, with both providers, English and Lit',
    limit: 'at most {} gzip',
    file: 'test/size.ts',
    at: /^const BUDGET = ([\d_]+)/m,
    write: kilobytes,
  },
  {
    what: 'each further language',
    limit: 'at most {} gzip',
    file: 'test/size.ts',
    at: /^const LOCALE_BUDGET = ([\d_]+)/m,
    write: kilobytes,
  },
  {
    what: 'a page of the documentation site, with its pictures and scripts',
    limit: 'at most {} gzip, as a server sends it: the HTML itself may be longer',
    file: 'test/site/site.test.ts',
    at: /^const PAGE_BUDGET = ([\d_]+)/m,
    write: kilobytes,
  },
];

const WIDGET: readonly Row[] = [
  {
    what: 'from the start of the script to a form that can be typed in',
    limit: 'at least {} times as fast',
    file: 'test/bench/widget.ts',
    at: /script start to a form[^}]*?atLeast: ([\d._]+)/,
  },
  {
    what: 'memory of 20 forms, with the script',
    limit: 'about as much: the peer needs at least {} times ours',
    file: 'test/bench/widget.ts',
    at: /memory of \$\{FORMS\} forms[^}]*?atLeast: ([\d._]+)/,
  },
  {
    what: 'tasks of 50 ms and longer while a person types, beside 19 other forms',
    limit: 'none, or at most {} of the peer’s',
    file: 'test/bench/widget.ts',
    at: /long tasks while typing, a share[^}]*?atMost: ([\d._]+)/,
    write: percent,
  },
  {
    what: 'work of the page for a typed key',
    limit: 'at least {} times less',
    file: 'test/bench/widget.ts',
    at: /work of the page for a typed key[^}]*?atLeast: ([\d._]+)/,
  },
];

const PROXY: readonly Row[] = [
  {
    what: 'time that the proxy adds to one refund at the median: SQLite, synced to the disk',
    limit: 'at most {} ms',
    file: 'test/bench/proxy.ts',
    at: /the proxy adds to one refund[^}]*?atMost: ([\d._]+)/,
  },
  {
    what: 'a refund in a ledger of 1,000,000 intents, compared with an empty ledger',
    limit: 'at most {} times as long',
    file: 'test/bench/proxy.ts',
    at: /against an empty one`;\s*return [^}]*?atMost: ([\d._]+)/,
  },
  {
    what: 'four instances on one order in PostgreSQL, compared with one instance',
    limit: 'at least {} times the rate',
    file: 'test/bench/instances.ts',
    at: /each with[^}]*?\}? ?cores`[^}]*?atLeast: ([\d._]+)/,
  },
];

const SANDBOX: readonly Row[] = [
  {
    what: 'create of a UQPAY refund, compared with a bare `node:http` server that has no logic',
    limit: 'at least {} of its rate',
    file: 'test/bench/sandbox-speed.ts',
    at: /UQPAY create[^}]*?atLeast: ([\d._]+)/,
    write: percent,
  },
  {
    what: 'retrieve of a UQPAY refund, compared with the same',
    limit: 'at least {} of its rate',
    file: 'test/bench/sandbox-speed.ts',
    at: /UQPAY retrieve[^}]*?atLeast: ([\d._]+)/,
    write: percent,
  },
  {
    what: 'create, compared with json-server, Prism and Mockoon in the same run',
    limit: 'at least {} times the rate of each',
    file: 'test/bench/sandbox-peers.ts',
    at: /create, against[^]*?atLeast: ([\d._]+)/,
  },
  {
    what: 'create, retrieve and list with 1,000,000 refunds, compared with 1,000',
    limit: 'at least {} of the rate',
    file: 'test/bench/sandbox-growth.ts',
    at: /of its rate with[^]*?atLeast: ([\d._]+)/,
    write: percent,
  },
  {
    what: 'memory of one refund, with the answer that is kept for its key',
    limit: 'at most {} bytes',
    file: 'test/bench/sandbox-growth.ts',
    at: /memory a refund[^}]*?atMost: ([\d._]+)/,
    write: count,
  },
  {
    what: 'a reset of 10,000 rows',
    limit: 'at most {} ms',
    file: 'test/bench/sandbox-reset.ts',
    at: /reset of a namespace[^}]*?atMost: ([\d._]+)/,
  },
  {
    what: 'from the command to a ready sandbox, from the second start on, compared with a bare server',
    limit: 'at most {} times as long',
    file: 'test/bench/sandbox-cold-start.ts',
    at: /ready from the second start on[^}]*?atMost: ([\d._]+)/,
  },
];

/** @throws RangeError when the file has no such limit any more: the row then says something untrue */
function cells({ what, limit, file, at, write = String }: Row): string[] {
  const [, found] = at.exec(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')) ?? [];
  if (found === undefined) throw new RangeError(`${file} has no limit for: ${what}`);
  return [what, limit.replace('{}', write(Number(found.replaceAll('_', '')))), `\`${file}\``];
}

const limits = (rows: readonly Row[]) => table(['what', 'limit', 'measured by'], rows.map(cells));

/** `docs/benchmark.md`: the limits of size and speed, from the files that measure them. */
export function benchmarkPage(): string {
  return `<!-- Made by \`npm run docs\` from the files that measure: change the limits there. -->

# Size and speed

These are limits, not records. The file beside each limit measures it and fails when it does not hold. A time of one machine says little about another,
so most limits are ratios to something that is measured in the same run, in rounds that alternate.

\`\`\`sh
npm run size             # the form; also part of npm test
npm run bench            # all of the rest; prints each round and each limit
npm run bench -- widget  # or: proxy, sandbox
\`\`\`

## The form and this site

${limits(SIZE)}

In one run with the refund component of \`@justifi/webcomponents\`, in Chromium, four times slower than the machine, each from a server on the same
machine. The command also prints what an element costs that only reads the payment and draws two plain fields: no form can be ahead by more than that
leaves.

${limits(WIDGET)}

## The proxy

${limits(PROXY)}

A refund waits for the provider for most of its time. What the proxy adds are its checks and two writes that are on the disk before it goes on.

## The sandbox

${limits(SANDBOX)}

json-server, Prism and Mockoon get the same request. Prism and Mockoon answer from the sandbox's own OpenAPI document, and none of the three keeps a ledger
of refunds. Their versions are printed with the result.

## How it is measured

- Two servers are loaded one after the other in each round, so that both have the same machine. The limit is for the median of the rounds.
- Servers and load are processes of their own. A first round warms up and does not count.
- The machine, its Node and the load on it are printed with the result. On a machine that is busy with other work, a limit may fail.
`;
}
