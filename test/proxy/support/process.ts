import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLI = fileURLToPath(new URL('../../../proxy/cli.ts', import.meta.url));

export type Environment = Readonly<Record<string, string>>;

function start(environment: Environment, args: readonly string[]) {
  // Only what the test says: no variable of the machine reaches the proxy.
  return spawn(process.execPath, [CLI, ...args], { env: { ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
}

export interface ProxyProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** Ends the process as a power cut would: no handler of its own runs. */
  kill(): Promise<void>;
  stop(): Promise<number | null>;
}

/** The stand-alone proxy as a process of its own, on a free port. */
export async function startProxy(t: TestContext, environment: Environment): Promise<ProxyProcess> {
  const child = start({ ...environment, REFUND_PROXY_PORT: '0' }, []);
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

/** One command to its end. */
export async function runProxy(environment: Environment, ...args: string[]) {
  const child = start(environment, args);
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, code: code as number | null };
}
