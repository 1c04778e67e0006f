import { once } from 'node:events';
import { createServer } from 'node:http';

import { setupServer } from 'msw/node';
import { createSandboxHandlers } from 'refund-form-server/msw';
import { createSandboxClient } from 'refund-form-server/sandbox';

import { webhookHandler } from './receiver.js';
import { Refunds } from './refunds.js';

const ORIGIN = 'https://sandbox.test';

/** Both providers in this process. With `onUnhandledFrame: 'error'`, a call to another address is an error. */
export const server = setupServer(...createSandboxHandlers({ baseUrl: ORIGIN, clock: 'frozen' }));

const CREDENTIALS = { UQPAY_CLIENT_ID: 'sandbox-client', UQPAY_API_KEY: 'sandbox-key' };

let tests = 0;

/** A sandbox of its own for one test: a namespace with its own payments, clock and calls. */
export function openSandbox() {
  tests += 1;
  const address = `${ORIGIN}/ns/test-${tests}`;
  const settings = { ...CREDENTIALS, UQPAY_API: `${address}/uqpay/api` };
  return { refunds: new Refunds(settings), sandbox: createSandboxClient(address) };
}

/** Stands in for the real provider, and notes the calls that reach it: there must be none. */
export async function startOtherProvider() {
  const calls = [];
  const provider = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    response.end('{}');
  });
  await once(provider.listen(0, '127.0.0.1'), 'listening');
  const settings = { ...CREDENTIALS, UQPAY_API: `http://127.0.0.1:${provider.address().port}/api` };
  return { refunds: new Refunds(settings), calls, close: () => provider.close() };
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
