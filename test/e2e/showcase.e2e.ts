import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';

import { ownPort } from '../runner/ports.ts';
import { expect, RefundPage, test as base } from './fixtures.ts';

const FILES = 'dist/showcase';
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** A plain server of files, in a folder below its root. */
const test = base.extend<{ site: { readonly url: string; readonly asked: string[] } }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
  site: async ({}, use) => {
    if (!existsSync(FILES)) throw new Error('The showcase is not built: run `npm run build:demo` first');
    const asked: string[] = [];
    const folder = '/shop/refunds demo/';
    const server = createServer((request, response) => {
      const name = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname);
      const file = name.startsWith(folder) ? name.slice(folder.length) || 'index.html' : '';
      asked.push(`${request.method} ${file || name}`);
      readFile(path.join(FILES, file)).then(
        (bytes) => response.setHeader('content-type', TYPES[path.extname(file)] ?? '').end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    const port = await ownPort();
    await new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
    await use({ url: `http://127.0.0.1:${port}${encodeURI(folder)}`, asked });
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  },
});

test('the showcase refunds with no server: sandbox, proxy and ledger are in the page, and survive a reload', async ({
  site,
  page,
  context,
}) => {
  const refund = new RefundPage(page, site.url);
  const origins = new Set<string>();
  context.on('request', (request) => origins.add(new URL(request.url()).origin));
  await refund.open('SG-1042');
  await refund.requestRefund('everything', 'SGD 128.40');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await page.getByRole('button', { name: '+ 30 s' }).click();
  await refund.pressIfThere('Check status');
  await expect(refund.heading('UQPAY has carried out the refund')).toBeVisible();
  // The server was asked for files, and nothing else.
  expect(site.asked.filter((line) => !/^GET [\w./-]+\.(?:html|js|css|svg|wasm)$/.test(line))).toEqual([]);

  await page.reload();
  await expect(page.locator('.order-head .status')).toHaveText('Refunded');
  await page.goto(`${site.url}#/orders/order_6789/break`);
  await page.getByRole('button', { name: /^Lost, and nobody tells/ }).click();
  await expect(page.getByText('Set. Now refund something.')).toBeVisible();
  await refund.requestRefund('42.00', 'USD 42.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await expect(page.locator('.provider-refunds')).toContainText('USD 42.00');
  await page.getByRole('button', { name: 'Everything works' }).click();
  await refund.pressIfThere('Check status');
  await expect(refund.heading('UQPAY accepted the refund')).toBeVisible();
  await expect(page.locator('.provider-refunds li')).toHaveCount(1);

  // The ledger belongs to one tab. Another one waits for it, and goes on where it ended.
  const second = await context.newPage();
  await second.goto(`${site.url}#/orders/SG-1042`);
  await expect(second.getByText('The demo is open in another tab')).toBeVisible();
  await page.close();
  await expect(second.locator('.order-head .status')).toHaveText('Refunded');
  await second.goto(`${site.url}#/orders/order_6789`);
  const again = new RefundPage(second, site.url);
  await expect(again.form).toContainText('USD 42.00');
  await second.getByRole('button', { name: 'Start over' }).click();
  // The form has forgotten the refund, too: it is not in the new ledger.
  await expect(again.button('Review refund')).toBeVisible();
  await expect(again.form).not.toContainText('USD 42.00');
  await second.goto(`${site.url}#/orders/SG-1042`);
  await expect(second.locator('.order-head .status')).toHaveText('Paid');

  expect([...origins]).toEqual([new URL(site.url).origin]);
  // A read that a page begins while it is closed may pass the service worker by; a write never does.
  expect(site.asked.filter((line) => !line.startsWith('GET '))).toEqual([]);
});

test('the clock that was moved is that of sandbox and proxy, and goes on after a reload', async ({ site, page }) => {
  const refund = new RefundPage(page, site.url);
  await page.goto(`${site.url}#/orders/order_6789/break`);
  await page.getByRole('button', { name: /^Lost, and nobody tells/ }).click();
  await expect(page.getByText('Set. Now refund something.')).toBeVisible();
  await refund.requestRefund('42.00', 'USD 42.00');
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await page.getByRole('button', { name: '+ 2 days' }).click();
  await expect(page.getByText('The clock was moved ahead.')).toBeVisible();
  const clock = page.locator('.clock time');
  const moved = Date.parse((await clock.getAttribute('datetime'))!);
  // The page is closed for an hour, and the sandbox was kept before that.
  await page.addInitScript(() => {
    const { now } = Date;
    Date.now = () => now() + 3_600_000;
  });
  await page.reload();
  await expect(clock).not.toHaveText('…');
  expect(Date.parse((await clock.getAttribute('datetime'))!) - moved).toBeGreaterThanOrEqual(3_600_000 - 1_000);
  await expect(refund.heading(/Do not refund again/)).toBeVisible();
  await refund.button(/^Check status/).click();
  await expect(refund.form.getByText('still not known')).toBeVisible();
  await expect(page.locator('.provider-refunds li')).toHaveCount(1);
});
