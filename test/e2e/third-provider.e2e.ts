import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';

import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { createRefundProxy, nodeHandler, SqliteLedger } from '../../proxy/index.ts';
import { testpay as sandboxPay } from '../mock-server/support/testpay.ts';
import { testpay } from '../proxy/support/testpay.ts';
import { expect, RefundPage, test as base } from './fixtures.ts';

const FILES: Readonly<Record<string, () => string>> = {
  '/refund-form.js': () => readFileSync('dist/widget/refund-form.js', 'utf8'),
  '/testpay.js': () => stripTypeScriptTypes(readFileSync('test/widget/support/testpay.ts', 'utf8')),
};
const PAGE = `<!doctype html><html lang="en"><title>Refund</title><main></main><script type="module">
import { registerProvider } from '/refund-form.js';
import { testpay } from '/testpay.js';
registerProvider('testpay', testpay);
document.querySelector('main').innerHTML =
  '<refund-form provider="testpay" endpoint="/testpay" payment-id="pay-1"></refund-form>';
</script></html>`;

const test = base.extend<{ shop: { readonly url: string; readonly sandboxUrl: string } }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright wants a pattern
  shop: async ({}, use) => {
    const sandbox = await createSandbox({ providers: [sandboxPay] });
    const ledger = new SqliteLedger({ file: ':memory:' });
    const proxy = createRefundProxy({
      basePath: '/testpay',
      provider: testpay(`${sandbox.url}/testpay`),
      ledger,
      orders: async (id) => (id === 'pay-1' ? { payment_id: id, currency: 'JPY', captured: '1000' } : undefined),
      authorize: async () => ({ user: 'admin-1' }),
    });
    const handle = nodeHandler(proxy);
    const server = createServer((incoming, outgoing) => {
      const url = incoming.url ?? '/';
      if (url.startsWith('/testpay/') || url === '/testpay') return handle(incoming, outgoing);
      const type = FILES[url] ? 'text/javascript' : 'text/html';
      return outgoing.writeHead(200, { 'content-type': type }).end(FILES[url]?.() ?? PAGE);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await use({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, sandboxUrl: sandbox.url });
    await proxy.close();
    server.close();
    server.closeAllConnections();
    await ledger.close();
    await sandbox.close();
  },
});

test('a provider of this test makes a refund from the form to the sandbox', async ({ page, shop }) => {
  const refund = new RefundPage(page, shop.url);
  await page.goto(shop.url);
  await refund.form.getByLabel('Amount', { exact: true }).fill('400');
  await refund.button('Review refund').click();
  await refund.button('Refund JPY 400').click();
  await expect(refund.heading('Testpay accepted the refund')).toBeVisible();
  const control = createSandboxClient<'testpay'>(shop.sandboxUrl);
  expect((await control.health()).rows['testpay_refunds']).toBe(1);
  await control.advance('PT1M');
  await refund.check('Testpay has carried out the refund');
});
