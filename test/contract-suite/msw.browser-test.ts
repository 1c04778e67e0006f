import { createSandboxHandlers } from '../../mock-server/msw.ts';
import { mswWorker } from '../msw-worker.ts';
import { PROVIDER_CASES } from './provider-cases.ts';
import { sandboxWorld } from './sandbox-world.ts';
import { UPAYMENTS_CASES } from './upayments-cases.ts';
import { UQPAY_CASES } from './uqpay-cases.ts';

const ORIGIN = 'http://sandbox.test';

describe('the contract on MSW in the browser', () => {
  const worker = mswWorker();

  for (const { name, run } of [...UQPAY_CASES, ...UPAYMENTS_CASES, ...PROVIDER_CASES]) {
    it(name, async () => {
      worker.resetHandlers(...createSandboxHandlers({ baseUrl: ORIGIN, clock: 'frozen' }));
      await run(sandboxWorld(ORIGIN, { close: () => undefined }));
    });
  }
});
