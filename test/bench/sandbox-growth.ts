import { claim, progress } from './claims.ts';
import { ratioOf } from './load.ts';
import { refundLoads, storedRefunds } from './refunds.ts';
import { startServer } from './server.ts';

const FEW = 1_000;
const MANY = Number(process.env['BENCH_MANY'] ?? 1_000_000);

/** Compares two sandboxes, one with a thousand times as many refunds. Create comes last, because it adds refunds to both. */
export async function measureGrowth(): Promise<void> {
  const many = await startServer('grown-server.ts', { BENCH_REFUNDS: String(MANY) }, ['--expose-gc']);
  const few = await startServer('grown-server.ts', { BENCH_REFUNDS: String(FEW) });
  try {
    const bytes = many.printed.map((line) => /^bytes a refund: (\d+)$/.exec(line)?.[1]).find(Boolean);
    claim({ name: 'memory a refund, its kept answer included', value: Number(bytes), unit: 'bytes', atMost: 1_500 });
    const [ours, theirs] = [await refundLoads(many.origin), await refundLoads(few.origin)];
    progress(`${(await storedRefunds(many.origin)).toLocaleString('en')} refunds against ${FEW}`);
    for (const name of ['retrieve', 'list', 'create'] as const) {
      const value = await ratioOf(name, ours[name], theirs[name]);
      claim({
        name: `${name} with ${MANY.toLocaleString('en')} refunds, of its rate with ${FEW}`,
        value,
        atLeast: 0.8,
      });
    }
  } finally {
    for (const server of [many, few]) await server.stop();
  }
}
