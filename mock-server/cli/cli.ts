import { existsSync } from 'node:fs';

import { CommanderError } from 'commander';

import { BUILT_IN, type ProviderSettings } from '../core/providers/index.ts';
import { UpstreamError, type Upstreams } from '../bindings/record/upstream.ts';
import { ListenError } from '../bindings/listen.ts';
import type { CallLine } from '../bindings/node.ts';
import { PortTakenError, RecordFileError, StateFileError, WebhookEndpointError } from '../index.ts';
import { startSandbox } from '../start.ts';
import { EXIT, makeProgram, type Flags } from './flags.ts';
import { banner, callLine, makePaint } from './print.ts';
import { startRecording, upstreamsOf } from './record.ts';
import { overruled } from './overruled.ts';
import { readSeedFile, SeedFileError } from './seed-file.ts';
import { webhookCredentials, webhooksOf } from './webhooks.ts';

const paint = makePaint(process.env, process.stdout.isTTY);

// Exit quietly when the reader of the output has closed it, as `head` does (EPIPE).
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(EXIT.stopped);
});

async function main(): Promise<void> {
  const program = makeProgram().parse();
  const flags = program.opts<Flags>();
  const upstreams = upstreamsOf(program);
  if (upstreams) return recordUpstreams(flags, upstreams);
  const { port, host, clock, seed, db, record, latency, dev, quiet } = flags;
  // Ids that a provider gives twice are a fault of its own, so a start without a seed repeats none of an earlier start. A
  // file of --db keeps the ids that were given.
  const number = seed.number ?? (db === undefined ? Date.now() : undefined);
  const data = seed.file === undefined ? undefined : await readSeedFile(seed.file, clock.at ?? Date.now());
  const isKept = db !== undefined && existsSync(db);
  const { sandbox, main } = await startSandbox({
    port,
    host,
    dev,
    clock: clock.mode,
    webhooks: webhooksOf(flags),
    credentials: webhookCredentials(flags),
    ...(clock.at !== undefined && { startAt: clock.at }),
    freshIds: seed.number === undefined,
    ...(number !== undefined && { seed: number }),
    ...(data && { data }),
    ...(db !== undefined && { db }),
    ...(record !== undefined && { record }),
    ...(latency && { latency }),
    ...settingsOf(flags),
    controlGuard: flags.controlGuard,
    controlHosts: flags.allowControlHost ?? [],
    ...(!quiet && { onCall: (line) => console.log(callLine(line, paint)) }),
  });
  const given = (name: string) => program.getOptionValueSource(name) === 'cli';
  if (isKept) for (const line of overruled(db, flags, { given, main })) console.error(line);
  // A script that reads the banner may end it at once.
  stopWith(() => sandbox.close());
  if (!quiet) console.log(banner(sandbox, { flags, main, seed: number, paint }));
}

async function recordUpstreams({ port, host, record = '', quiet }: Flags, upstreams: Upstreams): Promise<void> {
  const onCall = (line: CallLine) => console.log(callLine(line, paint));
  const recording = await startRecording({
    port,
    host,
    file: record,
    upstreams,
    complain: console.error,
    ...(!quiet && { onCall }),
  });
  stopWith(recording.close);
  if (!quiet) console.log(recording.banner);
}

function stopWith(close: () => Promise<void>): void {
  let stopping: Promise<void> | undefined;
  // A program around this one may pass a signal on that the terminal has sent here, too: the second ends nothing early.
  const stop = () => void (stopping ??= close().then(() => process.exit(EXIT.stopped), fail));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** The settings among the flags. */
function settingsOf(flags: Flags): Partial<ProviderSettings> {
  const settings = Object.entries(flags).filter(([name, value]) => name in BUILT_IN.settings && value !== undefined);
  return Object.fromEntries(settings);
}

const USAGE_ERRORS = [SeedFileError, WebhookEndpointError, UpstreamError];

/** The exit code of an error that a sentence explains; `undefined` for one that needs its stack. */
function codeOf(error: unknown): number | undefined {
  if (error instanceof StateFileError || error instanceof RecordFileError) return EXIT.stateFile;
  if (USAGE_ERRORS.some((kind) => error instanceof kind)) return EXIT.usage;
  return error instanceof PortTakenError || error instanceof ListenError ? EXIT.cannotServe : undefined;
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
