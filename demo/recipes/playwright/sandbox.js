import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

import { test as base } from '@playwright/test';
import { createSandboxClient } from 'refund-form-server/sandbox';

import { createShop } from './shop.js';

export { expect } from '@playwright/test';

/** Starts the sandbox on a free port, and resolves with its process and the address that it prints. */
async function startSandbox() {
  // The program itself and not npx: npx would start it as a child, and our signal could miss it.
  const child = spawn('node_modules/.bin/refund-form', ['sandbox', '--port', '0', '--clock', 'frozen'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
    if (url) {
      child.stdout.resume();
      return { child, url };
    }
  }
  throw new Error('the sandbox ended before it listened');
}

export const test = base.extend({
  /** One sandbox for all tests of a worker. */
  server: [
    // Playwright reads the fixture's dependencies from this pattern.
    // oxlint-disable-next-line no-empty-pattern
    async ({}, use) => {
      const { child, url } = await startSandbox();
      await use(url);
      child.kill();
      await once(child, 'close');
    },
    { scope: 'worker' },
  ],

  /** A sandbox of its own for one test: a namespace with its own payments, clock and calls. */
  sandbox: async ({ server }, use, { testId }) => {
    const address = `${server}/ns/${testId}`;
    await use(Object.assign(createSandboxClient(address), { address }));
    await createSandboxClient(server).deleteNamespace(testId);
  },

  /** The merchant's shop, with the sandbox in the provider's place. */
  shop: async ({ sandbox }, use) => {
    const shop = createShop({
      UQPAY_API: `${sandbox.address}/uqpay/api`,
      UQPAY_CLIENT_ID: 'sandbox-client',
      UQPAY_API_KEY: 'sandbox-key',
      UQPAY_WEBHOOK_SECRET: 'my-secret',
    });
    await once(shop.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${shop.address().port}`;
    await sandbox.addWebhookEndpoint({ provider: 'uqpay', url: `${url}/webhooks`, secret: 'my-secret' });
    await use(url);
    shop.closeAllConnections();
    shop.close();
  },
});
