import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { createSandboxClient, type Sandbox } from '../../mock-server/index.ts';

const UQPAY = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
const JSON_CONTENT = { 'content-type': 'application/json' };

/**
 * Calls as a backend makes them, for pictures: a refund that settles, one whose answer is lost and which is sent again, a
 * misspelt path, and a KNET refund that waits. Its webhooks reach a receiver whose first answer is an error.
 */
export async function makeTraffic(sandbox: Sandbox): Promise<void> {
  const control = createSandboxClient(sandbox.url);
  let answered = 0;
  const receiver = createServer((_request, response) => {
    answered += 1;
    response.writeHead(answered === 1 ? 503 : 200).end();
  });
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve);
  });
  const { port } = receiver.address() as AddressInfo;
  await control.addWebhookEndpoint({ provider: 'uqpay', url: `http://127.0.0.1:${port}/webhooks` });
  const token = await fetch(`${sandbox.uqpayUrl}/v1/connect/token`, { method: 'POST', headers: UQPAY });
  const { auth_token: value } = (await token.json()) as { auth_token: string };
  const signed = { ...JSON_CONTENT, 'x-client-id': UQPAY['x-client-id'], 'x-auth-token': `Bearer ${value}` };
  const refund = (key: string, amount: string, intent: string) =>
    fetch(`${sandbox.uqpayUrl}/v2/payment/refunds`, {
      method: 'POST',
      headers: { ...signed, 'x-idempotency-key': `5f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b${key}` },
      body: JSON.stringify({ payment_intent_id: intent, amount, reason: 'Returned goods' }),
    });
  await refund('10', '42.00', 'PI1234567890123456789');
  await control.flushWebhooks();
  await control.advance('PT40S');
  await control.flushWebhooks();
  await control.scenario('drop_after_commit');
  // The answer is lost on purpose.
  await refund('11', '15.50', 'PI2000000000000000005').catch(() => undefined);
  await control.advance('PT3S');
  await refund('11', '15.50', 'PI2000000000000000005');
  await fetch(`${sandbox.uqpayUrl}/v2/payment/refund`, { method: 'POST', headers: signed, body: '{}' });
  await control.advance('PT4S');
  await fetch(`${sandbox.upaymentsUrl}/create-refund`, {
    method: 'POST',
    headers: { ...JSON_CONTENT, authorization: 'Bearer jtest123' },
    body: JSON.stringify({
      orderId: 'up20261101knet0000000000000000000000000000000000000000000000000001',
      totalPrice: 12.5,
      customerEmail: 'huda@example.com',
    }),
  });
  await control.flushWebhooks();
  await new Promise<void>((resolve) => {
    receiver.close(() => resolve());
    receiver.closeAllConnections();
  });
}
