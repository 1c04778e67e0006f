import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BenchServer {
  readonly origin: string;
  readonly pid: number;
  /** Milliseconds from the start of the process to its listening line. */
  readonly readyMs: number;
  /** The lines that it printed until then. */
  readonly printed: readonly string[];
  stop(): Promise<void>;
}

/**
 * Starts one of the servers in this folder in its own process, so that it can use its own core.
 * @param env environment variables in addition to those of this process
 * @param node flags for Node
 */
export async function startServer(
  file: string,
  env: Readonly<Record<string, string>> = {},
  node: readonly string[] = [],
): Promise<BenchServer> {
  return startProcess([...node, fileURLToPath(new URL(file, import.meta.url))], /^listening (\d+)$/, env);
}

/** @param listening matches the line that the server prints when it listens. Its first group is the port */
export async function startProcess(
  args: readonly string[],
  listening: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<BenchServer> {
  const start = performance.now();
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const printed: string[] = [];
  const port = await new Promise<string | undefined>((resolve) => {
    lines.on('line', (line) => {
      printed.push(line);
      const text = listening.exec(line)?.[1];
      if (text) resolve(text);
    });
    lines.on('close', () => resolve(undefined));
  });
  if (port === undefined) throw new Error(`${args.join(' ')} ended before it listened`);
  return {
    origin: `http://127.0.0.1:${port}`,
    pid: child.pid!,
    readyMs: performance.now() - start,
    printed: [...printed],
    async stop() {
      child.kill();
      await exited;
    },
  };
}
