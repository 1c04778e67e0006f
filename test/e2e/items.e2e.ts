import { calls, expect, loseNextAnswer, refundsOf, test } from './fixtures.ts';

const PAYMENT = 'PI2000000000000000001';
/** A lamp for 98.40, two bulbs for 12.50 each, and shipping for 5.00. */
const ORDER = 'SG-1042';

test('returned items are refunded by keyboard, and the provider keeps them with the refund', async ({
  refund,
  sandbox,
  page,
}) => {
  await refund.open(ORDER);
  await refund.form.getByLabel('Part', { exact: true }).focus();
  await page.keyboard.press('ArrowDown');
  // To the lamp, to the bulbs, and two of them.
  for (const key of ['Tab', 'Tab', 'ArrowUp', 'ArrowUp', 'Tab']) await page.keyboard.press(key);
  await page.keyboard.type('5');
  await expect(refund.form.getByLabel('Amount', { exact: true })).toHaveValue('30.00');
  await refund.form.getByLabel('Reason').selectOption({ label: 'Returned goods' });
  await refund.button('Review refund').press('Enter');
  await expect(refund.form.getByText('Bulb, warm white × 2')).toBeVisible();
  await refund.button('Refund SGD 30.00').press('Enter');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  const [row] = await refundsOf(sandbox, 'uqpay', PAYMENT);
  expect(row).toMatchObject({ amount: '30.00', metadata: { items: '{"line-2":2}', shipping: '5.00' } });
  // The console counts what came back, because the form does not.
  await refund.button('Make another refund').click();
  await refund.button('Make another refund all the same').click();
  await refund.form.getByLabel('By item').check();
  await expect(refund.form.getByText('2 bought, 2 refunded')).toBeVisible();
  await expect(refund.form.getByLabel('Bulb, warm white')).toBeDisabled();
});

test('a refund of items whose answer was lost is sent again after a reload, and is made once', async ({
  refund,
  sandbox,
  page,
}) => {
  await refund.open(ORDER);
  const list = await loseNextAnswer(sandbox);
  await refund.form.getByLabel('By item').check();
  await refund.form.getByLabel('Desk lamp').fill('1');
  await refund.form.getByLabel('Reason').selectOption({ label: 'Returned goods' });
  await refund.button('Review refund').click();
  await refund.button('Refund SGD 98.40').click();
  await expect(refund.heading('We don’t know yet')).toBeVisible();
  await page.reload();
  await expect(refund.heading('We don’t know yet')).toBeVisible();
  await list.restoreList();
  // Another body under the same key would be refused, and the form would stay unknown.
  await refund.check('UQPAY accepted the refund');
  expect(await refundsOf(sandbox, 'uqpay', PAYMENT)).toHaveLength(1);
  expect(await calls(sandbox, 'create_refund')).toBeLessThanOrEqual(2);
});
