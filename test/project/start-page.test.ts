import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';

import { chromium } from 'playwright';

import { en } from '../../widget/messages/en.ts';
import { CHROMIUM_ARGS, ensureHeadlessChromium } from '../runner/browser.ts';
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

/** Starts a command of the page, and waits for the line with its address. It ends with the test. */
async function started(t: TestContext, folder: string, command: string, line: RegExp): Promise<string> {
  const [program = '', ...args] = command.trim().split(' ');
  // npx would be a process between the test and the program, and it would outlive the test.
  const file = program === 'npx' ? path.join(folder, 'node_modules/.bin', args.shift() ?? '') : program;
  const child = spawn(file, args, { cwd: folder, env: withNode(path.dirname(process.execPath)) });
  t.after(() => child.kill('SIGKILL'));
  child.stderr.pipe(process.stderr);
  for await (const printed of createInterface({ input: child.stdout })) {
    const url = line.exec(printed)?.[1];
    if (url === undefined) continue;
    child.stdout.resume();
    return url;
  }
  return assert.fail(`${command} printed no address`);
}

/** Starts `shop.mjs` as the page has it, but at free ports. */
async function startShop(t: TestContext, folder: string, sandboxUrl: string): Promise<string> {
  const port = await ownPort();
  const source = block('shop.mjs').replaceAll('http://127.0.0.1:4010', sandboxUrl).replaceAll('3000', String(port));
  writeFileSync(path.join(folder, 'shop.mjs'), source);
  const url = await started(t, folder, block('shop'), /^(\S+)$/);
  assert.equal(url, `http://127.0.0.1:${port}`);
  return url;
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
    // The sandbox of the packages, so that what the page does not install is not there.
    const sandbox = await started(t, folder.path, `${block('sandbox').trim()} --port 0`, /Refund sandbox on (\S+)/);
    const url = await startShop(t, folder.path, sandbox);

    assert.match(await (await fetch(url)).text(), /<refund-form provider="uqpay"/);
    const script = await fetch(`${url}/refund-form.js`);
    assert.match(script.headers.get('content-type') ?? '', /javascript/);
    assert.ok((await script.text()).length > 50_000);

    for (const [what, source, sentence] of [
      ['ledger', (text: string) => text, /^The ledger \S+ belongs to another proxy that runs.*\n$/],
      [
        'port',
        (text: string) => text.replace('refunds.sqlite', 'other.sqlite'),
        /^listen EADDRINUSE: address already in use 127\.0\.0\.1:\d+\n$/,
      ],
    ] as const) {
      const second = folder.within('second.mjs');
      writeFileSync(second, source(readFileSync(folder.within('shop.mjs'), 'utf8')));
      const { status, stderr } = spawnSync('node', ['second.mjs'], {
        cwd: folder.path,
        encoding: 'utf8',
        env: withNode(path.dirname(process.execPath)),
      });
      assert.equal(status, 1, `${what}: ${stderr}`);
      assert.match(stderr, sentence, what);
    }

    const browser = await chromium.launch({ executablePath: ensureHeadlessChromium(), args: CHROMIUM_ARGS });
    t.after(() => browser.close());
    const tab = await browser.newPage();
    await tab.goto(url);
    const form = tab.locator('refund-form');
    const refund = async (amount: string) => {
      await form.getByRole('radio', { name: 'Part' }).check();
      await form.getByRole('textbox', { name: 'Amount' }).fill(amount);
      await form.getByRole('combobox', { name: 'Reason' }).selectOption({ index: 1 });
      await form.getByRole('button', { name: 'Review refund' }).click();
      await form.getByRole('button', { name: `Refund USD ${amount}` }).click();
    };

    await refund('10.00');
    await form.getByText('UQPAY accepted the refund').waitFor();
    await shell(block('clock'), sandbox, places);
    await form.getByText('UQPAY has carried out the refund').waitFor();

    await form.getByRole('button', { name: 'Make another refund' }).click();
    await form.getByRole('radio', { name: 'Part' }).waitFor();
    await shell(block('scenario'), sandbox, places);
    await refund('5.00');
    await form.getByText(en.unknown_title).waitFor();
    assert.ok(page.replaceAll(/\s+/g, ' ').includes(en.unknown_title));
    // A person has the time to see it: the proxy looks for the refund again and again, and the form stays locked.
    await tab.waitForFunction(
      async (count) => ((await (await fetch(count)).json()) as { count: number }).count > 3,
      `${sandbox}/_sandbox/journal/count?route=list_refunds&scenario=server_error`,
      { polling: 250 },
    );
    await form.getByText(en.unknown_title).waitFor();
    await tab.reload();
    await form.getByText(en.unknown_title).waitFor();
    assert.ok(page.includes(`*${en.checkOrSend}*`));
    await form.getByRole('button', { name: en.checkOrSend }).click();
    await form.getByText('UQPAY accepted the refund').waitFor();
    const rows = JSON.parse(await shell(block('count'), sandbox, places)) as unknown[];
    assert.equal(rows.length, 1);
    await shell(block('mend'), sandbox, places);
  });
});
