import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';

import { en } from '../../widget/messages/en.ts';
import { expect, test, type RefundPage } from './fixtures.ts';

test('a page can add a language with an export of the built file', async ({ refund, page }) => {
  await refund.open('order_6789');
  const messages = Object.fromEntries(Object.entries(en).map(([key, text]) => [key, `fr ${text}`]));
  await page.evaluate(async (texts) => {
    const script = document.querySelector<HTMLScriptElement>('script[src*="refund-form"]')!;
    const built = (await import(script.src)) as { registerLocale: (catalogue: object) => void };
    built.registerLocale({ lang: 'fr', dir: 'ltr', messages: texts });
    document.querySelector('refund-form')!.setAttribute('locale', 'fr');
  }, messages);
  await expect(refund.button('fr Review refund')).toBeVisible();
  await expect(refund.form.getByText('USD 250.00')).toHaveCount(0);
  await expect(refund.form.getByText(/250,00/).first()).toBeVisible();
});

/** Loads a built language file, as a page does that serves it next to the form. */
async function setLanguage(page: Page, name: string, locale: string): Promise<void> {
  await page.route('**/locales/*.js', (route) =>
    route.fulfill({ path: `dist/widget/locales/${name}.js`, contentType: 'text/javascript' }),
  );
  await page.evaluate(async (url) => void (await import(url)), `/locales/${name}.js`);
  await page.locator('refund-form').evaluate((form, tag) => form.setAttribute('locale', tag), locale);
}

async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .include('refund-form')
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** The left and right edge of the text within the window. */
async function edges(refund: RefundPage, text: string): Promise<{ left: number; right: number }> {
  return refund.form
    .getByText(text)
    .first()
    .evaluate((element) => {
      const range = document.createRange();
      range.selectNodeContents(element);
      const { left, right } = range.getBoundingClientRect();
      return { left, right };
    });
}

test('the Arabic form runs from right to left and refunds an amount typed in Arabic digits', async ({
  refund,
  page,
}) => {
  await refund.open('order_6789');
  await setLanguage(page, 'ar', 'ar-KW');
  const form = page.locator('refund-form section');
  await expect(form.first()).toHaveAttribute('dir', 'rtl');
  await expect(form.first()).toHaveAttribute('lang', 'ar');
  const box = (await refund.form.boundingBox())!;
  const title = await edges(refund, 'استرداد مبلغ');
  expect(box.x + box.width - title.right).toBeLessThan(title.left - box.x);
  await expectAccessible(page);
  await refund.form.getByLabel('المبلغ', { exact: true }).fill('١٢٫٥٠');
  await refund.form.getByLabel('السبب').selectOption({ label: 'بضاعة مرتجعة' });
  await refund.button('مراجعة الاسترداد').click();
  await expectAccessible(page);
  const confirm = refund.button(/^استرداد /);
  // The button must show the currency and the digits in the same order as the summary.
  await expect(confirm).toContainText('١٢٫٥٠');
  await confirm.click();
  await expect(refund.heading('قبلت UQPAY طلب الاسترداد')).toBeVisible();
  await expectAccessible(page);
});

test('the form finds Chinese by a regional tag and makes a refund', async ({ refund, page }) => {
  await refund.open('order_6789');
  await setLanguage(page, 'zh', 'zh-CN');
  await refund.form.getByRole('radio', { name: /^全部/ }).check();
  await refund.form.getByLabel('原因').selectOption({ label: '商品退回' });
  await refund.button('核对退款').click();
  await refund.button(/^退款 /).click();
  await expect(refund.heading('UQPAY 已受理退款')).toBeVisible();
  await expectAccessible(page);
});

test('the reason that the provider records stays English', async ({ refund, page, sandbox }) => {
  await refund.open('order_6789');
  await setLanguage(page, 'ar', 'ar');
  await refund.form.getByLabel('المبلغ', { exact: true }).fill('5');
  await refund.form.getByLabel('السبب').selectOption({ label: 'دفع مكرر' });
  await refund.button('مراجعة الاسترداد').click();
  await refund.button(/^استرداد /).click();
  await expect(refund.heading('قبلت UQPAY طلب الاسترداد')).toBeVisible();
  const calls = await sandbox.journal({ route: 'create_refund' });
  expect(JSON.stringify(calls)).toContain('Paid twice');
});
