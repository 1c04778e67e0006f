import path from 'node:path';
import { parseArgs } from 'node:util';

import { isChoice, namesOf, Questions, type Choices, type Terminal } from './choices.ts';
import { packages } from './packages.ts';
import { filesOf, InitError, writeProject } from './project.ts';
import { PROVIDERS, SERVERS } from './servers.ts';
import { quoted } from './shell.ts';

const EXIT = { done: 0, inTheWay: 1, usage: 2 } as const;

const aboutOf = (choices: Choices) =>
  Object.entries(choices)
    .map(([name, { about }]) => `                       ${name.padEnd(12)}${about}`)
    .join('\n');

const HELP = `Usage: refund-form init [folder] [options]

Writes a page with the refund form, a server that serves the page and the proxy on
one origin, and payments for the sandbox. The folder has to be new or empty; without
one it is the current folder.

Options:
  --server <name>      what the proxy runs in:
${aboutOf(SERVERS)}
  --provider <name>    whose payments are refunded:
${aboutOf(PROVIDERS)}
  -h, --help           display help for command

In a terminal, init asks for what is missing.

Exit codes:
  0  the files are written
  1  something is in the way, and nothing was written
  2  a flag makes no sense, or is missing
`;

interface InitOptions {
  readonly args: readonly string[];
  /** Where to ask for what is missing; `undefined` where nobody can answer. */
  readonly terminal: Terminal | undefined;
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
}

class UsageError extends Error {
  override name = 'UsageError' as const;
}

/** `refund-form init`. @returns the exit code */
export async function runInit({ args, terminal, print, complain }: InitOptions): Promise<number> {
  try {
    const { values, folder } = read(args);
    if (values.help) {
      print(HELP);
      return EXIT.done;
    }
    const chosen = await choose(values, terminal);
    print(write(folder, chosen));
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof InitError || error instanceof UsageError)) throw error;
    complain(error.message);
    return error instanceof InitError ? EXIT.inTheWay : EXIT.usage;
  }
}

function read(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        server: { type: 'string' },
        provider: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const [folder = '.', ...rest] = positionals;
    if (rest.length > 0) throw new UsageError(`expected one folder, received ${positionals.join(' ')}`);
    return { values, folder };
  } catch (error) {
    // Node words what is wrong with a flag. What follows is about folders whose names begin with a hyphen.
    if (error instanceof TypeError && 'code' in error) {
      throw new UsageError(
        `${error.message.replace(/\. To specify .*$/s, '')}: expected --server, --provider or --help`,
      );
    }
    throw error;
  }
}

interface Chosen {
  readonly server: string;
  readonly provider: string;
}

const QUESTIONS = {
  server: { choices: SERVERS, question: 'What does the proxy run in?' },
  provider: { choices: PROVIDERS, question: 'Whose payments are refunded?' },
} as const;
type Flag = keyof typeof QUESTIONS;
const FLAGS = Object.keys(QUESTIONS) as Flag[];

async function choose(
  given: Readonly<Partial<Record<Flag, string | undefined>>>,
  terminal: Terminal | undefined,
): Promise<Chosen> {
  for (const flag of FLAGS) {
    const { choices } = QUESTIONS[flag];
    const value = given[flag];
    if (value !== undefined && !isChoice(choices, value)) {
      throw new UsageError(`--${flag}: expected ${namesOf(choices)}, received ${JSON.stringify(value)}`);
    }
  }
  const missing = FLAGS.filter((flag) => given[flag] === undefined);
  if (missing.length > 0 && !terminal) {
    const needs = missing.map((flag) => `--${flag} (${namesOf(QUESTIONS[flag].choices)})`);
    throw new UsageError(`refund-form init needs ${needs.join(' and ')}: there is no terminal to ask in`);
  }
  const chosen = { server: given.server ?? '', provider: given.provider ?? '' };
  if (!terminal || missing.length === 0) return chosen;
  using questions = new Questions(terminal);
  for (const flag of missing) {
    const { question, choices } = QUESTIONS[flag];
    const answer = await questions.ask(question, choices);
    if (answer === undefined) throw new UsageError(`no answer to --${flag}: nothing was written`);
    chosen[flag] = answer;
  }
  return chosen;
}

/** Writes the project. @returns what to do next */
function write(folder: string, { server, provider }: Chosen): string {
  const { title = '', payment = '', settles = '' } = PROVIDERS[provider] ?? {};
  const { versions, first, unknown = [] } = packages();
  const name = path.basename(path.resolve(folder)).toLowerCase();
  const { layers, values, prepare = [], start = 'npm start' } = SERVERS[server]!;
  const files = filesOf(layers(provider), {
    ...versions,
    ...values,
    provider,
    title,
    payment,
    settles,
    // npm takes only some names; a private project needs no better one.
    name: /^[a-z0-9][a-z0-9._-]*$/.test(name) ? name : 'refunds',
  });
  writeProject(folder, files);
  const enter = path.resolve(folder) === process.cwd() ? [] : [`cd ${quoted(folder)}`];
  const steps = [
    ...(first === undefined ? [] : [first]),
    ...enter,
    'npm install',
    ...prepare,
    'cp .env.example .env',
    'npm run sandbox   # in one terminal',
    `${start.padEnd(17)} # in another one: http://127.0.0.1:3000`,
  ];
  const parts = [
    `Wrote ${files.length} files into ${enter.length === 0 ? 'this folder' : folder}. Next:`,
    steps.map((step) => `  ${step}`).join('\n'),
    ...(unknown.length > 0 ? [whereFrom(unknown)] : []),
    'README.md says where your own parts go.',
  ];
  return parts.join('\n\n');
}

/** @param files of the packages of which init does not know where they came from */
function whereFrom(files: readonly string[]): string {
  const paths = files.map((file) => `path/to/${file}`).join(' ');
  return `If your registry does not have refund-form, npm install ends with an error. Then name what you have:\n\n  npm install ${paths}`;
}
