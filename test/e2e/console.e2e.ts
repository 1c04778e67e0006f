import type { Page } from '@playwright/test';

import { calls, expect, expectAccessible, refundsOf, test } from './fixtures.ts';

const choice = (page: Page, name: string) => page.getByRole('combobox', { name, exact: true });

test('language, theme and direction are for the whole console, and stay in its address', async ({ page, refund }) => {
  await refund.open('KW-10226');
  await expectAccessible(page);
  // By keyboard only.
  await page.getByRole('button', { name: 'Language and theme' }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(choice(page, 'Language')).toBeFocused();
  await choice(page, 'Language').selectOption({ label: 'العربية' });
  await expect(refund.heading('استرداد مبلغ')).toBeVisible();
  await choice(page, 'المظهر').selectOption('dark');
  await page.keyboard.press('Escape');
  await page.reload();

  const root = page.locator('html');
  await expect(root).toHaveAttribute('lang', 'ar-KW');
  await expect(root).toHaveAttribute('dir', 'rtl');
  await expect(root).toHaveCSS('color-scheme', 'dark');
  await expect(page.getByRole('heading', { name: 'المنتجات' })).toBeVisible();
  await expect(page.locator('.order-head .status')).toHaveText('مدفوع');
  await expect(refund.form.locator('section').first()).toHaveAttribute('dir', 'rtl');
  // Neither the console nor the form keeps a word of English: the rest is data of the merchant and of the provider.
  await expect(page.locator('main')).not.toContainText(/\b(?:Refund|Paid|Order|Amount|Card)\b/);
  await expectAccessible(page);

  await page.goto(page.url().replace('lang=ar', 'lang=ar&dir=ltr'));
  await expect(root).toHaveAttribute('dir', 'ltr');
  await expect(refund.form.locator('section').first()).toHaveAttribute('dir', 'ltr');
  await page.goto(page.url().replace('lang=ar&dir=ltr', 'lang=zh'));
  await expect(page.getByRole('heading', { name: '商品' })).toBeVisible();
  await expect(refund.button('核对退款')).toBeVisible();
});

test('the focus stays in the list, or goes to its heading, when what had it is gone', async ({ page, demo }) => {
  await page.setViewportSize({ width: 360, height: 700 });
  await page.goto(demo.url);
  await page.getByRole('link', { name: 'order_6789' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'order_6789' })).toBeFocused();
  await page.getByRole('link', { name: 'All orders' }).press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeFocused();
  await expectAccessible(page);
  const next = page.getByRole('button', { name: 'Next page' });
  await next.press('Enter');
  await expect(page.getByText('11 to 17 of 17')).toBeVisible();
  await expect(next).toBeFocused();
  await next.press('Enter');
  await expect(page.getByText('11 to 17 of 17')).toBeVisible();
  const search = page.getByLabel('Search orders');
  await search.fill('nothing like this');
  await page.getByRole('button', { name: 'Show all orders' }).press('Enter');
  await expect(search).toBeFocused();
  await expect(search).toHaveValue('');
});

test('the list has filters and pages, and today’s refunds are those of all orders', async ({ page, refund, demo }) => {
  await page.goto(demo.url);
  const rows = page.locator('.list tbody tr');
  await expect(rows).toHaveCount(10);
  await page.getByRole('button', { name: 'Next page' }).click();
  await expect(page.getByText('11 to 17 of 17')).toBeVisible();
  await choice(page, 'Provider').selectOption('UPayments');
  await page.getByLabel('Search orders').fill('kw-1022');
  await expect(rows).toHaveText([/KW-10228/, /KW-10227/, /KW-10226/, /KW-10221/]);
  await page.reload();
  await expect(rows).toHaveCount(4);

  for (const [order, amount] of [
    ['KW-10228', '10'],
    ['KW-10227', '5.5'],
  ] as const) {
    await page.getByRole('link', { name: order }).click();
    await refund.requestRefund(amount, `KWD ${Number(amount).toFixed(3)}`);
    await expect(refund.heading('UPayments accepted the refund')).toBeVisible();
  }
  await choice(page, 'Refund').selectOption('Pending');
  await expect(rows).toHaveText([/KW-10228/, /KW-10227/]);
  await choice(page, 'Refund').selectOption('Not known yet');
  await expect(page.getByText('No order matches.')).toBeVisible();
  await page.getByRole('button', { name: 'Show all orders' }).click();
  await expect(rows).toHaveCount(10);

  await page.getByRole('link', { name: 'Today’s refunds' }).click();
  await expect(page.locator('.today tbody tr')).toHaveText([/KW-10227.*KWD\s5\.500/s, /KW-10228.*KWD\s10\.000/s]);
  await expect(page.locator('.day-sums')).toContainText('15.500');
  await expectAccessible(page);
});

