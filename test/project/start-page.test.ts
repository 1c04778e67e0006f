import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';

import { chromium } from 'playwright';

import { createSandbox } from '../../mock-server/index.ts';
import { en } from '../../widget/messages/en.ts';
import { CHROMIUM_ARGS, ensureChromium } from '../runner/browser.ts';
import { ownPort } from '../runner/ports.ts';
import { install, withNode } from './support/installed.ts';

const page = readFileSync('docs/start.md', 'utf8');
const blocks = [...page.matchAll(/^```(\w+) ([\w.]+)\n(.*?)^```$/gms)].map(([, language, name, text = '']) => ({
  language,
  name,
  text,
}));

/** @throws unless exactly one block has this name */
function block(name: string): string {
  const found = blocks.filter((each) => each.name === name);
  assert.equal(found.length, 1, `docs/start.md: expected one block "${name}"`);
  return found[0]!.text;
}

const CURL = path.resolve('test/mock-server/support/curl.ts');
const hasCurl = spawnSync('curl', ['--version']).status === 0;

/** Runs a command of the page against the sandbox of this test. @returns what it prints */
function shell(command: string, sandboxUrl: string, folder: string): Promise<string> {
  if (!hasCurl && !existsSync(path.join(folder, 'curl'))) {
    writeFileSync(path.join(folder, 'curl'), `#!/bin/sh\nexec "${process.execPath}" "${CURL}" "$@"\n`, { mode: 0o755 });
  }
  const script = command.replaceAll('http://127.0.0.1:4010', sandboxUrl).replaceAll('curl ', 'curl -s ');
  const env = { ...process.env, PATH: `${folder}${path.delimiter}${process.env['PATH'] ?? ''}` };
  return new Promise((resolve, reject) => {
    execFile('sh', ['-c', script], { cwd: folder, env }, (error, out) => (error ? reject(error) : resolve(out)));
  });
}

/** Starts `shop.mjs` as the page has it, but at free ports. */
async function startShop(t: TestContext, folder: string, sandboxUrl: string): Promise<string> {
  const port = await ownPort();
  const source = block('shop.mjs').replaceAll('http://127.0.0.1:4010', sandboxUrl).replaceAll('3000', String(port));
  writeFileSync(path.join(folder, 'shop.mjs'), source);
  const [command = '', ...args] = block('shop').trim().split(' ');
  const shop = spawn(command, args, { cwd: folder, env: withNode(path.dirname(process.execPath)) });
  t.after(() => shop.kill('SIGKILL'));
  shop.stderr.pipe(process.stderr);
  let printed: string | undefined;
  for await (const line of createInterface({ input: shop.stdout })) {
    printed = line;
    break;
  }
  assert.equal(printed, `http://127.0.0.1:${port}`);
  shop.stdout.resume();
  return printed;
}

describe('docs/start.md', () => {
  it('packs and installs what npm really writes', () => {
    const { version, scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      version: string;
      scripts: Record<string, string>;
    };
    for (const name of ['refund-form', 'refund-form-server']) {
      assert.ok(block('install').includes(`../refund-form/dist/${name}-${version}.tgz`), name);
    }
    const run = /npm run (\w+)/.exec(block('checkout'))?.[1] ?? '';
    assert.ok(scripts[run], run);
    assert.equal(block('sandbox'), 'npx refund-form sandbox\n');
  });

  it('refunds in the shop, and settles a lost answer with one refund', async (t) => {
    const folder = install('refund-form-server');
    const places = mkdtempSync(path.join(tmpdir(), 'start-page-'));
    t.after(() => {
      folder.remove();
      rmSync(places, { recursive: true, force: true });
    });
    cpSync('dist/packages/refund-form', folder.within('node_modules/refund-form'), { recursive: true });
    await using sandbox = await createSandbox();
    const url = await startShop(t, folder.path, sandbox.url);

    assert.match(await (await fetch(url)).text(), /<refund-form provider="uqpay"/);
    const script = await fetch(`${url}/refund-form.js`);
    assert.match(script.headers.get('content-type') ?? '', /javascript/);
    assert.ok((await script.text()).length > 50_000);

    const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_ARGS });
    t.after(() => browser.close());
    const tab = await browser.newPage();
    await tab.goto(url);
    const form = tab.locator('refund-form');
    await form.evaluate((element: HTMLElement) =>
      element.addEventListener('refund-form-unknown', ({ detail }) => (document.title = `unknown ${detail.amount}`)),
    );
    const refund = async (amount: string) => {
      await form.getByRole('radio', { name: 'Part' }).check();
      await form.getByRole('textbox', { name: 'Amount' }).fill(amount);
      await form.getByRole('combobox', { name: 'Reason' }).selectOption({ index: 1 });
      await form.getByRole('button', { name: 'Review refund' }).click();
      await form.getByRole('button', { name: `Refund USD ${amount}` }).click();
    };

    await refund('10.00');
    await form.getByText('UQPAY accepted the refund').waitFor();
    await shell(block('clock'), sandbox.url, places);
    await form.getByText('UQPAY has carried out the refund').waitFor();

    await shell(block('scenario'), sandbox.url, places);
    await form.getByRole('button', { name: 'Make another refund' }).click();
    await refund('5.00');
    // The form may show it for less time than a look at the page takes.
    await tab.waitForFunction(() => document.title === 'unknown 5.00');
    assert.ok(page.replaceAll(/\s+/g, ' ').includes(en.unknown_title));
    await form.getByText('UQPAY accepted the refund').waitFor();
    const rows = JSON.parse(await shell(block('count'), sandbox.url, places)) as unknown[];
    assert.equal(rows.length, 1);
  });
});
