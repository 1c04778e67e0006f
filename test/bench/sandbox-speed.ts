import { claim } from './claims.ts';
import { ratioOf } from './load.ts';
import { refundLoads } from './refunds.ts';
import { startServer } from './server.ts';

/** Compares the sandbox with a bare node:http server that reads and sends as many bytes without any logic. */
export async function measureSpeed(): Promise<void> {
  const [bare, sandbox] = [await startServer('bare-server.ts'), await startServer('sandbox-server.ts')];
  try {
    const { create, retrieve } = await refundLoads(sandbox.origin);
    const { origin } = bare;
    const created = await ratioOf('create', create, { ...create, origin });
    claim({ name: 'UQPAY create, of a bare node:http server', value: created, atLeast: 0.6 });
    const retrieved = await ratioOf('retrieve', retrieve, { ...retrieve, origin });
    claim({ name: 'UQPAY retrieve, of a bare node:http server', value: retrieved, atLeast: 0.7 });
  } finally {
    for (const server of [bare, sandbox]) await server.stop();
  }
}
