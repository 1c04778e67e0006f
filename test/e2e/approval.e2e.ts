import type { Browser } from '@playwright/test';

import { calls, expect, RefundPage, refundsOf, test } from './fixtures.ts';

const ORDER = 'HK-2207';
const PAYMENT = 'PI2000000000000000002';

async function ask(refund: RefundPage, amount = 'HKD 1,200.00') {
  await refund.button('Review refund').click();
  await refund.button(`Ask for approval of ${amount}`).click();
  await expect(refund.heading('This refund waits for a second person')).toBeVisible();
}

async function openAsBasma(browser: Browser, url: string, order = ORDER) {
  const context = await browser.newContext();
  await context.addCookies([{ name: 'demo-user', value: 'basma', url }]);
  const second = new RefundPage(await context.newPage(), url);
  await second.open(order);
  return { context, second };
}

test('one person asks and another one approves: the same refund goes out once, and both see it', async ({
  browser,
  demo,
  refund,
  sandbox,
}) => {
  await refund.open(ORDER);
  await refund.fill('1200.00');
  await expect(refund.form.getByText('A second person must approve a refund above HKD 1,000.00')).toBeVisible();
  await ask(refund);
  expect(await calls(sandbox, 'create_refund')).toBe(0);

  const { context, second } = await openAsBasma(browser, demo.url);
  await expect(second.form.getByText('demo-admin asks to refund HKD 1,200.00')).toBeVisible();
  await second.button('Decide about HKD 1,200.00').click();
  await expect(second.form.getByText('Returned goods')).toBeVisible();
  await second.button('Approve HKD 1,200.00').click();
  await expect(second.heading('UQPAY accepted the refund')).toBeVisible();

  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  expect(await refundsOf(sandbox, 'uqpay', PAYMENT)).toMatchObject([{ amount: '1200.00' }]);
  await context.close();
});

test('one person asks and another one declines: nothing goes out, and the first one reads by whom and why', async ({
  browser,
  demo,
  refund,
  sandbox,
}) => {
  await refund.open(ORDER);
  await refund.fill('1200.00');
  await ask(refund);
  // The person who asked opens the order again, and is not offered to decide.
  await refund.page.reload();
  await expect(refund.heading('This refund waits for a second person')).toBeVisible();
  await expect(refund.button('Decide about')).toHaveCount(0);

  const { context, second } = await openAsBasma(browser, demo.url);
  await second.button('Decide about HKD 1,200.00').click();
  await second.button('Decline').click();
  await second.form.getByLabel('Why?').fill('Ask the shop first');
  await second.button('Decline HKD 1,200.00').click();
  await expect(second.form.getByText('It was declined, and nothing was sent.')).toBeVisible();

  await expect(refund.form.getByText('It was declined, and nothing was sent.')).toBeVisible();
  await expect(refund.form.getByRole('alert').getByText('basma says: Ask the shop first')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(0);
  await context.close();
});

test('a payment of several vendors is approved in two steps: whose it is, and how it is divided', async ({
  browser,
  demo,
  refund,
  sandbox,
}) => {
  // Two requests of one person and two decisions of another one.
  test.slow();
  const amount = 'KWD 60.000';
  await refund.open('KW-10226');
  await refund.fill('60');
  await ask(refund, amount);

  const { context, second } = await openAsBasma(browser, demo.url, 'KW-10226');
  const approve = async () => {
    await second.button(`Decide about ${amount}`).click();
    await second.button(`Approve ${amount}`).click();
  };
  await approve();
  await expect(second.form.getByText('Whoever asked for it divides it now')).toBeVisible();

  await expect(refund.heading(`Divide ${amount} over the vendors`)).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  await refund.button('Split in proportion').click();
  // A reload loses nothing of it, and nobody has to approve the first step again.
  await refund.page.reload();
  await refund.button('Review refund').click();
  await refund.button(`Refund ${amount}`).click();
  await expect(refund.heading(`Divide ${amount} over the vendors`)).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  await expect(refund.form.getByRole('textbox', { name: /^Amount for/ }).first()).toHaveValue('40.000');
  await refund.button('Review refunds').click();
  await refund.button(`Ask for approval of ${amount}`).click();
  await expect(refund.heading('This refund waits for a second person')).toBeVisible();
  expect(await calls(sandbox, 'create_multivendor_refund')).toBe(0);

  await second.page.reload();
  await approve();
  await expect(second.heading('What became of each vendor’s refund')).toBeVisible();
  await expect(refund.heading('What became of each vendor’s refund')).toBeVisible();
  expect(await calls(sandbox, 'create_multivendor_refund')).toBe(1);
  await context.close();
});

test('a colleague settles a refund whose answer another browser has lost, and that browser goes on by itself', async ({
  browser,
  demo,
  refund,
  sandbox,
}) => {
  await refund.open('KW-10231');
  await sandbox.scenario('drop_after_commit');
  await refund.requestRefund('1', 'KWD 1.000');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();

  const { context, second } = await openAsBasma(browser, demo.url, 'KW-10231');
  await expect(second.form.getByText('KWD 1.000 Not known. Do not refund it again.')).toBeVisible();
  await second.form.getByText('UPayments told me what happened').click();
  await second.form.getByLabel('What happened').selectOption('The customer has the money');
  await second.form.getByLabel('How you know it').fill('Dashboard of UPayments, 03:10');
  await second.form.getByLabel('I have asked UPayments').check();
  await second.button('Record this').click();
  await expect(second.form.getByText('Do not refund it again')).toHaveCount(0);
  await expect(second.form.getByText('KWD 1.000').first()).toBeVisible();
  await expect(second.heading('Refund')).toBeFocused();

  await expect(refund.heading('Refunded')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  await context.close();
});
