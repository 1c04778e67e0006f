import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

import { COMPILED } from '../../runner/compiled.ts';

const CLI = fileURLToPath(new URL('../../../proxy/server/cli.ts', import.meta.url));

export type Environment = Readonly<Record<string, string>>;

export interface Bounds {
  /** No file may grow beyond this size. This imitates a full disk without filling the real one. */
  readonly largestFileKb?: number;
}

function start(environment: Environment, args: readonly string[], { largestFileKb }: Bounds = {}) {
  // Only the variables of the test: no variable of the machine reaches the proxy.
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  // What it compiles may be a larger file than it may write.
  const compiled = largestFileKb === undefined ? COMPILED : {};
  const options = { env: { ...compiled, ...environment }, stdio };
  const command = [process.execPath, CLI, ...args] as const;
  if (largestFileKb === undefined) return spawn(command[0], command.slice(1), options);
  // `ulimit -f` counts blocks of 512 bytes (POSIX).
  return spawn('/bin/sh', ['-c', `ulimit -f ${largestFileKb * 2}; exec "$0" "$@"`, ...command], options);
}

export interface ProxyProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Ends the process like a power cut: no handler runs. */
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** Starts the stand-alone proxy as a process, on a free port. */
export async function startProxy(t: TestContext, environment: Environment, bounds?: Bounds): Promise<ProxyProcess> {
  const child = start({ ...environment, REFUND_PROXY_PORT: '0' }, [], bounds);
  t.after(() => child.kill('SIGKILL'));
  let url: string | undefined;
  for await (const line of createInterface({ input: child.stdout })) {
    url = /^Refund proxy on (\S+):/.exec(line)?.[1];
    if (url !== undefined) break;
  }
  if (url === undefined) throw new Error(`The proxy did not start: ${await text(child.stderr)}`);
  child.stdout.resume();
  child.stderr.resume();
  const end = async (signal: NodeJS.Signals) => {
    const exit = once(child, 'exit');
    child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  };
  return {
    url,
    child,
    kill: async () => {
      await end('SIGKILL');
    },
    stop: () => end('SIGTERM'),
  };
}

/** Runs one command to its end. */
export async function runProxy(environment: Environment, ...args: string[]) {
  const child = start(environment, args);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, code: code as number | null };
}
