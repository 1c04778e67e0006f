import { describe, it } from 'node:test';

import { createSandbox } from '../../mock-server/index.ts';
import { PROVIDER_CASES } from './provider-cases.ts';
import { sandboxWorld } from './sandbox-world.ts';
import { UPAYMENTS_CASES } from './upayments-cases.ts';
import { UQPAY_CASES } from './uqpay-cases.ts';

describe('the contract on the Node server', () => {
  for (const { name, run } of [...UQPAY_CASES, ...UPAYMENTS_CASES, ...PROVIDER_CASES]) {
    it(name, async () => {
      const sandbox = await createSandbox({ port: 0, clock: 'frozen' });
      const world = sandboxWorld(sandbox.url, { close: () => sandbox.close() });
      try {
        await run(world);
      } finally {
        await world.close();
      }
    });
  }
});
