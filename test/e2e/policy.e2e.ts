import { readFileSync } from 'node:fs';

import { expect, refundsOf, test } from './fixtures.ts';

/** The exact policy of the page about embedding. */
const POLICY = /^Content-Security-Policy: (script-src .+)$/m.exec(readFileSync('docs/embedding.md', 'utf8'))?.[1];
const PAYMENT = 'PI2000000000000000001';

test('the form works under the strict content security policy of docs/embedding.md', async ({
  demo,
  refund,
  sandbox,
  page,
  pageErrors,
}) => {
  expect(POLICY).toBeDefined();
  const violations: string[] = [];
  await page.exposeFunction('tellViolation', (violation: string) => violations.push(violation));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, sourceFile, sample }) => {
      const { tellViolation } = globalThis as unknown as { tellViolation: (violation: string) => void };
      tellViolation(`${violatedDirective} ${sourceFile} ${sample}`);
    });
  });
  // A merchant's page with only the built file and the element, on the server of the proxy.
  await page.route(`${demo.url}strict`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      headers: { 'content-security-policy': POLICY ?? '' },
      body: `<!doctype html><html lang="en"><title>Refund</title><script type="module" src="/refund-form.js"></script>
        <refund-form provider="uqpay" endpoint="/refunds/uqpay" payment-id="${PAYMENT}"></refund-form></html>`,
    }),
  );
  await page.goto(`${demo.url}strict`);
  await refund.requestRefund('everything', 'SGD 128.40');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  expect(await refundsOf(sandbox, 'uqpay', PAYMENT)).toHaveLength(1);
  expect(violations).toEqual([]);

  // This proves that the policy was active: a forbidden action fails, and the listener reports it.
  expect(pageErrors).toEqual([]);
  const forbidden = page.evaluate(() => {
    document.createElement('script').textContent = 'document.title = "run"';
  });
  await expect(forbidden).rejects.toThrow('TrustedScript');
  await expect.poll(() => violations).toHaveLength(1);
  pageErrors.length = 0;
});
