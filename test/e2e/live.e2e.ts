import type { BrowserContext, Locator, Page } from '@playwright/test';

import { CHROMIUM_ARGS, ensureChromium } from '../runner/browser.ts';
import { expect, test as base } from './fixtures.ts';
import { openShop, PLAIN, type Shop } from './shop.ts';

const test = base.extend<{ readonly shop: Shop }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
  shop: async ({}, use) => {
    const shop = await openShop(20);
    await use(shop);
    await shop.close();
  },
});

test.use({
  launchOptions: {
    executablePath: ensureChromium(),
    // Playwright disables the back-forward cache, which is on in every real browser.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
    args: [...CHROMIUM_ARGS, `--host-resolver-rules=MAP ${PLAIN} 127.0.0.1`],
  },
});

async function openTab(context: BrowserContext, shop: Shop, payments: readonly string[], host = '127.0.0.1') {
  const page = await context.newPage();
  await page.goto(`http://${host}:${shop.port}/?${new URLSearchParams(payments.map((id) => ['payment', id]))}`);
  // A form opens a stream once the user fills it in.
  for (const payment of payments) await formOf(page, payment).getByLabel('Amount', { exact: true }).fill('1');
  return page;
}

const formOf = (page: Page, payment: string): Locator => page.locator(`refund-form[payment-id="${payment}"]`);

async function requestRefund(form: Locator): Promise<void> {
  await form.getByLabel('Amount', { exact: true }).fill('10.00');
  await form.getByLabel('Reason').selectOption({ label: 'Returned goods' });
  await form.getByRole('button', { name: 'Review refund' }).click();
  await form.getByRole('button', { name: 'Refund USD 10.00' }).click();
  await expect(form.getByRole('heading', { name: 'UQPAY accepted the refund' })).toBeVisible();
}

/** Makes the page hidden or visible. A headless browser shows every tab. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { value, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}

test('ten tabs with two forms each share one status stream, and each form refunds', async ({ context, shop }) => {
  // Ten renderers start at once, perhaps on a slow machine, and the proxy hears of a closed stream when it can.
  test.setTimeout(120_000);
  const SLOW = { timeout: 30_000 };
  const { streams, sandbox } = shop;
  const tabs = await Promise.all(
    Array.from({ length: 10 }, async (_, index) => {
      const payments = shop.payments.slice(2 * index, 2 * index + 2);
      return { payments, page: await openTab(context, shop, payments) };
    }),
  );
  await expect.poll(() => streams.open, SLOW).toBe(1);
  await Promise.all(
    tabs.map(async ({ page, payments }) => {
      for (const payment of payments) await requestRefund(formOf(page, payment));
      // The page also sends more requests than a browser has connections for an origin.
      const answers = await page.evaluate(() =>
        Promise.all(Array.from({ length: 8 }, async () => (await fetch('/own')).status)),
      );
      expect(answers).toEqual(Array.from({ length: 8 }, () => 200));
    }),
  );
  expect(await sandbox.count({ route: 'create_refund' })).toBe(20);
  // The proxy may see a wider stream start before the earlier one ends.
  expect(streams.open).toBe(1);
  expect(streams.maximum).toBeLessThanOrEqual(2);

  for (const { page } of tabs.slice(1)) await hide(page, true);
  await expect.poll(() => streams.open, SLOW).toBe(1);
  await hide(tabs[0]!.page, true);
  await expect.poll(() => streams.open, SLOW).toBe(0);
  for (const { page } of tabs) await hide(page, false);
  await expect.poll(() => streams.open, SLOW).toBe(1);

  // Forms with a stream poll only once a minute, so this change must reach them through the stream.
  await shop.settleAll();
  for (const { page, payments } of tabs) {
    for (const payment of payments)
      await expect(
        formOf(page, payment).getByRole('heading', { name: 'UQPAY has carried out the refund' }),
      ).toBeVisible();
  }

  // Each success may still be reversed, and must not go on being called one.
  await expect.poll(() => streams.open, SLOW).toBe(1);
});

test('a page closes its stream in the back-forward cache and opens it again afterwards', async ({ context, shop }) => {
  const page = await openTab(context, shop, shop.payments.slice(0, 1));
  await expect.poll(() => shop.streams.open).toBe(1);
  await page.evaluate(() => addEventListener('pageshow', ({ persisted }) => (document.title = `back ${persisted}`)));
  await page.goto('about:blank');
  await expect.poll(() => shop.streams.open).toBe(0);
  await page.goBack({ waitUntil: 'commit' });
  await expect(page).toHaveTitle('back true');
  await expect.poll(() => shop.streams.open).toBe(1);
});

for (const host of ['127.0.0.1', PLAIN]) {
  test(`another tab takes over the stream of a killed tab on ${host}`, async ({ context, shop }) => {
    const [payment = '', other = ''] = shop.payments;
    const first = await openTab(context, shop, [payment], host);
    expect(await first.evaluate(() => 'locks' in navigator)).toBe(host !== PLAIN);
    await expect.poll(() => shop.streams.open).toBe(1);
    const second = await openTab(context, shop, [other], host);
    const session = await context.newCDPSession(first);
    const crash = first.waitForEvent('crash');
    void session.send('Page.crash').catch(() => undefined);
    await crash;
    await expect.poll(() => shop.streams.open).toBe(0);
    await expect.poll(() => shop.streams.open, { timeout: 15_000 }).toBe(1);
    await requestRefund(formOf(second, other));
    await second.close();
    await expect.poll(() => shop.streams.open).toBe(0);
  });
}
