import { once } from 'node:events';
import { createServer } from 'node:http';

import { setupServer } from 'msw/node';
import { createSandboxHandlers } from 'refund-form-server/msw';
import { createSandboxClient } from 'refund-form-server/sandbox';

import { webhookHandler } from './receiver.js';
import { Refunds } from './refunds.js';

const ORIGIN = 'https://sandbox.test';

/** Both providers in this process. Every call to another address is an error, so no test reaches a real provider. */
export const server = setupServer(...createSandboxHandlers({ baseUrl: ORIGIN, clock: 'frozen' }));

let tests = 0;

/** A sandbox of its own for one test: a namespace with its own payments, clock and calls. */
export function openSandbox() {
  tests += 1;
  const address = `${ORIGIN}/ns/test-${tests}`;
  const settings = {
    UQPAY_API: `${address}/uqpay/api`,
    UQPAY_CLIENT_ID: 'sandbox-client',
    UQPAY_API_KEY: 'sandbox-key',
  };
  return { refunds: new Refunds(settings), sandbox: createSandboxClient(address) };
}

/** Starts the receiver of the merchant, and tells the sandbox about it. */
export async function receiveWebhooks(sandbox) {
  const events = [];
  const receiver = createServer(webhookHandler({ secret: 'my-secret', onEvent: (event) => events.push(event) }));
  await once(receiver.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${receiver.address().port}/webhooks`;
  await sandbox.addWebhookEndpoint({ provider: 'uqpay', url, secret: 'my-secret' });
  return { events, close: () => receiver.close() };
}
