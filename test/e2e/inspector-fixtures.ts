import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { expect, test as base, type Locator, type Page } from '@playwright/test';

import { createSandbox, createSandboxClient, type Sandbox, type SandboxClient } from '../../mock-server/index.ts';

/** 2026-11-02T09:00:00+08:00 */
const START = Date.UTC(2026, 10, 2, 1);

export const INTENT = 'PI1234567890123456789';
export const KNET = 'up20261101knet0000000000000000000000000000000000000000000000000001';

interface Fixtures {
  /** A sandbox only for this test. Its clock stands still, so that nothing happens by itself. */
  readonly sandbox: Sandbox;
  readonly control: SandboxClient;
  readonly inspector: Inspector;
  readonly refund: Refund;
  /** Errors of the page, violations of its policy included. There must be none at the end of each test. */
  readonly pageErrors: string[];
}

/** Refunds at UPayments, as a backend asks for them. @returns the status; a call that is dropped rejects */
type Refund = (amount: number, options?: { readonly order?: string; readonly base?: string }) => Promise<number>;

/** The page as a developer sees it, by its labels and texts. */
export class Inspector {
  readonly page: Page;
  readonly #url: string;

  constructor(page: Page, url: string) {
    this.page = page;
    this.#url = url;
  }

  async open(view = 'Calls', path = '/'): Promise<void> {
    await this.page.goto(`${this.#url}${path}`);
    await expect(this.page.getByText('Live', { exact: true })).toBeVisible();
    await this.show(view);
  }

  async show(view: string): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: view }).click();
    await expect(this.page.getByRole('main', { name: view })).toBeVisible();
  }

  button(name: string | RegExp): Locator {
    return this.page.getByRole('button', { name });
  }

  rows(): Locator {
    return this.page.locator('ol.rows > li');
  }

  said(text: string | RegExp): Promise<void> {
    return expect(this.page.locator('.notice')).toContainText(text);
  }
}

export const test = base.extend<Fixtures>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
  sandbox: async ({}, use) => {
    if (!existsSync('dist/inspector/inspector.js'))
      throw new Error('The inspector is not built: run `npm run build:inspector` first');
    await using sandbox = await createSandbox({ clock: 'frozen', startAt: START });
    await use(sandbox);
  },
  control: async ({ sandbox }, use) => {
    await use(createSandboxClient(sandbox.url));
  },
  inspector: async ({ page, sandbox }, use) => {
    await use(new Inspector(page, sandbox.url));
  },
  refund: async ({ sandbox }, use) => {
    await use(async (amount, { order = KNET, base: start = sandbox.upaymentsUrl } = {}) => {
      const answer = await fetch(`${start}/create-refund`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: 'Bearer jtest123' },
        body: JSON.stringify({ orderId: order, totalPrice: amount }),
      });
      return answer.status;
    });
  },
  pageErrors: [
    async ({ page }, use) => {
      const pageErrors: string[] = [];
      page.on('pageerror', (error) => pageErrors.push(String(error)));
      page.on('console', (message) => {
        // The tests make the sandbox refuse things on purpose.
        if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
          pageErrors.push(message.text());
      });
      await use(pageErrors);
      expect(pageErrors).toEqual([]);
    },
    { auto: true },
  ],
});

/** Runs a command in a shell of its own. @returns what it printed */
export function shell(script: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', script], (error, out) => (error ? reject(error) : resolve(out)));
  });
}

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** Bodies of the webhooks that came. */
  readonly received: readonly string[];
  answerWith(status: number): void;
}

/** A server that webhooks are sent to. */
export async function openReceiver(): Promise<Receiver> {
  const received: string[] = [];
  let status = 200;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
    request.on('end', () => {
      received.push(body);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    received,
    answerWith: (next) => (status = next),
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export { expect };
