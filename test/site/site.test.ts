import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type Page } from 'playwright';

import { PAGES } from '../../site/pages.ts';
import { CHROMIUM_ARGS, ensureHeadlessChromium } from '../runner/browser.ts';
import { fileOf, sentBytes, serveSite, SITE, type Served } from './support/serve.ts';

/**
 * What a page may send at most: HTML, styles, scripts and pictures, as gzip bytes. Its HTML alone is held to the same, as it
 * is on the disk: a page that is longer is too long to read.
 */
const PAGE_BUDGET = 100_000;
/** The form itself has a budget of its own, and the index of the search is loaded by a search. */
const APART = /^\/(?:widget|pagefind)\//;

const root = path.resolve(import.meta.dirname, '../..');
const built = readdirSync(SITE, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.html'))
  .map((file) => file.replaceAll(path.sep, '/'));
const addressOf = (file: string) => `/${file.replace(/index\.html$/, '')}`;
const textOf = (file: string) => readFileSync(path.join(SITE, file), 'utf8');
const withoutCode = (html: string) => html.replaceAll(/<(script|style|pre)\b.*?<\/\1>/gs, '');
const idsOf = (html: string) => new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id));
const decode = (text: string) => text.replaceAll('&#x26;', '&').replaceAll('&amp;', '&');

describe('the documentation site', () => {
  it('has a page for every page of docs/', () => {
    const files = readdirSync(path.join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => `docs/${file.replaceAll(path.sep, '/')}`);
    const shown = new Set(PAGES.map(({ file }) => file));
    assert.deepEqual(
      files.filter((file) => !shown.has(file)),
      [],
    );
    for (const { route } of PAGES) assert.ok(fileOf(route === 'index' ? '/' : `/${route}/`), route);
  });

  it('has no dead link and no dead anchor', () => {
    const dead: string[] = [];
    let links = 0;
    for (const file of built) {
      const base = `http://site.example${addressOf(file)}`;
      for (const [, href = ''] of withoutCode(textOf(file)).matchAll(
        /<(?:a|link|img)\b[^>]*?\s(?:href|src)="([^"]+)"/g,
      )) {
        const { origin, pathname, hash } = new URL(decode(href), base);
        if (origin !== 'http://site.example') continue;
        links += 1;
        const target = fileOf(pathname);
        if (target === undefined) dead.push(`${file}: ${href}`);
        else if (hash !== '' && !idsOf(readFileSync(target, 'utf8')).has(decodeURIComponent(hash.slice(1)))) {
          dead.push(`${file}: ${href} has no such anchor`);
        }
      }
    }
    assert.ok(links > 1_000, `${links} links`);
    assert.deepEqual(dead, []);
  });

  it('has an index to search without a server', () => {
    assert.ok(existsSync(path.join(SITE, 'pagefind/pagefind.js')));
    const entry = JSON.parse(textOf('pagefind/pagefind-entry.json')) as { languages: Record<string, Languages> };
    assert.equal(entry.languages['en']?.page_count, PAGES.length);
  });

  it('names the registry nowhere in its lockfile', () => {
    assert.doesNotMatch(readFileSync(path.join(root, 'site/package-lock.json'), 'utf8'), /"resolved"/);
  });
});

interface Languages {
  readonly page_count: number;
}

