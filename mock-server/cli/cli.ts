import { CommanderError } from 'commander';

import { BUILT_IN, type ProviderSettings } from '../core/providers/index.ts';
import { createSandbox, PortTakenError, StateFileError, WebhookEndpointError } from '../index.ts';
import { EXIT, makeProgram, type Flags } from './flags.ts';
import { banner, callLine, makePaint } from './print.ts';
import { readSeedFile, SeedFileError } from './seed-file.ts';
import { webhooksOf } from './webhooks.ts';

const paint = makePaint(process.env, process.stdout.isTTY);

// Exit quietly when the reader of the output has closed it, as `head` does (EPIPE).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.stopped);
});

async function main(): Promise<void> {
  const flags = makeProgram().parse().opts<Flags>();
  const { port, host, clock, seed, db, latency, dev, quiet } = flags;
  const data = seed.file === undefined ? undefined : await readSeedFile(seed.file, clock.at ?? Date.now());
  const sandbox = await createSandbox({
    port,
    host,
    dev,
    clock: clock.mode,
    webhooks: webhooksOf(flags),
    ...(clock.at !== undefined && { startAt: clock.at }),
    ...(seed.number !== undefined && { seed: seed.number }),
    ...(data && { data }),
    ...(db !== undefined && { db }),
    ...(latency && { latency }),
    ...settingsOf(flags),
    controlGuard: flags.controlGuard,
    controlHosts: flags.allowControlHost ?? [],
    ...(!quiet && { onCall: (line) => console.log(callLine(line, paint)) }),
  });
  if (!quiet) console.log(banner(sandbox, flags, paint));
  const stop = () => void sandbox.close().then(() => process.exit(EXIT.stopped), fail);
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

/** The settings among the flags. */
function settingsOf(flags: Flags): Partial<ProviderSettings> {
  const settings = Object.entries(flags).filter(([name, value]) => name in BUILT_IN.settings && value !== undefined);
  return Object.fromEntries(settings);
}

/** The exit code of an error that a sentence explains; `undefined` for one that needs its stack. */
function codeOf(error: unknown): number | undefined {
  if (error instanceof StateFileError) return EXIT.stateFile;
  if (error instanceof SeedFileError || error instanceof WebhookEndpointError) return EXIT.usage;
  const listening = error instanceof Error && 'syscall' in error && error.syscall === 'listen';
  return error instanceof PortTakenError || listening ? EXIT.cannotServe : undefined;
}

function fail(error: unknown): void {
  // Commander has already printed the help or what is wrong.
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? EXIT.stopped : EXIT.usage;
    return;
  }
  const code = codeOf(error);
  if (code === undefined) throw error;
  console.error(error instanceof Error ? error.message : error);
  process.exit(code);
}

await main().catch(fail);
