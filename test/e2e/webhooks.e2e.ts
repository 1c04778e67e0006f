import type { Page } from '@playwright/test';

import type { SandboxClient } from '../../mock-server/index.ts';
import { calls, expect, loseNextAnswer, refundsOf, test } from './fixtures.ts';

/** Switches webhooks on or off, and waits until the sandbox has changed. */
async function switchWebhooks(page: Page, sandbox: SandboxClient, isOn: boolean): Promise<void> {
  await page.getByLabel('Webhooks arrive').setChecked(isOn);
  await expect.poll(async () => (await sandbox.webhookEndpoints()).length).toBe(isOn ? 2 : 0);
}

test('a signed webhook settles a lost answer without another call to the provider', async ({
  refund,
  sandbox,
  page,
}) => {
  await refund.open('order_6789');
  await switchWebhooks(page, sandbox, true);
  await loseNextAnswer(sandbox);
  await refund.requestRefund('42.00', 'USD 42.00');
  const deliveries = async () =>
    (await sandbox.webhooks()).map(({ event_type, signed, status }) => [event_type, signed, status]);
  await expect.poll(deliveries).toEqual([['acquiring.refund.created', true, 'delivered']]);

  // The ledger settles the key, and the form follows it without a click.
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  expect(await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789')).toHaveLength(1);
});

test('the form follows a refund by itself when webhooks arrive', async ({ refund, sandbox, page }) => {
  await refund.open('KW-10231');
  await switchWebhooks(page, sandbox, true);
  await refund.requestRefund('12.50', 'KWD 12.500');
  await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
  await sandbox.advance('PT4H');
  await expect(refund.heading('UPayments has carried out the refund')).toBeVisible();
});

test('the webhook switch shows the state of the sandbox after a reload and can be switched off', async ({
  refund,
  sandbox,
  page,
}) => {
  await refund.open('order_6789');
  const box = page.getByLabel('Webhooks arrive');
  await expect(box).not.toBeChecked();
  await switchWebhooks(page, sandbox, true);
  await page.reload();
  await expect(box).toBeChecked();
  await switchWebhooks(page, sandbox, false);
  const list = await loseNextAnswer(sandbox);
  await refund.requestRefund('42.00', 'USD 42.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  expect(await sandbox.webhooks()).toEqual([]);
  await list.restoreList();
  await refund.button('Check status').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  // The provider's list settles the refund, so nothing is sent again.
  expect(await calls(sandbox, 'create_refund')).toBe(1);
});
