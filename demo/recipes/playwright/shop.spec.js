import { expect, test } from './sandbox.js';

test('a refund settles, and its webhook tells the shop', async ({ page, shop, sandbox }) => {
  await page.goto(shop);
  await page.getByRole('button', { name: 'Refund USD 10.00' }).click();
  await expect(page.getByRole('status')).toHaveText('The refund is on its way');
  await sandbox.advance('PT1M');
  await sandbox.flushWebhooks();
  await page.reload();
  await expect(page.getByRole('status')).toHaveText('Refunded');
});

test('a refund whose answer is lost is looked up, and not sent again', async ({ page, shop, sandbox }) => {
  await sandbox.scenario('drop_after_commit');
  await page.goto(shop);
  await page.getByRole('button', { name: 'Refund USD 10.00' }).click();
  await expect(page.getByRole('status')).toHaveText('The refund is on its way');
  expect(await sandbox.verify({ route: 'create_refund' }, { exactly: 1 })).toMatchObject({ ok: true });
});

test('a refund that is not found stays unknown, and cannot be sent again', async ({ page, shop, sandbox }) => {
  await sandbox.scenario('drop_before_commit');
  await page.goto(shop);
  await page.getByRole('button', { name: 'Refund USD 10.00' }).click();
  await expect(page.getByRole('status')).toContainText('Do not refund it again');
  await page.getByRole('button', { name: 'Check status' }).click();
  await expect(page.getByRole('status')).toContainText('Do not refund it again');
  await expect(page.getByRole('button', { name: 'Refund' })).toHaveCount(0);
  expect(await sandbox.verify({ route: 'create_refund' }, { exactly: 1 })).toMatchObject({ ok: true });
});

test('a forged webhook changes nothing', async ({ page, shop, sandbox }) => {
  await sandbox.scenario('webhook_forged');
  await page.goto(shop);
  await page.getByRole('button', { name: 'Refund USD 10.00' }).click();
  await sandbox.advance('PT1M');
  const webhooks = await sandbox.flushWebhooks();
  expect(webhooks.map((webhook) => webhook.attempts[0].response_code)).toEqual([401, 401]);
  await page.reload();
  await expect(page.getByRole('status')).toHaveText('The refund is on its way');
});
