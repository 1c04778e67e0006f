import { randomUUID } from 'node:crypto';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { RefundRefused } from './refunds.js';
import { openSandbox, receiveWebhooks, server, startOtherProvider } from './sandbox.js';

/** One of the sandbox's example payments: USD 250.00, and nothing is refunded. */
const payment = 'PI1234567890123456789';
const order = (amount = '10.00') => ({ id: randomUUID(), payment, amount, reason: 'Return good' });

// The option of MSW 3. MSW 2 calls it `onUnhandledRequest`, and MSW 3 lets everything through under that name.
beforeAll(() => server.listen({ onUnhandledFrame: 'error' }));
afterAll(() => server.close());

test('a call to any other address is an error, and is not sent', async () => {
  const { refunds, calls, close } = await startOtherProvider();
  try {
    await expect(refunds.create(order())).rejects.toThrow();
    expect(calls).toEqual([]);
  } finally {
    close();
  }
});

test('a refund is accepted, and settles later', async () => {
  const { refunds, sandbox } = openSandbox();
  const refund = order();
  expect(await refunds.create(refund)).toMatchObject({ status: 'INITIATED' });
  await sandbox.advance('PT1M');
  expect(await refunds.lookUp(refund)).toMatchObject({ status: 'SUCCEEDED' });
});

test('a refund above what is left is refused', async () => {
  const { refunds } = openSandbox();
  await expect(refunds.create(order('250.01'))).rejects.toThrow(RefundRefused);
});

test('a refund whose answer is lost is looked up, and not sent again', async () => {
  const { refunds, sandbox } = openSandbox();
  await sandbox.scenario('drop_after_commit');
  expect(await refunds.create(order())).toMatchObject({ status: 'INITIATED' });
  const calls = await sandbox.verify({ route: 'create_refund' }, { exactly: 1 });
  expect(calls).toMatchObject({ ok: true });
});

test('a refund that is not found stays unknown, and is not sent again', async () => {
  const { refunds, sandbox } = openSandbox();
  await sandbox.scenario('drop_before_commit');
  expect(await refunds.create(order())).toEqual({ status: 'UNKNOWN' });
  const calls = await sandbox.verify({ route: 'create_refund' }, { exactly: 1 });
  expect(calls).toMatchObject({ ok: true });
});

test('a webhook is signed, and tells of the settled refund once', async () => {
  const { refunds, sandbox } = openSandbox();
  const { events, close } = await receiveWebhooks(sandbox);
  try {
    await sandbox.scenario('webhook_duplicate');
    const { refund } = await refunds.create(order());
    await sandbox.advance('PT1M');
    await sandbox.flushWebhooks();
    const told = events.map(({ event_type: type, source_id: source }) => [type, source]);
    expect(told).toEqual([
      ['acquiring.refund.created', refund],
      ['acquiring.refund.succeeded', refund],
    ]);
  } finally {
    close();
  }
});

test('a forged webhook is refused', async () => {
  const { refunds, sandbox } = openSandbox();
  const { events, close } = await receiveWebhooks(sandbox);
  try {
    await sandbox.scenario('webhook_forged');
    await refunds.create(order());
    const [webhook] = await sandbox.flushWebhooks();
    expect(webhook.attempts.map((attempt) => attempt.response_code)).toEqual([401]);
    expect(events).toEqual([]);
  } finally {
    close();
  }
});

test.each([1, 2])('each test starts with the whole payment (%i)', async () => {
  const { refunds } = openSandbox();
  expect(await refunds.create(order('250.00'))).toMatchObject({ status: 'INITIATED' });
});
