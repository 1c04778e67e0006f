import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright';

import { startDemo } from '../../demo/start.ts';
import { createSandboxClient, type SandboxClient } from '../../mock-server/index.ts';
import { differenceOf } from '../gallery/compare.ts';
import { CHROMIUM_ARGS, ensureChromium } from '../runner/browser.ts';
import { ownPort } from '../runner/ports.ts';
import { CONSOLE_PICTURES, PICTURES_FOLDER, type ConsolePicture } from './picture-names.ts';

/**
 * `npm run pictures` draws every picture of the documentation. Times, ids and keys are fixed, so that a picture changes only
 * when what it shows does.
 */
const START = Date.UTC(2026, 10, 12, 6, 30);
const HOUR = 3_600_000;
const ROOT = path.resolve(import.meta.dirname, '../..');
const WIDE: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
const PHONE: BrowserContextOptions = { viewport: { width: 390, height: 700 }, hasTouch: true };

interface World {
  readonly url: string;
  readonly query: string;
  readonly sandbox: SandboxClient;
  /** A page whose browser knows nothing of the others. */
  readonly open: (address: string) => Promise<Page>;
  /** Moves every clock ahead, for the pages that are opened later. */
  readonly advance: (ms: number) => Promise<void>;
}

/** A console of its own for each picture, with nothing of another one in it. */
async function draw(browser: Browser, picture: ConsolePicture): Promise<void> {
  let now = START;
  const ports = { console: await ownPort(), proxy: 0, sandbox: 0 };
  const demo = await startDemo({ ports, reconcileEveryMs: 0, webhooks: false, clock: 'frozen', startAt: START });
  const sandbox = createSandboxClient(demo.sandboxUrl);
  const contexts: { close(): Promise<void> }[] = [];
  try {
    const page = await SCENES[picture.scene]({
      url: demo.url,
      query: picture.language ? `?lang=${picture.language}` : '',
      sandbox,
      async open(address) {
        const context = await browser.newContext({
          ...(picture.phone ? PHONE : WIDE),
          colorScheme: picture.dark ? 'dark' : 'light',
          reducedMotion: 'reduce',
          locale: 'en-GB',
          timezoneId: 'Asia/Kuwait',
        });
        contexts.push(context);
        const opened = await context.newPage();
        // Each browser has keys of its own, and the same ones in every run.
        await opened.addInitScript((browsers) => {
          let count = browsers;
          Object.assign(crypto, { getRandomValues: (bytes: Uint8Array) => bytes.fill((count += 41)) });
        }, contexts.length);
        await opened.clock.setFixedTime(now);
        await opened.goto(address);
        return opened;
      },
      async advance(ms) {
        now += ms;
        await sandbox.advance(`PT${ms / 1_000}S`);
      },
    });
    // A ring around what was typed last would draw the eye.
    await page.locator('main h1').focus();
    const said = keep(picture.file, await page.screenshot({ animations: 'disabled' }));
    console.log(`${PICTURES_FOLDER}/${picture.file}: ${said}`);
  } finally {
    for (const context of contexts) await context.close();
    await demo.close();
  }
}

const SCENES: Readonly<Record<ConsolePicture['scene'], (world: World) => Promise<Page>>> = {
  /** One refund that is done, one that is under way, and the form for a third. */
  async order(world) {
    await refund(world, 'order_6789', '95.00', 'Returned goods');
    await world.advance(HOUR);
    await refund(world, 'order_6789', '30.00', 'Returned goods');
    const page = await world.open(`${world.url}${world.query}#/orders/order_6789`);
    await fill(page, '12.50');
    return page;
  },
  /** An answer that is lost, and what the ledger and the provider know of it. */
  async lost({ url, open }) {
    const page = await open(`${url}#/orders/order_6789/break`);
    await page.getByRole('button', { name: /^Lost, and nobody tells/ }).click();
    await page.getByText('Set. Now refund something.').waitFor();
    await confirm(page, '42.00', 'Returned goods');
    await page
      .locator('refund-form')
      .getByRole('heading', { name: /Do not refund again/ })
      .waitFor();
    await page.getByText('It has met a refund.').waitFor();
    await page.locator('.order-head .status.warning').waitFor();
    await page.locator('.provider-refunds li').waitFor();
    await page.locator('.intents .status.warning').waitFor();
    return page;
  },
  /** A refund of a marketplace order before it is reviewed. */
  async vendors({ url, query, open }) {
    const page = await open(`${url}${query}#/orders/KW-10226`);
    await fill(page, '30');
    return page;
  },
};

/** Makes a refund in a browser of its own, so that the form of the picture holds no key. */
async function refund({ url, open }: World, order: string, amount: string, reason: string): Promise<void> {
  const page = await open(`${url}#/orders/${order}`);
  await confirm(page, amount, reason);
  await page
    .locator('refund-form')
    .getByRole('heading', { name: /accepted the refund/ })
    .waitFor();
  await page.context().close();
}

async function confirm(page: Page, amount: string, reason: string): Promise<void> {
  const form = page.locator('refund-form');
  await form.getByLabel('Amount', { exact: true }).fill(amount);
  await form.getByLabel('Reason').selectOption({ label: reason });
  await form.getByRole('button', { name: 'Review refund' }).click();
  await form.getByRole('button', { name: /^Refund [A-Z]{3}/ }).click();
}

/** Fills in a form by its ids, because its texts are in the language of the picture. */
async function fill(page: Page, amount: string): Promise<void> {
  // Every order of the first page has its state, and nothing is read any more.
  await page.waitForFunction(() => {
    const marks = [...document.querySelectorAll('.list .status')];
    return marks.length === 10 && marks.every((mark) => !mark.classList.contains('quiet'));
  });
  const form = page.locator('refund-form');
  await form.locator('#amount').fill(amount);
  await form.locator('#reason').selectOption({ index: 1 });
}

/** Corners are not drawn alike in every run, so a picture that looks the same stays as it is. */
function keep(file: string, png: Buffer): string {
  const place = path.join(ROOT, PICTURES_FOLDER, file);
  if (existsSync(place) && !differenceOf(readFileSync(place), png)) return 'looks as before';
  writeFileSync(place, png);
  return 'drawn';
}

mkdirSync(path.join(ROOT, PICTURES_FOLDER), { recursive: true });
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_ARGS });
for (const picture of CONSOLE_PICTURES) await draw(browser, picture);
await browser.close();
await import('./inspector-picture.ts');
