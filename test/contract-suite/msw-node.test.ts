import { describe, it } from 'node:test';

import { setupServer } from 'msw/node';

import { createSandboxHandlers } from '../../mock-server/msw.ts';
import { PROVIDER_CASES } from './provider-cases.ts';
import { sandboxWorld } from './sandbox-world.ts';
import { UPAYMENTS_CASES } from './upayments-cases.ts';
import { UQPAY_CASES } from './uqpay-cases.ts';

const ORIGIN = 'http://sandbox.test';

describe('the contract on MSW in Node', () => {
  for (const { name, run } of [...UQPAY_CASES, ...UPAYMENTS_CASES, ...PROVIDER_CASES]) {
    it(name, async () => {
      const server = setupServer(...createSandboxHandlers({ baseUrl: ORIGIN, clock: 'frozen' }));
      server.listen({ onUnhandledFrame: 'error' });
      const world = sandboxWorld(ORIGIN, { close: () => server.close() });
      try {
        await run(world);
      } finally {
        await world.close();
      }
    });
  }
});
