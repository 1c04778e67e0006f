import { readFileSync } from 'node:fs';

/** Loaded only when it is asked for: neither has to wait for the other's libraries. */
const COMMANDS = {
  init: { about: 'writes a page and a server to start from, into a new folder', load: init },
  sandbox: { about: 'both payment providers on one local server', load: () => import('../mock-server/cli/cli.ts') },
  proxy: { about: 'the thin proxy between refund forms and a provider', load: () => import('../proxy/server/cli.ts') },
  verify: {
    about: 'checks a proxy of yours, in any language, against a sandbox',
    load: verify,
  },
} as const;
type Command = keyof typeof COMMANDS;

const USAGE_CODE = 2;

const list = Object.entries(COMMANDS)
  .map(([name, { about }]) => `  ${name.padEnd(10)}${about}`)
  .join('\n');
const HELP = `Usage: refund-form <command> [options]

Commands:
${list}

refund-form <command> --help   tells everything about one of them
refund-form --version          prints the version
`;

async function init(): Promise<void> {
  const { runInit } = await import('./init/init.ts');
  const { stdin: input, stdout: output } = process;
  process.exitCode = await runInit({
    args: process.argv.slice(2),
    terminal: input.isTTY && output.isTTY ? { input, output } : undefined,
    print: console.log,
    complain: console.error,
  });
}

/** The only command that needs two rooms: it starts a sandbox where none is given. */
async function verify(): Promise<void> {
  const { runVerify } = await import('../verify/index.ts');
  process.exitCode = await runVerify(process.argv.slice(2), {
    // A proxy may keep its ledger from one run to the next: no refund id may come again.
    startSandbox: async () =>
      (await import('../mock-server/index.ts')).createSandbox({ seed: Date.now(), freshIds: true }),
    print: console.log,
    complain: console.error,
  });
}

const isCommand = (text: string): text is Command => Object.hasOwn(COMMANDS, text);

const [first = '--help'] = process.argv.slice(2);
if (isCommand(first)) {
  // The command reads its own flags as if it had been started by itself.
  process.argv.splice(2, 1);
  await COMMANDS[first].load();
} else if (first === '--help' || first === '-h' || first === 'help') {
  console.log(HELP);
} else if (first === '--version' || first === '-V') {
  // The manifest is one folder up, in a checkout as in the package.
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  console.log((JSON.parse(manifest) as { version: string }).version);
} else {
  console.error(`unknown command "${first}": expected one of ${Object.keys(COMMANDS).join(', ')}\n\n${HELP}`);
  process.exitCode = USAGE_CODE;
}