test('a fault is shown as the admin sees it, as the ledger has it, and as the provider did it', async ({
  page,
  refund,
  demo,
  sandbox,
}) => {
  await page.goto(demo.url);
  await page.getByRole('link', { name: 'Lose an answer' }).click();
  await page.getByRole('button', { name: /^Lost, and nobody tells/ }).click();
  await expect(page.getByText('Set. Now refund something.')).toBeVisible();
  await refund.requestRefund('42.00', 'USD 42.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  const ledger = page.getByRole('region', { name: 'What the ledger says' });
  await expect(ledger).toContainText('not known yet');
  await expect(ledger).toContainText('sending → unknown');
  await expect(page.getByRole('region', { name: 'What the provider did' })).toContainText('1 refund');
  await expect(page.getByText('It has met a refund.')).toBeVisible();
  await expectAccessible(page);
  // Nobody tells the proxy, so a person has the time to look at it. The same key settles it although no list can be read.
  await refund.button('Check status, send if not received').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await expect(ledger).toContainText('answered');
  expect(await calls(sandbox, 'create_refund')).toBe(2);
  await expect(page.getByRole('region', { name: 'What the provider did' })).toContainText('1 refund');

  await page.getByRole('button', { name: 'Everything works' }).click();
  await expect(page.getByText('No fault is set.')).toBeVisible();
});

test('a lost answer of UPayments stays unknown until a person settles it', async ({ page, refund, sandbox }) => {
  await refund.open('KW-10231');
  await page.getByRole('link', { name: 'Break it' }).click();
  await page.getByRole('button', { name: /^The answer is lost/ }).click();
  await expect(page.getByText('Set. Now refund something.')).toBeVisible();
  await refund.requestRefund('1', 'KWD 1.000');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await refund.button('Check status').click();
  await expect(refund.form.getByText('still not known')).toBeVisible();
  expect(await calls(sandbox, 'create_refund')).toBe(1);
});

test('a second person is signed in and approves, and a marketplace order names its vendors', async ({
  page,
  refund,
  sandbox,
}) => {
  await refund.open('HK-2207');
  await expect(page.getByText('A refund above HKD 1,000.00 waits for a second person.')).toBeVisible();
  await refund.fill('1200.00');
  await refund.button('Review refund').click();
  await refund.button('Ask for approval of HKD 1,200.00').click();
  await expect(refund.heading('This refund waits for a second person')).toBeVisible();
  await expect(page.locator('.order-head .status')).toHaveText('Waits for approval');
  await choice(page, 'Signed in as').selectOption('basma');
  await refund.button('Decide about HKD 1,200.00').click();
  await refund.button('Approve HKD 1,200.00').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await refundsOf(sandbox, 'uqpay', 'PI2000000000000000002')).toHaveLength(1);

  await refund.open('KW-10226');
  await expect(page.locator('section.hint')).toContainText('Majlis Textiles');
  await refund.requestRefund('30', 'KWD 30.000');
  await expect(refund.form.getByText('Saffron & Co')).toBeVisible();
});

test('what cannot be read is said as that, and never as if nothing were refunded', async ({ page, refund, demo }) => {
  await refund.open('order_6789');
  // Every other order is read before anything goes wrong.
  await page.getByRole('link', { name: 'Today’s refunds' }).click();
  await expect(page.getByText('Nothing was refunded today.')).toBeVisible();
  await page.goto(`${demo.url}#/orders/order_6789/break`);
  await page.getByRole('button', { name: /^Lost, and nobody tells/ }).click();
  await expect(page.locator('.next-fault')).toHaveText(/^\s*Next refund\s*Lost, and nobody tells\s*$/);
  await refund.requestRefund('20.00', 'USD 20.00');
  await refund.button('Check status, send if not received').click();
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();

  // The list of refunds still answers 500, and the form knows more than the console.
  await expect(page.locator('.order-head .status')).toHaveText('Refund pending');
  await expect(page.locator('.next-fault')).toHaveText(/^\s*Still switched on\s*Lost, and nobody tells\s*$/);
  await page.getByRole('link', { name: 'Order', exact: true }).click();
  const region = page.getByRole('region', { name: 'Order', exact: true });
  await expect(region.getByText('The payment could not be read now.')).toBeVisible();
  await expect(region.locator('.timeline li')).toHaveText(/Pending\s+USD\s20\.00/);
  await expect(page.locator('.list tr.chosen .status')).toHaveText('Refund pending');
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Today’s refunds' }).click();
  await expect(page.getByText('1 order could not be read, so its refunds are missing here.')).toBeVisible();
  await expect(page.getByText('No refund is known today.')).toBeVisible();
});

