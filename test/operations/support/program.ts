import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Path of the program, from the environment variable with its name or from the usual folders. */
export function findProgram(name: string): string | undefined {
  const configuredPath = process.env[name.toUpperCase().replaceAll('-', '_')] ?? '';
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin', '/sbin', '/opt/homebrew/bin'];
  const places = [configuredPath, ...folders.map((folder) => path.join(folder, name))];
  return places.find((file) => file !== '' && existsSync(file));
}

/** Why a test is skipped, or `false`. */
export function unless(name: string): string | false {
  if (findProgram(name) !== undefined) return false;
  return `No ${name} was found. Install it (on Debian \`apt-get install ${name}\`), or name it in ${name.toUpperCase()}.`;
}

export interface Program {
  readonly child: ChildProcess;
  readonly output: () => string;
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Starts a program in the foreground, and keeps its output for error messages. */
export function start(command: readonly string[], env: NodeJS.ProcessEnv, cwd?: string): Program {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'], ...(cwd !== undefined && { cwd }) });
  const chunks: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => chunks.push(bytes.toString()));
  const killOnExit = () => child.kill('SIGKILL');
  process.once('exit', killOnExit);
  return {
    child,
    output: () => chunks.join(''),
    async stop(signal = 'SIGTERM') {
      process.off('exit', killOnExit);
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
      const exit = once(child, 'exit');
      child.kill(signal);
      const [code] = (await exit) as [number | null];
      return code;
    },
  };
}

const LIMIT_MS = 30_000;
const BETWEEN_MS = 20;

/** Waits until `isDone` returns true. @throws with the text of `what` after the time limit. */
export async function until(what: () => string, isDone: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!(await isDone())) {
    if (performance.now() > end) throw new Error(what());
    await pause(BETWEEN_MS);
  }
}

export async function waitForPort({ child, output }: Program, port: number): Promise<void> {
  const failure = () => `Nothing listens on port ${port}:\n${output()}`;
  await until(failure, () => {
    if (child.exitCode !== null) throw new Error(failure());
    return new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
  });
}
