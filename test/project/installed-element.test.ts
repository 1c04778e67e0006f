import assert from 'node:assert/strict';
import { spawnSync, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import vue from '@vitejs/plugin-vue';
import { chromium, type Browser, type Page, type Route } from 'playwright';
import { build, createServer } from 'vite';

import { CHROMIUM_ARGS, ensureHeadlessChromium } from '../runner/browser.ts';
import { install, link, NODES, oldNode, withNode, type Folder } from './support/installed.ts';
import { PAGES, writePages } from './support/pages.ts';

const ORIGIN = 'https://admin.example';
const FRAMEWORKS = ['react', 'react-dom', 'vue', 'svelte'];

let folder: Folder;
let browser: Browser;

before(async () => {
  folder = install('refund-form');
  browser = await chromium.launch({ executablePath: ensureHeadlessChromium(), args: CHROMIUM_ARGS });
});
after(async () => {
  await browser.close();
  folder.remove();
});

const SUMMARY = { currency: 'USD', captured: '20.00', refunded: '0.00', pending: '0.00', refundable: '20.00' };
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript' };

/** The merchant's origin, with a proxy that knows one payment. Everything else is not reachable. */
async function answer(route: Route): Promise<void> {
  const { origin, pathname } = new URL(route.request().url());
  const problem = (status: number, code: string) =>
    route.fulfill({
      status,
      contentType: 'application/problem+json',
      body: JSON.stringify({ type: `urn:refund-form:${code}`, title: code, status, code, effect: 'nothing' }),
    });
  if (origin !== ORIGIN) return route.abort();
  if (pathname === '/refunds/uqpay/payments/PI1') {
    return route.fulfill({ json: { ...SUMMARY, payment_id: 'PI1', refunds: [], cancels: [] } });
  }
  if (pathname.startsWith('/refunds/uqpay/payments/')) return problem(404, 'payment_not_found');
  const file = [folder.within('dist', pathname), folder.within(pathname)].find((each) => existsSync(each));
  if (file === undefined || pathname.endsWith('/')) return route.fulfill({ status: 404, body: 'nothing here' });
  return route.fulfill({ body: readFileSync(file), contentType: TYPES[path.extname(file)] ?? 'text/plain' });
}

async function open(file: string, watch: (page: Page) => void = () => undefined): Promise<Page> {
  const page = await browser.newPage();
  await page.route('**/*', answer);
  watch(page);
  await page.goto(`${ORIGIN}/${file}`);
  return page;
}

describe('refund-form, installed from its tarball', () => {
  it('installs nothing else', () => {
    const installed = readdirSync(folder.within('node_modules')).filter((name) => !name.startsWith('.'));
    assert.deepEqual(installed, ['refund-form']);
  });

  const old = oldNode();
  const nodes = { ...NODES, 'an old Node': old };
  for (const [name, node] of Object.entries(nodes)) {
    it(`can be imported on a server: ${name}`, { skip: 'skip' in node && node.skip }, () => {
      assert.ok('bin' in node);
      const entries = ['refund-form', 'refund-form/refund-form.js', 'refund-form/locales/ar', 'refund-form/vue'];
      const script = `
        const found = await Promise.all(${JSON.stringify(entries)}.map((entry) => import(entry)));
        console.log(found.map((module) => Object.keys(module).join(' ')).join(', '), typeof HTMLElement);`;
      for (const conditions of [[], ['--conditions=development']]) {
        const { stdout, stderr }: SpawnSyncReturns<string> = spawnSync(
          'node',
          [...conditions, '--input-type=module', '--eval', script],
          {
            cwd: folder.path,
            env: withNode(node.bin),
            encoding: 'utf8',
          },
        );
        assert.equal(
          stdout.trim(),
          'registerLocale registerProvider, RefundForm amountOfItems defineRefundForm registerLocale registerProvider, ,  undefined',
          stderr,
        );
      }
    });
  }

  describe('in a page', () => {
    before(async () => {
      link(folder, ...FRAMEWORKS);
      writePages(folder);
      await build({
        configFile: false,
        root: folder.path,
        logLevel: 'error',
        plugins: [
          vue({ template: { compilerOptions: { isCustomElement: (tag) => tag === 'refund-form' } } }),
          svelte({ configFile: false }),
        ],
        oxc: { jsx: { runtime: 'automatic' } },
        build: {
          rolldownOptions: {
            input: PAGES.filter((page) => page !== 'plain').map((page) => folder.within(`${page}.html`)),
          },
        },
      });
    });

    for (const name of PAGES) {
      it(`shows the payment, takes a property and fires its event: ${name}`, async () => {
        const errors: string[] = [];
        const [framework = ''] = name.split('-');
        const page = await open(`${name}.html`, (watched) =>
          watched.on('pageerror', ({ message }) => errors.push(message)),
        );
        const form = page.locator('refund-form');
        await form.getByText('It is broken').waitFor({ state: 'attached' });
        assert.equal(await page.title(), `20.00${name === 'typescript' ? 'function' : framework}`);
        const state = await form.evaluate((element) => (element as unknown as { state: string }).state);
        assert.equal(state, 'editing');
        if (name === 'typescript') assert.equal(await form.locator('[dir]').first().getAttribute('dir'), 'rtl');
        if (framework === 'react') assert.equal(await form.getAttribute('hide-actions'), '');
        if (FRAMEWORKS.includes(framework)) await form.getByText('Ask before 500.').waitFor();
        assert.deepEqual(errors, []);
        await page.close();
      });
    }

    it('is not drawn by React on a server: without its listeners it would ask the page nothing', () => {
      writeFileSync(
        folder.within('server.js'),
        `import { createElement } from 'react';
        import { renderToString } from 'react-dom/server';
        import { RefundForm } from 'refund-form/react';
        const props = { provider: 'uqpay', endpoint: '/refunds/uqpay', paymentId: 'PI1', reasons: [], onSettled() {} };
        console.log(renderToString(createElement(RefundForm, props)));`,
      );
      const { stdout, stderr } = spawnSync(process.execPath, ['server.js'], { cwd: folder.path, encoding: 'utf8' });
      assert.equal(stdout, '\n', stderr);
    });

    it('warns of a second definition, in the development build alone', async () => {
      for (const isDevelopment of [true, false]) {
        const warnings: string[] = [];
        const page = await open('mistakes.html', (watched) =>
          watched.on('console', (message) => message.type() === 'warning' && warnings.push(message.text())),
        );
        // Beside the single file that the page has loaded already, the module defines nothing.
        const file = isDevelopment ? 'development/index.js' : 'index.js';
        await page.addScriptTag({ type: 'module', url: `/node_modules/refund-form/${file}` });
        await page.close();
        assert.deepEqual(
          warnings.map((text) => /is defined already/.test(text)),
          isDevelopment ? [true] : [],
        );
      }
    });

    it('gives a bundler in development mode the build with warnings', async () => {
      // The builds of this process have set it.
      delete process.env['NODE_ENV'];
      const server = await createServer({
        configFile: false,
        root: folder.path,
        logLevel: 'error',
        server: { middlewareMode: true, ws: false },
        optimizeDeps: { noDiscovery: true },
      });
      const resolve = async (name: string, from = folder.within('typescript.ts')) =>
        (await server.environments.client.pluginContainer.resolveId(name, from))?.id ?? '';
      const entries = Object.fromEntries(
        await Promise.all(
          ['refund-form', 'refund-form/refund-form.js', 'refund-form/react'].map(async (name) => [
            name,
            path.relative(folder.within('node_modules'), await resolve(name)),
          ]),
        ),
      ) as Record<string, string>;
      const react = await resolve('refund-form/react');
      const beside = await resolve('./index.js', react);
      const one = await resolve('refund-form');
      await server.close();
      assert.deepEqual(entries, {
        'refund-form': 'refund-form/development/index.js',
        'refund-form/refund-form.js': 'refund-form/development/refund-form.js',
        'refund-form/react': 'refund-form/development/react.js',
      });
      assert.equal(beside, one, 'React has the build that the page imports beside it');
    });

    it('says in the console each mistake of a page', async () => {
      const warnings: string[] = [];
      writeFileSync(
        folder.within('mistakes.html'),
        readFileSync(folder.within('mistakes.html'), 'utf8').replace('refund-form.min.js', 'development/index.js'),
      );
      const expected = [
        /the attribute paymentid does nothing: is payment-id meant\?$/,
        /payment-id is missing/,
        /of the endpoint \?tenant=7 is left out: write it into the path/,
        /heading-level: expected a whole number from 1 to 6, received 9$/,
        /locale="no language" is no language tag such as en or zh-CN$/,
        /provider="upay" is not known: expected uqpay, upayments/,
        /PI404 .*\(payment_not_found\): the orders hook of the proxy knows no such order/,
        /from https:\/\/admin\.example\/wrong \(\w+\): .*the endpoint is wrong/,
        /elsewhere\.example\/refunds\/uqpay \(no_answer\): .*https:\/\/admin\.example in allowedOrigins/,
      ];
      const mistakes = await open('mistakes.html', (watched) =>
        watched.on('console', (message) => message.type() === 'warning' && warnings.push(message.text())),
      );
      await mistakes.waitForFunction(
        () =>
          [...document.querySelectorAll('refund-form')].filter(
            (form) => (form as unknown as { state: string }).state === 'load_failed',
          ).length === 3,
      );
      await mistakes.close();
      for (const words of expected)
        assert.ok(
          warnings.some((text) => words.test(text)),
          `${words}\n${warnings.join('\n')}`,
        );
      assert.equal(warnings.length, expected.length, warnings.join('\n'));
    });
  });
});