test('a payment that cannot be read is read again by its button, and an answer is told from none', async ({
  page,
  demo,
}) => {
  const region = page.getByRole('region', { name: 'Order', exact: true });
  const again = page.getByRole('button', { name: 'Read it again' });
  const read = '**/refunds/uqpay/payments/*';
  await page.route(read, (route) => route.abort());
  await page.goto(`${demo.url}#/orders/order_6789`);
  await expect(region.getByText('The proxy does not answer.')).toBeVisible();
  await page.unroute(read);
  await page.route(read, (route) => route.fulfill({ status: 500, json: { title: 'No list of refunds' } }));
  await again.click();
  await expect(region.getByText('The payment could not be read now.')).toBeVisible();
  await page.unroute(read);
  await again.click();
  await expect(region.locator('.sums')).toContainText('Paid');
  await expect(again).toHaveCount(0);
});

test('a reloaded page says which part of a fault is still switched on', async ({ page, refund, demo }) => {
  await page.goto(`${demo.url}#/orders/order_6789/break`);
  const lost = page.getByRole('button', { name: /^Lost, and nobody tells/ });
  await lost.click();
  await refund.requestRefund('20.00', 'USD 20.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await page.reload();
  await expect(page.locator('.next-fault')).toContainText('Still switched on');
  await expect(lost).toHaveAttribute('aria-pressed', 'true');
  await expect(page.getByText('It has met a refund.')).toBeVisible();
});

for (const [width, height] of [
  // A window of 1280 by 1024 at 400 % zoom, and a phone with its keyboard.
  [320, 256],
  [390, 520],
] as const) {
  test(`the bar of the sandbox covers nothing that has the focus, at ${width} by ${height}`, async ({
    page,
    refund,
  }) => {
    await page.setViewportSize({ width, height });
    await refund.open('order_6789');
    await page.keyboard.press('Tab');
    const covered: string[] = [];
    const seen: string[] = [];
    // Until the form's button, whatever is before it.
    for (let stops = 0; stops < 40 && seen.at(-1) !== 'Review refund'; stops += 1) {
      const stop = await page.evaluate(() => {
        let active = document.activeElement;
        while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
        const { top, bottom } = active!.getBoundingClientRect();
        const bar = document.querySelector('.sandbox')!;
        const hidden = !bar.contains(active) && bottom > bar.getBoundingClientRect().top && top < innerHeight;
        return { name: active!.id || (active!.textContent ?? '').trim(), hidden };
      });
      seen.push(stop.name);
      if (stop.hidden) covered.push(stop.name);
      await page.keyboard.press('Tab');
    }
    expect(seen).toContain('Review refund');
    expect(covered).toEqual([]);
  });
}

test('the money of a payment has the words and the colours that the form has for it', async ({ page, demo }) => {
  const console = page.locator('.facts');
  const form = page.locator('refund-form');
  const fill = (rect: ReturnType<typeof form.locator>) => rect.evaluate((one) => getComputedStyle(one).fill);
  for (const [lang, paid] of [
    ['en', 'Paid'],
    ['ar', 'المدفوع'],
    ['zh', '已付'],
  ]) {
    await page.goto(`${demo.url}?lang=${lang}&theme=${lang === 'zh' ? 'dark' : 'light'}#/orders/order_6789`);
    await expect(form.locator('.figures dt').first()).toHaveText(paid!);
    const words = await form.locator('.figures dt').allInnerTexts();
    const ours = await console.locator('.sums dt').allInnerTexts();
    // The form leaves out a pending amount of zero.
    expect(ours.toSpliced(2, 1).filter((word) => !words.includes(word))).toEqual([]);
    expect(await fill(console.locator('rect.refunded'))).toBe(await fill(form.locator('.bar rect:not(.open)')));
    expect(await fill(console.locator('rect.pending'))).toBe(await fill(form.locator('.bar .open')));
  }
});
