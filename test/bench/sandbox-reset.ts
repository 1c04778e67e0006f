import { claim, progress } from './claims.ts';
import { median } from './load.ts';
import { storedRefunds } from './refunds.ts';
import { startServer } from './server.ts';

const ROWS = 10_000;
const TIMES = 41;

/** Measures the reset of a namespace with 10,000 rows over HTTP, as a test does before it starts. */
export async function measureReset(): Promise<void> {
  const server = await startServer('grown-server.ts', { BENCH_SEEDED: String(ROWS) });
  const url = `${server.origin}/ns/bench`;
  try {
    const times: number[] = [];
    const untilRead: number[] = [];
    for (let time = 0; time < TIMES; time += 1) {
      const start = performance.now();
      const response = await fetch(`${url}/_sandbox/reset`, { method: 'POST' });
      await response.arrayBuffer();
      times.push(performance.now() - start);
      if (!response.ok) throw new Error(`reset answered ${response.status}`);
      // The rows are created at the first read, and a test has to wait for that too.
      await storedRefunds(url);
      untilRead.push(performance.now() - start);
    }
    const stored = await storedRefunds(url);
    if (stored !== ROWS) throw new Error(`${stored} refunds after the reset instead of ${ROWS}`);
    progress(`reset, ${TIMES} times: ${Math.min(...times).toFixed(1)} to ${Math.max(...times).toFixed(1)} ms`);
    progress(`reset and a first call that reads the rows: ${median(untilRead).toFixed(1)} ms`);
    claim({ name: 'reset of a namespace of 10,000 rows', value: median(times), unit: 'ms', atMost: 5 });
  } finally {
    await server.stop();
  }
}
