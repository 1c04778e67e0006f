import { calls, expect, refundsOf, test } from './fixtures.ts';

test('the form follows a KNET refund until it is refunded', async ({ refund, sandbox, page }) => {
  await refund.open('KW-10231');
  await refund.requestRefund('12.50', 'KWD 12.500');
  await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
  await expect(refund.form.getByText('Refund invoice generated successfully')).toBeVisible();
  await expect(page.locator('.order-head .status')).toHaveText('Refund pending');

  await sandbox.advance('PT4H');
  await refund.check('UPayments has carried out the refund');
  await expect(page.locator('.order-head .status')).toHaveText('Partly refunded');
});

test('the form cancels a pending refund and frees its amount', async ({ refund, sandbox, page }) => {
  await refund.open('KW-10228');
  await refund.requestRefund('everything', 'KWD 32.750');
  await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
  await refund.button('Cancel refund').click();
  await refund.button('Cancel KWD 32.750').click();
  await expect(refund.heading('The refund was cancelled')).toBeVisible();
  await expect(page.locator('.order-head .status')).toHaveText('Paid');
  const refunds = await refundsOf(
    sandbox,
    'upayments',
    'up20261101knet0000000000000000000000000000000000000000000000000001',
  );
  expect(refunds.filter((row) => row['refund_status'] === 'INITIATED')).toEqual([]);
});

test('the form shows that a refund was carried out before it could be cancelled', async ({ refund, sandbox }) => {
  await refund.open('KW-10228');
  await refund.requestRefund('10', 'KWD 10.000');
  await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
  await refund.button('Cancel refund').click();
  await expect(refund.button('Cancel KWD 10.000')).toBeVisible();
  await sandbox.advance('PT4H');
  await refund.pressIfThere('Cancel KWD 10.000');
  await expect(refund.heading('UPayments has carried out the refund')).toBeVisible();
});

test('the form refunds one vendor and shows which other vendor has too little balance', async ({ refund, sandbox }) => {
  await refund.open('KW-10226');
  await refund.requestRefund('30', 'KWD 30.000');
  await expect(refund.heading('Divide KWD 30.000 over the vendors')).toBeVisible();
  const fields = refund.form.getByRole('textbox', { name: /^Amount for/ });
  await refund.button('Split in proportion').click();
  await expect(fields.nth(0)).toHaveValue('20.000');
  await expect(fields.nth(1)).toHaveValue('10.000');
  await refund.button('Review refunds').click();
  await refund.button('Refund KWD 30.000').click();
  await expect(refund.heading('What became of each vendor’s refund')).toBeVisible();
  await expect(refund.form.getByRole('row', { name: /4455/ })).toContainText('Accepted');
  await expect(refund.form.getByRole('row', { name: /8899/ })).toContainText('balance is too low');
  expect(await calls(sandbox, 'create_multivendor_refund')).toBe(1);
  const refunds = await refundsOf(
    sandbox,
    'upayments',
    'up20261106vend0000000000000000000000000000000000000000000000000006',
  );
  expect(refunds).toHaveLength(1);
});

test('the form refuses vendor amounts with a different sum', async ({ refund, sandbox }) => {
  await refund.open('KW-10232');
  await refund.requestRefund('30', 'KWD 30.000');
  const fields = refund.form.getByRole('textbox', { name: /^Amount for/ });
  await fields.nth(0).fill('50.01');
  await expect(fields.nth(0)).toHaveAccessibleDescription(/more than can be refunded/);
  await fields.nth(0).fill('20');
  await fields.nth(1).fill('9.99');
  await refund.button('Review refunds').click();
  await expect(refund.form.locator('#faults').getByText('add up to KWD 29.990')).toBeVisible();
  await expect(fields.nth(0)).toHaveAccessibleDescription(/add up to KWD\s29\.990/);
  expect(await calls(sandbox, 'create_multivendor_refund')).toBe(0);
});

test('the form never sends a lost refund again because UPayments has no idempotency keys', async ({
  refund,
  sandbox,
  page,
}) => {
  await refund.open('KW-10231');
  await sandbox.scenario('drop_after_commit');
  await refund.requestRefund('10', 'KWD 10.000');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await refund.button('Check status').click();
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await expect(refund.form.getByText(/still not known/i)).toBeVisible();
  await page.reload();
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
});

test('the form refuses a third decimal that UPayments may drop', async ({ refund, sandbox }) => {
  await refund.open('KW-10231');
  await refund.fill('1.005');
  await refund.button('Review refund').click();
  await expect(refund.form.getByText(/may drop the third decimal of 1\.005/).first()).toBeVisible();
  await expect(refund.form.getByLabel('Amount', { exact: true })).toHaveValue('1.005');
  expect(await calls(sandbox, 'create_refund')).toBe(0);
});
