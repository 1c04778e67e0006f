import { connect, createServer, type Socket } from 'node:net';

import { expect, test } from '@playwright/test';

import { openShop } from './shop.ts';

/**
 * A browser sends a POST again by itself when the connection that it has kept open breaks before the answer. No page can
 * switch that off. If the first expectation fails with a new browser, that browser has stopped doing so.
 */

/** A browser repeats nothing on a connection that has carried no answer yet, and may send on one where it has no other. */
const KEPT = 3;

/**
 * Passes everything on, and breaks the connection of the first POSTs as soon as their answer comes. Requests for
 * `?kept` wait for each other, so that each has a connection of its own, which is kept open afterwards.
 */
async function breakingRelay(port: number, isLost: (head: string, posts: number) => boolean) {
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let posts = 0;
  const server = createServer((browser) => {
    const upstream = connect(port, '127.0.0.1');
    let breaks = false;
    for (const socket of [browser, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        browser.destroy();
        upstream.destroy();
      });
    }
    browser.on('data', (chunk) => {
      const [head = ''] = chunk.toString('latin1').split('\r\n', 1);
      if (head.startsWith('POST ')) breaks = isLost(head, (posts += 1));
      if (head.includes('?kept')) waiting.push(() => upstream.write(chunk));
      else upstream.write(chunk);
      if (waiting.length === KEPT) for (const send of waiting.splice(0)) send();
    });
    upstream.on('data', (chunk) => {
      if (breaks) browser.resetAndDestroy();
      else browser.write(chunk);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The relay listens on no port');
  return {
    url: `http://127.0.0.1:${address.port}/`,
    posts: () => posts,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test('what the browser itself sends twice is one refund', async ({ page }) => {
  const shop = await openShop(1);
  const isLost = (head: string, posts: number) => head.includes('/v2/payment/refunds') && posts < 3;
  const relay = await breakingRelay(shop.port, isLost);
  try {
    await page.goto(`${relay.url}?payment=${shop.payments[0]}`);
    const form = page.locator('refund-form');
    await form.getByLabel('Amount', { exact: true }).fill('10.00');
    await form.getByLabel('Reason').selectOption({ label: 'Returned goods' });
    await form.getByRole('button', { name: 'Review refund' }).click();
    await page.evaluate(async (kept) => {
      const answers = await Promise.all(Array.from({ length: kept }, (_, each) => fetch(`/?kept=${each}`)));
      await Promise.all(answers.map((answer) => answer.text()));
    }, KEPT);
    await form.getByRole('button', { name: 'Refund USD 10.00' }).click();
    await expect(form.getByRole('heading', { name: 'UQPAY accepted the refund' })).toBeVisible();
    expect(relay.posts()).toBeGreaterThan(1);
    expect(await shop.sandbox.count({ route: 'create_refund' })).toBe(1);
  } finally {
    relay.close();
    await shop.close();
  }
});
