import { InvalidArgumentError, type Command } from 'commander';

import { serveRecording } from '../bindings/record/server.ts';
import { SEED_FILE, SeedWriter } from '../bindings/record/seed-writer.ts';
import { parseUpstreams, UpstreamError, type Upstreams } from '../bindings/record/upstream.ts';
import { BUILT_IN } from '../core/providers/index.ts';
import type { CallLine } from '../bindings/node.ts';

export interface RecordFlags {
  readonly record?: string;
  readonly upstream?: readonly string[];
}

export function addRecordFlags(command: Command): Command {
  return command
    .option(
      '--record <file>',
      'write what happens as a seed into this JSON or YAML file, without secrets and personal data',
      parseFile,
    )
    .option(
      '--upstream <provider=address...>',
      'with --record: pass every call on to this address as it is, and record its answers. REAL MONEY MOVES at a real provider',
    );
}

function parseFile(text: string): string {
  if (SEED_FILE.test(text)) return text;
  throw new InvalidArgumentError('Expected a file that ends with .json, .yaml or .yml.');
}

/** What only a sandbox of its own has, and so means nothing before another server. */
const WITH_UPSTREAM = new Set(['port', 'host', 'record', 'upstream', 'quiet']);

/**
 * Where calls are to be passed on; `undefined` for an ordinary sandbox.
 * @throws UpstreamError for flags that do not go together
 */
export function upstreamsOf(program: Command): Upstreams | undefined {
  const { record, upstream } = program.opts<RecordFlags>();
  if (upstream === undefined) return undefined;
  if (record === undefined) throw new UpstreamError('--upstream: expected --record <file> with it');
  const idle = Object.keys(program.opts()).filter(
    (name) => program.getOptionValueSource(name) === 'cli' && !WITH_UPSTREAM.has(name),
  );
  if (idle.length > 0) {
    const flags = program.options.filter((option) => idle.includes(option.attributeName())).map(({ long }) => long);
    throw new UpstreamError(`--upstream: the other server answers, so ${flags.join(', ')} would have no effect`);
  }
  return parseUpstreams(upstream, BUILT_IN.providers);
}

export interface RecordingFlags {
  readonly port: number;
  readonly host: string;
  readonly file: string;
  readonly upstreams: Upstreams;
  readonly onCall?: (line: CallLine) => void;
  /** Prints a sentence about what is not in the file. */
  readonly complain: (text: string) => void;
}

export interface CliRecording {
  readonly banner: string;
  /** Stops, writes the rest, and tells what is not in the file. */
  readonly close: () => Promise<void>;
}

/**
 * Starts to record.
 * @throws RecordFileError, PortTakenError
 */
export async function startRecording(flags: RecordingFlags): Promise<CliRecording> {
  const { file, upstreams, port, host, onCall, complain } = flags;
  const writer = await SeedWriter.open({ file, onError: ({ message }) => complain(message) });
  const options = { port, host, upstreams, writer, registry: BUILT_IN, now: Date.now, ...(onCall && { onCall }) };
  const server = await serveRecording(options).catch(async (error: unknown) => {
    await writer.discard();
    throw error;
  });
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
  const lines = [...upstreams].map(
    ([{ title, prefix }, to]) => `  ${title.padEnd(12)}${url}${prefix}  ->  ${to.href.replace(/\/$/, '')}`,
  );
  return {
    banner: `
  Recording into ${file}

${lines.join('\n')}

  Every call is passed on as it is. At a real provider, a refund moves REAL MONEY.
  Read each payment and list its refunds, so that they are in the file. Ctrl-C stops it.
`,
    close: async () => {
      for (const gap of server.gaps()) complain(gap);
      await server.close();
    },
  };
}
