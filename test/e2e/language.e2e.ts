import { en } from '../../widget/messages/en.ts';
import { expect, test } from './fixtures.ts';

test('a page adds a language with what the built file exports', async ({ refund, page }) => {
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