describe('a page of the site in a browser', () => {
  let browser: Browser;
  let served: Served;
  before(async () => {
    served = await serveSite();
    browser = await chromium.launch({ executablePath: ensureHeadlessChromium(), args: CHROMIUM_ARGS });
  });
  after(async () => {
    await browser.close();
    served.close();
  });

  async function open(address: string, javaScriptEnabled = true, colorScheme: 'light' | 'dark' = 'light') {
    const context = await browser.newContext({ javaScriptEnabled, colorScheme });
    const page = await context.newPage();
    const requested = new Set<string>();
    const errors: string[] = [];
    page.on('request', (request) => requested.add(request.url()));
    page.on('pageerror', (error) => errors.push(error.message));
    page.on('console', (message) => message.type() === 'error' && errors.push(message.text()));
    await page.goto(`${served.origin}${address}`, { waitUntil: 'networkidle' });
    return { page, requested, errors, close: () => context.close() };
  }

  it('sends at most its budget of gzip bytes and asks nobody else', async (t) => {
    const sizes: { readonly address: string; readonly bytes: number }[] = [];
    for (const file of built) {
      const { page, requested, errors, close } = await open(addressOf(file));
      // Pictures far below are loaded when a person gets there.
      for (const picture of await picturesOf(page)) requested.add(picture);
      await close();
      assert.deepEqual(
        [...requested].filter((url) => !url.startsWith(`${served.origin}/`) && !url.startsWith('data:')),
        [],
        file,
      );
      assert.deepEqual(errors, [], file);
      const own = [...requested].map((url) => new URL(url).pathname).filter((pathname) => !APART.test(pathname));
      const bytes = own.reduce((sum, pathname) => sum + sentBytes(fileOf(pathname) ?? assert.fail(pathname)), 0);
      sizes.push({ address: addressOf(file), bytes });
    }
    const [largest, ...others] = sizes.toSorted((one, other) => other.bytes - one.bytes);
    t.diagnostic(
      `the largest pages: ${[largest, ...others.slice(0, 3)].map((each) => `${each?.address} ${each?.bytes} bytes`).join(', ')}`,
    );
    assert.ok(largest && largest.bytes <= PAGE_BUDGET, `${largest?.address} sends ${largest?.bytes} bytes`);
  });

  it('has no page whose HTML alone is longer than the budget', () => {
    const lengths = built.map((file) => ({ file, bytes: Buffer.byteLength(textOf(file)) }));
    assert.deepEqual(
      lengths.filter(({ bytes }) => bytes > PAGE_BUDGET),
      [],
    );
  });

  it('can be read without JavaScript', async () => {
    for (const { route, file } of PAGES) {
      const { page, close } = await open(route === 'index' ? '/' : `/${route}/`, false);
      const text = await page.locator('main').innerText();
      const [, last = ''] = /.*\n## (.+?)\n/s.exec(readFileSync(path.join(root, file), 'utf8')) ?? [];
      assert.ok(await page.locator('main h1').isVisible(), file);
      assert.ok(text.includes(last.replaceAll('`', '')), `${file} does not show "${last}"`);
      assert.ok(await page.locator('nav.sidebar a').first().isVisible(), `${file} has no navigation`);
      await close();
    }
  });

  for (const javaScriptEnabled of [true, false]) {
    it(`opens its navigation on a phone, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
      const { page, close } = await open('/start/', javaScriptEnabled);
      await page.setViewportSize({ width: 375, height: 700 });
      const link = page.locator('nav.sidebar a[href="/operations/"]');
      assert.equal(await link.isVisible(), false);
      await page.getByRole('button', { name: 'Menu' }).click();
      await link.click();
      await page.waitForURL('**/operations/');
      assert.equal(await page.locator('main h1').innerText(), 'Operating the proxy');
      await close();
    });
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`shows the picture of its theme and loads no other: ${colorScheme}`, async () => {
      const { page, requested, close } = await open('/', true, colorScheme);
      const picture = page.getByRole('img', { name: /^The demo console/ });
      await picture.scrollIntoViewIfNeeded();
      assert.equal(await picture.count(), 1);
      assert.match((await picture.getAttribute('src')) ?? '', new RegExp(`console-${colorScheme}`));
      await page.waitForLoadState('networkidle');
      const loaded = [...requested].filter((url) => url.includes('/console-'));
      assert.equal(loaded.length, 1, loaded.join(', '));
      await close();
    });
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`is accessible, tables, search and editor among it: ${colorScheme}`, async () => {
      for (const address of ['/', '/theming/', '/webhooks/']) {
        const { page, close } = await open(address, true, colorScheme);
        const { violations } = await new AxeBuilder({ page })
          .options({
            rules: {
              'label-content-name-mismatch': { enabled: true },
              // A wide table scrolls. Browsers let the keyboard reach it without a tab stop on each table.
              'scrollable-region-focusable': { enabled: false },
            },
          })
          // The examples of code are coloured for reading by the site's own highlighter.
          .exclude('.expressive-code')
          .analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)]),
          [],
          address,
        );
        await close();
      }
    });
  }

  it('draws the fields of the editor as those of the form', async () => {
    const { page, close } = await open('/theming/');
    const styles = await page.locator('#theming').evaluate((editor) =>
      [...editor.querySelectorAll('input, select, button')].map((one) => {
        const { borderTopStyle, borderTopLeftRadius } = getComputedStyle(one);
        return `${borderTopStyle} ${borderTopLeftRadius}`;
      }),
    );
    assert.ok(styles.length > 10);
    assert.deepEqual([...new Set(styles)], ['solid 8px']);
    const labels = await page.locator('#theming > form > label > span').allInnerTexts();
    assert.deepEqual(
      labels.filter((label) => !/^[A-Z]/.test(label)),
      [],
    );
    await close();
  });

  it('finds a word by its own index', async () => {
    const { page, close } = await open('/');
    await page.locator('site-search button[data-open-modal]').click();
    await page.locator('site-search input').fill('reconciliation');
    const results = page.locator('site-search .pagefind-ui__result-link');
    await results.first().waitFor();
    assert.ok((await results.count()) >= 2);
    await close();
  });

  it('themes the real form, and shows the CSS', async () => {
    const { page, errors, close } = await open('/theming/');
    const form = page.locator('refund-form');
    await form.getByRole('button', { name: 'Review refund' }).waitFor();
    await page.locator('input[name="--refund-form-accent"]').fill('#0b6b3a');
    assert.equal(await page.locator('#theming code').innerText(), 'refund-form {\n  --refund-form-accent: #0b6b3a;\n}');
    const primary = form.getByRole('button', { name: 'Review refund' });
    assert.equal(await primary.evaluate((button) => getComputedStyle(button).backgroundColor), 'rgb(11, 107, 58)');
    await page.locator('select[name="answer"]').selectOption('lost');
    await form.getByRole('textbox', { name: 'Amount' }).fill('10.00');
    await form.getByLabel('Reason').selectOption({ index: 1 });
    await primary.click();
    await form.getByRole('button', { name: /^Refund USD/ }).click();
    await form.getByText('Do not refund again').waitFor();
    await form.getByRole('button', { name: /^Check status/ }).click();
    await form.getByText('UQPAY accepted the refund').waitFor();
    assert.deepEqual(errors, []);
    await close();
  });
});

/** Addresses of all pictures that the page shows in its theme, also of those that are not loaded yet. */
const picturesOf = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('main img')]
      .filter((image) => image.checkVisibility())
      .map((image) => (image as HTMLImageElement).src),
  );
