import { existsSync } from 'node:fs';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, test as base, type Locator, type Page } from '@playwright/test';

import { startDemo, type Demo } from '../../demo/start.ts';
import { createSandboxClient, type SandboxClient } from '../../mock-server/index.ts';
import { ownPort } from '../runner/ports.ts';

/**
 * When the world of a test begins: a morning in its pages' time zone. A test that moves the clock ahead by hours stays
 * within the day, at whatever hour it runs.
 */
const MORNING = Date.parse('2026-11-12T09:00+03:00');

/** A console, a proxy and a sandbox only for this test. */
export interface World {
  readonly demo: Demo;
  readonly sandbox: SandboxClient;
}

export interface Fixtures {
  readonly refund: RefundPage;
  /** Errors of the page. There must be none at the end of each test. */
  readonly pageErrors: string[];
}

/** The refund form as an admin sees it, by its labels and texts. */
export class RefundPage {
  readonly page: Page;
  readonly form: Locator;
  readonly #url: string;

  constructor(page: Page, url: string) {
    this.page = page;
    this.form = page.locator('refund-form');
    this.#url = url;
  }

  async open(order: string): Promise<void> {
    await this.page.goto(`${this.#url}#/orders/${order}`);
    await expect(this.page.getByRole('heading', { level: 1, name: order })).toBeVisible();
    // A payment that the merchant closed has no figure of what can be refunded.
    await expect(this.form.getByText('Paid', { exact: true }).first()).toBeVisible();
  }

  button(name: string | RegExp): Locator {
    return this.form.getByRole('button', { name });
  }

  /** @param amount as typed, or `everything` */
  async fill(amount: string, reason = 'Returned goods'): Promise<void> {
    if (amount === 'everything') await this.form.getByRole('radio', { name: /^All/ }).check();
    else await this.form.getByLabel('Amount', { exact: true }).fill(amount);
    await this.form.getByLabel('Reason').selectOption({ label: reason });
  }

  /** Fills in the form, reviews and sends. */
  async requestRefund(amount: string, formattedAmount: string): Promise<void> {
    await this.fill(amount);
    await this.button('Review refund').click();
    await this.button(`Refund ${formattedAmount}`).click();
  }

  /** Presses a button unless a live status update has already removed it. */
  async pressIfThere(name: string): Promise<void> {
    await this.button(name).evaluateAll((buttons) => {
      for (const button of buttons) (button as HTMLElement).click();
    });
  }

  /** Asks for the status, unless it is already final. */
  async check(outcome: string): Promise<void> {
    await this.pressIfThere('Check status');
    await expect(this.heading(outcome)).toBeVisible();
  }

  heading(text: string | RegExp): Locator {
    return this.form.getByRole('heading', { name: text });
  }
}

/** The test without a browser. */
export const worldTest = base.extend<World>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
  demo: async ({}, use) => {
    if (!existsSync('dist/demo/index.html'))
      throw new Error('The console is not built: run `npm run build:demo` first');
    // Without reconciliation and webhooks, the screen changes only when the test asks for it.
    const ports = { console: await ownPort(), proxy: 0, sandbox: 0 };
    const demo = await startDemo({
      ports,
      providerTimeoutMs: 2000,
      reconcileEveryMs: 0,
      webhooks: false,
      startAt: MORNING,
    });
    await use(demo);
    await demo.close();
  },
  sandbox: async ({ demo }, use) => {
    await use(createSandboxClient(demo.sandboxUrl));
  },
});

export const test = worldTest.extend<Fixtures>({
  pageErrors: [
    async ({ page }, use) => {
      const pageErrors: string[] = [];
      page.on('pageerror', (error) => pageErrors.push(String(error)));
      page.on('console', (message) => {
        // The tests refuse requests on purpose, so only other errors count.
        const isRefusedRequest = message.text().startsWith('Failed to load resource');
        if (message.type() === 'error' && !isRefusedRequest) pageErrors.push(message.text());
      });
      await use(pageErrors);
      expect(pageErrors).toEqual([]);
    },
    { auto: true },
  ],
  refund: async ({ page, demo }, use) => {
    await use(new RefundPage(page, demo.url));
  },
});

/**
 * Makes the next refund lose its answer, and the provider's list unreadable: a list with the refund would settle it
 * at once. `restoreList` makes the list readable again.
 */
export async function loseNextAnswer(sandbox: SandboxClient): Promise<{ restoreList(): Promise<void> }> {
  await sandbox.scenario('server_error', { provider: 'uqpay', route: 'list_refunds', times: 1000 });
  await sandbox.scenario('drop_after_commit');
  return {
    async restoreList() {
      await sandbox.clearScenarios();
    },
  };
}

export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'])
    .analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** How many calls of one route reached the sandbox, answered or not. */
export async function calls(
  sandbox: SandboxClient,
  route: 'create_refund' | 'create_multivendor_refund',
): Promise<number> {
  return sandbox.count({ route });
}

/** The sandbox's own records of a payment. */
export async function refundsOf(
  sandbox: SandboxClient,
  provider: 'uqpay' | 'upayments',
  payment: string,
): Promise<Record<string, unknown>[]> {
  const rows = await sandbox.db(provider === 'uqpay' ? 'uqpay_refunds' : 'upayments_refunds');
  return rows.filter((row) => row[provider === 'uqpay' ? 'payment_intent' : 'order'] === payment);
}

export { expect };
