import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BenchServer {
  readonly origin: string;
  /** From the start of the process to its listening line, in milliseconds. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

/** Starts one of the servers beside this file in a process of its own, so that it has a core to itself. */
export async function startServer(file: string): Promise<BenchServer> {
  const start = performance.now();
  const child = spawn(process.execPath, [fileURLToPath(new URL(file, import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /^listening (\d+)$/.exec(line)?.[1];
    if (!port) continue;
    return {
      origin: `http://127.0.0.1:${port}`,
      readyMs: performance.now() - start,
      async stop() {
        child.kill();
        await exited;
      },
    };
  }
  throw new Error(`${file} ended before it listened`);
}
