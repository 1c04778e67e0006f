import type { Page } from '@playwright/test';

import type { SandboxClient } from '../../mock-server/index.ts';
import { calls, expect, loseNextAnswer, refundsOf, test } from './fixtures.ts';

/** Switches webhooks on or off, and waits until the sandbox has it. */
async function letArrive(page: Page, sandbox: SandboxClient, arrive: boolean): Promise<void> {
  await page.getByLabel('Webhooks arrive').setChecked(arrive);
  await expect.poll(async () => (await sandbox.webhookEndpoints()).length).toBe(arrive ? 2 : 0);
}

test('a signed webhook proves a lost answer: the provider is not asked again', async ({ refund, sandbox, page }) => {
  await refund.open('order_6789');
  await letArrive(page, sandbox, true);
  await loseNextAnswer(sandbox);
  await refund.ask('42.00', 'USD 42.00');
  const told = async () =>
    (await sandbox.webhooks()).map(({ event_type, signed, status }) => [event_type, signed, status]);
  await expect.poll(told).toEqual([['acquiring.refund.created', true, 'delivered']]);

  // The ledger settles the key, and the form follows it by itself.
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  expect(await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789')).toHaveLength(1);
});

test('the form follows the provider by itself where webhooks arrive, signed or not', async ({
  refund,
  sandbox,
  page,
}) => {
  await refund.open('KW-10231');
  await letArrive(page, sandbox, true);
  await refund.ask('12.50', 'KWD 12.500');
  await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
  await sandbox.advance('PT4H');
  await expect(refund.heading('UPayments has carried out the refund')).toBeVisible();
});

test('the switch shows what the sandbox does, over a reload too, and off means off', async ({
  refund,
  sandbox,
  page,
}) => {
  await refund.open('order_6789');
  const box = page.getByLabel('Webhooks arrive');
  await expect(box).not.toBeChecked();
  await letArrive(page, sandbox, true);
  await page.reload();
  await expect(box).toBeChecked();
  await letArrive(page, sandbox, false);
  const list = await loseNextAnswer(sandbox);
  await refund.ask('42.00', 'USD 42.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  expect(await sandbox.webhooks()).toEqual([]);
  await list.found();
  await refund.button('Check status').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  // The provider's list proves it: nothing is sent again.
  expect(await calls(sandbox, 'create_refund')).toBe(1);
});
