import type { Page } from '@playwright/test';

import { calls, expect, expectAccessible, RefundPage, refundsOf, test } from './fixtures.ts';

const ORDER = 'PI1234567890123456789';
const fault = (page: Page, name: string) => page.getByRole('button', { name: new RegExp(`^${name}`) });
const nextFault = (page: Page) => page.locator('.next-fault');

/** Another tab is shown, and this one again: Playwright shows all of them always. */
const showAgain = (page: Page) => page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));

async function setFault(page: Page, name: string): Promise<void> {
  await fault(page, name).click();
  await expect(page.getByText('Set. Now refund something.')).toBeVisible();
}

test('a key that the provider has forgotten is not sent again: one clock is moved for both', async ({
  page,
  refund,
  demo,
  sandbox,
}) => {
  await page.goto(`${demo.url}#/orders/order_6789/break`);
  await setFault(page, 'Lost, and nobody tells');
  await refund.requestRefund('5.00', 'USD 5.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await page.getByRole('button', { name: '+ 2 days' }).click();
  await expect(page.getByText('The clock was moved ahead.')).toBeVisible();
  await refund.button(/^Check status/).click();
  await expect(refund.form.getByText('still not known')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);

  // The list tells it, once it can be read.
  await page.getByRole('button', { name: 'Everything works' }).click();
  await expect(page.getByText('No fault is set.')).toBeVisible();
  await refund.check('UQPAY has carried out the refund');
  expect(await refundsOf(sandbox, 'uqpay', ORDER)).toHaveLength(1);
});

test('what is refunded after the clock was moved is among the refunds of that day', async ({ page, refund }) => {
  await refund.open('order_6789');
  await page.getByRole('button', { name: '+ 2 days' }).click();
  await expect(page.getByText('The clock was moved ahead.')).toBeVisible();
  await refund.requestRefund('5.00', 'USD 5.00');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await page.getByRole('link', { name: 'Today’s refunds' }).click();
  await expect(page.locator('.today tbody tr')).toHaveText([/order_6789.*USD\s5\.00/s]);
});

test('webhooks arrive after the clock was moved', async ({ page, refund, demo, sandbox }) => {
  await page.goto(`${demo.url}#/orders/order_6789`);
  await page.getByLabel('Webhooks arrive').check();
  await page.getByRole('button', { name: '+ 2 days' }).click();
  await expect(page.getByText('The clock was moved ahead.')).toBeVisible();
  await refund.requestRefund('5.00', 'USD 5.00');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await page.getByRole('button', { name: '+ 30 s' }).click();
  await expect(refund.heading('UQPAY has carried out the refund')).toBeVisible();
  const sent = await sandbox.webhooks({ provider: 'uqpay' });
  expect(sent.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
});

test('a fault is set for one order, and claimed on no other', async ({ page, demo }) => {
  await page.goto(`${demo.url}#/orders/US-5120/break`);
  await setFault(page, 'Fails at once');
  await expect(nextFault(page)).toContainText('Fails at once');
  for (const other of ['KW-0457', 'KW-10228']) {
    await page.goto(`${demo.url}#/orders/${other}/break`);
    await expect(page.getByRole('heading', { level: 1, name: other })).toBeVisible();
    await expect(page.getByText('No fault is set.')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Everything works' })).toHaveAttribute('aria-pressed', 'true');
    await expect(nextFault(page)).toHaveText(/^\s*Next refund\s*Everything works\s*$/);
  }
  await page.goto(`${demo.url}#/orders/US-5120/break`);
  await expect(fault(page, 'Fails at once')).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('Set. Now refund something.')).toBeVisible();
});

test('a fault for every payment says on another order that a part of it is on, and not that it met a refund', async ({
  page,
  refund,
  demo,
}) => {
  await page.goto(`${demo.url}#/orders/order_6789/break`);
  await setFault(page, 'Lost, and nobody tells');
  await refund.requestRefund('5.00', 'USD 5.00');
  await expect(page.getByText('It has met a refund.')).toBeVisible();
  await page.goto(`${demo.url}#/orders/US-5120/break`);
  await expect(page.getByText('A part of it is still switched on.')).toBeVisible();
});

test('a fault that was used up is the next refund’s no more', async ({ page, refund, demo }) => {
  await page.goto(`${demo.url}#/orders/JP-3311/break`);
  await setFault(page, 'Fails at once');
  await expect(nextFault(page)).toContainText('Fails at once');
  await refund.requestRefund('100', 'JPY 100');
  await expect(page.getByText('It has met a refund.')).toBeVisible();
  await expect(nextFault(page)).toHaveText(/^\s*Next refund\s*Everything works\s*$/);
});

test('what another tab has changed in the sandbox is shown, and a fault that it ended has met nothing', async ({
  page,
  context,
  demo,
}) => {
  await page.goto(`${demo.url}#/orders/order_6789/break`);
  await page.getByLabel('Webhooks arrive').check();
  const clock = page.locator('.clock time');
  await expect(clock).not.toHaveText('…');
  const before = Date.parse((await clock.getAttribute('datetime'))!);
  const other = await context.newPage();
  await other.goto(page.url());
  await expect(other.getByLabel('Webhooks arrive')).toBeChecked();
  await other.getByLabel('Webhooks arrive').uncheck();
  await other.getByRole('button', { name: '+ 4 h' }).click();
  await setFault(other, 'Error 500 The');

  await showAgain(page);
  await expect(page.getByLabel('Webhooks arrive')).not.toBeChecked();
  await expect(page.getByText('Webhooks are switched off below')).toBeVisible();
  await expect(nextFault(page)).toContainText('Error 500');
  await expect(fault(page, 'Error 500 The')).toHaveAttribute('aria-pressed', 'true');
  expect(Date.parse((await clock.getAttribute('datetime'))!) - before).toBeGreaterThanOrEqual(4 * 3_600_000);

  await page.getByRole('button', { name: 'Everything works' }).click();
  await expect(other.getByText('No fault is set.')).toBeVisible();
  await expect(nextFault(other)).toHaveText(/^\s*Next refund\s*Everything works\s*$/);
});

test('an address that cannot be decoded is that of the list', async ({ page, demo }) => {
  for (const hash of ['#/orders/%', '#%', '#/orders/50%/break']) {
    await page.goto('about:blank');
    await page.goto(demo.url + hash);
    await expect(page.getByRole('heading', { name: 'Choose an order' })).toBeVisible();
  }
  await page.goto(`${demo.url}#/orders/order_6789`);
  await expect(page.getByRole('heading', { level: 1, name: 'order_6789' })).toBeVisible();
  await page.goto(`${demo.url}#/orders/order_6789%`);
  await expect(page.getByRole('heading', { name: 'Choose an order' })).toBeVisible();
});

test('a review ends with the reason when another tab has signed in as somebody else', async ({
  page,
  refund,
  context,
  demo,
  sandbox,
}) => {
  await refund.open('order_6789');
  await refund.fill('2.00');
  await refund.button('Review refund').click();
  const other = await context.newPage();
  await other.goto(demo.url);
  await other.getByRole('combobox', { name: 'Signed in as' }).selectOption('basma');
  await refund.button('Refund USD 2.00').click();
  // The console is drawn again once it knows, and the form keeps its word.
  await expect(page.getByRole('combobox', { name: 'Signed in as' })).toHaveValue('basma');
  await expect(refund.form.getByText('Somebody else has signed in.')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(0);
  // What the other one has typed is not hers.
  await refund.fill('2.00');
  await refund.button('Review refund').click();
  await refund.button('Refund USD 2.00').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
});

test('a refund of another window reaches today’s refunds, and so does what becomes of it', async ({
  page,
  context,
  demo,
}) => {
  await page.goto(`${demo.url}#/today`);
  await expect(page.getByText('Nothing was refunded today.')).toBeVisible();
  const other = new RefundPage(await context.newPage(), demo.url);
  await other.open('order_6789');
  await other.requestRefund('2.00', 'USD 2.00');
  await expect(other.heading('UQPAY accepted the refund')).toBeVisible();
  const row = page.locator('.today tbody tr');
  await expect(row).toHaveText(/Pending.*USD\s2\.00/s, { timeout: 20_000 });
  await other.page.getByRole('button', { name: '+ 4 h' }).click();
  await expect(other.heading('has carried out')).toBeVisible();
  await expect(row).toHaveText(/Refunded.*USD\s2\.00/s, { timeout: 20_000 });
});

test('after a reset of the sandbox the console says what it no longer has, and starts over', async ({
  page,
  refund,
  sandbox,
}) => {
  for (const [order, amount, text] of [
    ['order_6789', '4.00', 'USD 4.00'],
    ['KW-10228', '10', 'KWD 10.000'],
  ] as const) {
    await refund.open(order);
    await refund.requestRefund(amount, text);
    await expect(refund.heading(/accepted the refund/)).toBeVisible();
  }
  await showAgain(page);
  await page.getByRole('button', { name: '+ 2 days' }).click();
  await expect(page.getByText('The clock was moved ahead.')).toBeVisible();
  const gone = page.getByText('it no longer has');
  await expect(gone).toHaveCount(0);

  await sandbox.reset();
  await showAgain(page);
  await expect(page.getByRole('alert')).toContainText('it no longer has 2 refunds');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Start over' }).click();
  await expect(refund.button('Review refund')).toBeVisible();
  await expect(page.locator('.order-head .status')).toHaveText('Paid');
  await expect(gone).toHaveCount(0);
  await refund.requestRefund('10', 'KWD 10.000');
  await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
});

test('a dispute stays open after its fault, is named, and can be closed', async ({ page, refund, demo }) => {
  await page.goto(`${demo.url}#/orders/order_6789/break`);
  await setFault(page, 'A dispute');
  await refund.requestRefund('2.00', 'USD 2.00');
  await expect(page.getByText('It has met a refund.')).toBeVisible();
  await page.getByRole('button', { name: 'Everything works' }).click();
  await expect(page.getByText('No fault is set.')).toBeVisible();
  await expect(page.getByText('The customer still disputes this payment')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Close the dispute' }).click();
  await expect(page.getByText('The customer still disputes this payment')).toHaveCount(0);
  await page.goto(`${demo.url}#/orders/order_6789`);
  await refund.requestRefund('2.00', 'USD 2.00');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
});
