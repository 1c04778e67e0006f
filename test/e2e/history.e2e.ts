import type { Browser } from '@playwright/test';

import { calls, expect, refundsOf, test, type RefundPage } from './fixtures.ts';

const PAYMENT = 'up20261101knet0000000000000000000000000000000000000000000000000001';

/** Makes a refund, and opens its order in another browser, which shares no storage. */
async function refundAndOpenElsewhere(refund: RefundPage, browser: Browser, url: string) {
  await refund.open('KW-10228');
  await refund.requestRefund('10', 'KWD 10.000');
  await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${url}#/orders/KW-10228`);
  return { context, form: page.locator('refund-form') };
}

test('a colleague cancels a refund from the list, and the form of the first admin follows', async ({
  refund,
  sandbox,
  browser,
  demo,
}) => {
  const { context, form } = await refundAndOpenElsewhere(refund, browser, demo.url);
  await expect(form.getByText('Refunds of this payment (1)')).toBeVisible();
  const row = form.getByRole('listitem').filter({ hasText: '10.000' });
  await expect(row).toContainText('Pending');
  await expect(row).toContainText('by demo-admin');
  await row.getByRole('button', { name: /^Cancel refund / }).click();
  await expect(form.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await form.getByRole('button', { name: 'Cancel KWD 10.000' }).click();
  await expect(row).toContainText('Cancelled');
  await expect(refund.heading('The refund was cancelled')).toBeVisible();
  const rows = await refundsOf(sandbox, 'upayments', PAYMENT);
  expect(rows.filter((one) => one['refund_status'] === 'INITIATED')).toEqual([]);
  expect(await calls(sandbox, 'create_refund')).toBe(1);
  await context.close();
});

test('two admins who cancel the same refund send one cancel to the provider', async ({
  refund,
  sandbox,
  browser,
  demo,
  page,
}) => {
  const { context, form } = await refundAndOpenElsewhere(refund, browser, demo.url);
  // Neither cancel leaves before both were confirmed: otherwise the second button may be gone before it is pressed.
  let release = () => {};
  const bothSent = new Promise<void>((resolve) => (release = resolve));
  let sent = 0;
  for (const target of [page, context]) {
    await target.route('**/delete-refund', async (route) => {
      sent += 1;
      if (sent === 2) release();
      await bothSent;
      await route.continue();
    });
  }
  await form.getByRole('button', { name: /^Cancel refund / }).click();
  await refund.button('Cancel refund').click();
  await Promise.all([
    form.getByRole('button', { name: 'Cancel KWD 10.000' }).click(),
    refund.button('Cancel KWD 10.000').click(),
  ]);
  await expect(refund.heading('The refund was cancelled')).toBeVisible();
  await expect(form.getByRole('listitem')).toContainText('Cancelled');
  expect(await sandbox.count({ route: 'delete_refund' })).toBe(1);
  await context.close();
});

test('a receipt is built under the page’s content security policy, with the merchant’s logo', async ({
  refund,
  page,
}) => {
  await refund.open('KW-10228');
  await page.evaluate(() => {
    const logo = document.createElement('img');
    logo.slot = 'receipt';
    logo.src = '/icon.svg';
    const form = document.querySelector('refund-form')!;
    form.append(logo);
    new MutationObserver((records) => {
      for (const node of records.flatMap(({ addedNodes }) => [...addedNodes])) {
        if (!(node instanceof HTMLIFrameElement)) continue;
        node.contentWindow!.print = () => {
          const { body, images, adoptedStyleSheets } = node.contentDocument!;
          const [size] = Array.from(images, ({ naturalWidth }) => naturalWidth);
          const printed = [body.innerText, size! > 0, getComputedStyle(body).fontSize, adoptedStyleSheets.length];
          Object.assign(globalThis, { printed });
        };
      }
    }).observe(form.shadowRoot!, { childList: true });
  });
  await refund.requestRefund('10', 'KWD 10.000');
  await refund.button(/^Print receipt/).click();
  const printed = () =>
    page.evaluate(() => (globalThis as { printed?: readonly [string, boolean, string, number] }).printed);
  await expect.poll(printed).toBeTruthy();
  const [text, hasLogo, fontSize, sheets] = (await printed())!;
  expect(text).toMatch(/KWD\s10\.000/);
  expect([hasLogo, fontSize, sheets]).toEqual([true, '14px', 1]);
  expect(text).toContain('Pending');
  expect(text).not.toContain('Refunded');
});
