import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import { claim, progress } from './claims.ts';
import { median, ROUNDS } from './load.ts';
import { startProcess, startServer, type BenchServer } from './server.ts';

const CLI = fileURLToPath(new URL('../../bin/refund-form.js', import.meta.url));
const ARGS = [CLI, 'sandbox', '--port', '0'];
const LISTENS = /Refund sandbox on http:\/\/[\w.]+:(\d+)/;

/** Measures the time from `npx refund-form sandbox` to its banner, against a bare node:http server with the same cache. */
export async function measureColdStart(): Promise<void> {
  const cache = mkdtempSync(path.join(tmpdir(), 'refund-form-bench-'));
  const env = { NODE_COMPILE_CACHE: cache };
  const measureReady = async (starting: Promise<BenchServer>) => {
    const server = await starting;
    await server.stop();
    return server.readyMs;
  };
  const start = () => measureReady(startProcess(ARGS, LISTENS, env));
  try {
    progress(`cold start: ${(await start()).toFixed(0)} ms the first time, before anything is compiled`);
    const ratios: number[] = [];
    for (let round = 1; round <= 2 * ROUNDS; round += 1) {
      const bare = await measureReady(startServer('bare-server.ts', env));
      const ours = await start();
      ratios.push(ours / bare);
      progress(`cold start, round ${round} of ${2 * ROUNDS}: ${ours.toFixed(0)} ms against ${bare.toFixed(0)} ms`);
    }
    claim({
      name: 'ready from the second start on, against a bare node:http server',
      value: median(ratios),
      atMost: 2,
    });
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}
