import { calls, expect, loseNextAnswer, refundsOf, test } from './fixtures.ts';

test('the form refunds the whole amount and follows it to SUCCEEDED', async ({ refund, sandbox, page }) => {
  await refund.open('SG-1042');
  await refund.requestRefund('everything', 'SGD 128.40');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await expect(refund.form.getByText('INITIATED')).toBeVisible();
  await expect(refund.heading('UQPAY has carried out the refund')).toBeHidden();

  await sandbox.advance('PT1H');
  await refund.check('UQPAY has carried out the refund');
  await expect(refund.form.getByText('SUCCEEDED')).toBeVisible();
  await expect(page.locator('.order-head .status')).toHaveText('Refunded');
  expect(await refundsOf(sandbox, 'uqpay', 'PI2000000000000000001')).toHaveLength(1);
});

test('the form makes two partial refunds and refuses one above the rest before it is sent', async ({
  refund,
  sandbox,
}) => {
  await refund.open('order_6789');
  for (const amount of ['100.00', '120.50']) {
    await refund.requestRefund(amount, `USD ${amount}`);
    await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
    await sandbox.advance('PT1H');
    await refund.check('UQPAY has carried out the refund');
    await refund.button('Make another refund').click();
  }
  await expect(refund.form.getByText('Up to USD 29.50')).toBeVisible();
  await refund.fill('29.51');
  await refund.button('Review refund').click();
  await expect(refund.form.getByText('is more than can be refunded').first()).toBeVisible();
  await expect(refund.form.getByLabel('Amount', { exact: true })).toHaveValue('29.51');
  expect(await calls(sandbox, 'create_refund')).toBe(2);
});

test('the form shows that a refund failed and that no money moved', async ({ refund, sandbox }) => {
  await refund.open('HK-2207');
  await sandbox.scenario('fail');
  await refund.requestRefund('80', 'HKD 80.00');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await sandbox.advance('PT1H');
  await refund.check('UQPAY could not carry out the refund');
  await expect(refund.form.getByText('FAILED')).toBeVisible();
  await expect(refund.form.getByText('No money moved')).toBeVisible();
  await refund.button('Try again').click();
  await expect(refund.form.getByText('Up to HKD 1,880.00')).toBeVisible();
});

test('a double click makes one refund', async ({ refund, sandbox }) => {
  await refund.open('order_6789');
  await refund.fill('10.00');
  await refund.button('Review refund').click();
  await refund.button('Refund USD 10.00').dblclick();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  expect(await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789')).toHaveLength(1);
});

test('pressing Enter twice makes one refund', async ({ refund, sandbox, page }) => {
  await refund.open('order_6789');
  await sandbox.scenario('latency', { params: { ms: 300 } });
  await refund.fill('10.00');
  await refund.button('Review refund').press('Enter');
  await refund.button('Refund USD 10.00').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Enter');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
});

test('refunds everything with eight keys from the first field', async ({ refund, page }) => {
  await refund.open('order_6789');
  await refund.form.getByRole('radio', { name: 'Part' }).focus();
  // The first segment, the reason by its first letter, past the note, review, past the heading, confirm.
  const keys = ['ArrowLeft', 'Tab', 'R', 'Tab', 'Tab', 'Enter', 'Tab', 'Enter'];
  for (const key of keys.slice(0, 6)) await page.keyboard.press(key);
  await expect(refund.button('Refund USD 250.00')).toBeVisible();
  for (const key of keys.slice(6)) await page.keyboard.press(key);
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
});

test('the form shows a lost answer as unknown and finds the refund by the same key', async ({ refund, sandbox }) => {
  await refund.open('order_6789');
  const list = await loseNextAnswer(sandbox);
  await refund.requestRefund('42.00', 'USD 42.00');
  await expect(
    refund.heading('We don’t know yet whether this refund went through. Do not refund again.'),
  ).toBeVisible();
  await expect(refund.button('Review refund')).toBeHidden();
  expect(await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789')).toHaveLength(1);

  await list.restoreList();
  await refund.button('Check status').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789')).toHaveLength(1);
});

test('the form keeps the idempotency key over a reload', async ({ refund, sandbox, page }) => {
  await refund.open('order_6789');
  const list = await loseNextAnswer(sandbox);
  await refund.requestRefund('42.00', 'USD 42.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await page.reload();
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await list.restoreList();
  await refund.button('Check status').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await refundsOf(sandbox, 'uqpay', 'PI1234567890123456789')).toHaveLength(1);
});

test('the form makes one refund if the answer is lost between proxy and page', async ({ refund, sandbox, page }) => {
  await refund.open('order_6789');
  let lost = false;
  await page.route('**/refunds/uqpay/v2/payment/refunds', async (route) => {
    if (lost || route.request().method() !== 'POST') return route.fallback();
    lost = true;
    await route.fetch();
    return route.abort('connectionreset');
  });
  await refund.requestRefund('42.00', 'USD 42.00');
  // The proxy's ledger lists the key, so the form follows it without a click.
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
});

test('the form refunds yen without decimals and dinars with three decimals', async ({ refund }) => {
  await refund.open('JP-3311');
  await refund.requestRefund('800', 'JPY 800');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await refund.open('KW-0457');
  await refund.requestRefund('12.345', 'KWD 12.345');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
});

test('the form offers no refund if nothing can be refunded', async ({ refund }) => {
  await refund.open('SG-1043');
  await expect(refund.heading('Nothing can be refunded')).toBeVisible();
  await refund.open('US-5121');
  await expect(refund.form.getByText('not captured')).toBeVisible();
  await expect(refund.button('Review refund')).toBeHidden();
});
