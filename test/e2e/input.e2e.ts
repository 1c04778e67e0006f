import { AxeBuilder } from '@axe-core/playwright';

import { calls, expect, loseNextAnswer, test } from './fixtures.ts';

const BAD_AMOUNTS: readonly (readonly [text: string, message: RegExp])[] = [
  ['', /Enter an amount/],
  ['0', /nothing to refund/],
  ['-5', /sign/],
  ['1e3', /exponent/],
  ['1,5', /decimal separator/],
  ['1.234', /too many decimals/],
  ['9'.repeat(40), /too many digits/],
  ['250.01', /more than can be refunded/],
  ['abc', /not an amount/],
];

test('the form shows errors at the amount field, keeps the typed text, and sends nothing', async ({
  refund,
  sandbox,
}) => {
  await refund.open('order_6789');
  const amount = refund.form.getByLabel('Amount', { exact: true });
  for (const [text, message] of BAD_AMOUNTS) {
    await refund.fill(text);
    await refund.button('Review refund').click();
    await expect(amount).toHaveAttribute('aria-invalid', 'true');
    await expect(amount).toHaveAccessibleDescription(message);
    await expect(amount).toHaveValue(text);
  }
  expect(await calls(sandbox, 'create_refund')).toBe(0);
});

test('the list of faults is silent from the first key that corrects one', async ({ refund, page }) => {
  await refund.open('order_6789');
  await refund.button('Review refund').click();
  const amount = refund.form.getByLabel('Amount', { exact: true });
  await expect(amount).toBeFocused();
  // In the order in which the document changes: a list that is drawn anew first is spoken.
  const changes = refund.form.evaluateHandle((form) => {
    const seen: string[] = [];
    const list = form.shadowRoot!.getElementById('faults')!;
    new MutationObserver((records) =>
      seen.push(...records.map(({ type, attributeName }) => attributeName ?? type)),
    ).observe(list, { attributes: true, childList: true, characterData: true, subtree: true });
    return seen;
  });
  const seen = await changes;
  await page.keyboard.press('7');
  await expect(refund.form.locator('#faults')).not.toContainText('Enter an amount');
  const [first, ...others] = await seen.jsonValue();
  expect(first).toBe('aria-live');
  expect(others.length).toBeGreaterThan(0);
});

test('the form reads Arabic-Indic digits and repeats the exact amount', async ({ refund }) => {
  await refund.open('order_6789');
  await refund.requestRefund('١٢٫٥٠', 'USD 12.50');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
});

/** Colours do not depend on the width, and places do not depend on the colours. */
for (const [colorScheme, width] of [
  ['light', 390],
  ['dark', 1360],
] as const) {
  test(`the form has no accessibility violation, ${colorScheme}, ${width} px wide`, async ({
    refund,
    page,
    sandbox,
  }) => {
    // Five whole pages are examined.
    test.slow();
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 860 });
    const check = async () => {
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
        .analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    };
    await refund.open('KW-10226');
    await check();
    await refund.fill('x');
    await refund.button('Review refund').click();
    await check();
    await refund.requestRefund('30', 'KWD 30.000');
    await refund.button('Split in proportion').click();
    await check();
    await refund.open('order_6789');
    const list = await loseNextAnswer(sandbox);
    await refund.requestRefund('1', 'USD 1.00');
    await expect(refund.heading(/Do not refund again/)).toBeVisible();
    await check();
    await list.restoreList();
    await refund.button('Check status').click();
    await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
    await check();
  });
}
