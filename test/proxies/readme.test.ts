import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { before, describe, it } from 'node:test';

import { chromium } from 'playwright';

import { createSandbox } from '../../mock-server/index.ts';
import { CHROMIUM_ARGS, ensureHeadlessChromium } from '../runner/browser.ts';
import { ownPort } from '../runner/ports.ts';
import { buildGo, whyNoGo } from './go.ts';
import { PROXIES } from './list.ts';
import { FOLDER } from './support.ts';

const page = await readFile(path.join(FOLDER, 'README.md'), 'utf8');
const blocks = new Map(
  [...page.matchAll(/^```sh (\w+)\n(.*?)^```$/gms)].map(([, name = '', text = '']) => [name, text]),
);
const block = (name: string) => blocks.get(name) ?? assert.fail(`the page has no block "${name}"`);

const LANGUAGES = { python: 'Python', php: 'PHP', nginx: 'nginx with njs', go: 'Go' } as const;

/** Runs a command of the page in its folder until it prints the address that it listens at. `ends` takes what stops it. */
async function started(ends: (() => Promise<void>)[], command: string, address: string): Promise<void> {
  // A setting of this process must not stand in for one that the page forgot.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(?:REFUND_|PORT$)/.test(name)));
  const child = spawn('sh', ['-c', command], { cwd: FOLDER, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  ends.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    process.kill(-child.pid!);
    await once(child, 'close');
  });
  let said = '';
  await new Promise<void>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes(address)) resolve();
      });
    }
    child.once('exit', (code) => reject(new Error(`it ended with ${code}: ${said}\n${command}`)));
  });
}

describe('demo/proxies/README.md', () => {
  before(() => {
    const [build = ''] = block('front').split('\n');
    const { status, stderr } = spawnSync('sh', ['-c', build], { cwd: FOLDER, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });

  it('gives each language the same settings', () => {
    const settings = Object.keys(LANGUAGES).map((name) => block(name).split('\n').slice(0, 3).join('\n'));
    assert.equal(new Set(settings).size, 1);
    for (const name of page.matchAll(/^\| `(REFUND_\w+)`/gm)) {
      const isOfUpayments = name[1] === 'REFUND_TOKEN';
      const isOptional = name[1] === 'REFUND_TIMEOUT' || name[1] === 'REFUND_ALLOW_PLAIN_HTTP';
      if (!isOfUpayments && !isOptional) assert.ok(settings[0]?.includes(`${name[1]}=`), name[1]);
    }
  });

  for (const [name, language] of Object.entries(LANGUAGES)) {
    const skip = name === 'go' ? (whyNoGo() ?? false) : PROXIES.find((each) => each.language === language)!.skip;
    it(`leads to a form that can refund: ${language}`, { skip }, async (t) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'refund-readme-'));
      const ends: (() => Promise<void>)[] = [];
      t.after(async () => {
        for (const end of ends) await end();
        // While the proxy runs, it still writes there.
        await rm(folder, { recursive: true, force: true });
      });
      const sandbox = await createSandbox({});
      t.after(() => sandbox.close());
      const [proxy, front] = [await ownPort(), await ownPort()];
      const here = (text: string) =>
        text
          .replaceAll('http://127.0.0.1:4010', sandbox.url)
          .replaceAll('/tmp/refund-ledger.sqlite', path.join(folder, 'ledger.sqlite'))
          .replaceAll('8080', String(proxy));
      let command = here(block(name));
      if (name === 'go') {
        const program = await buildGo(folder);
        // The driver may come from Debian's packages, which `go run` does not look at.
        assert.match(command, /\nsh -c "cd go && go run \."\n$/);
        command = command.replace('sh -c "cd go && go run ."', program);
      }
      await started(ends, command, `127.0.0.1:${proxy}`);
      const serve = block('ports').replace('8081', String(proxy)).replace('3001', String(front));
      assert.equal(serve.replace(/PROXY=\S+ PORT=\S+ /, ''), `${block('front').split('\n')[1]}\n`);
      await started(ends, serve, `http://127.0.0.1:${front}`);

      const browser = await chromium.launch({ executablePath: ensureHeadlessChromium(), args: CHROMIUM_ARGS });
      t.after(() => browser.close());
      const tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${front}/`);
      const form = tab.locator('refund-form');
      await form.getByLabel('Amount', { exact: true }).fill('10.00');
      await form.getByLabel('Reason').selectOption('Returned goods');
      await form.getByRole('button', { name: 'Review refund' }).click();
      await form.getByRole('button', { name: /^Refund .*10\.00/ }).click();
      await form.getByRole('heading', { name: 'UQPAY accepted the refund' }).waitFor();

      const direct = `http://127.0.0.1:${proxy}/refunds/uqpay/`;
      assert.equal((await fetch(direct)).status, 401, 'without X-Session');
      const other = { origin: 'http://shop.example', 'x-session': 'session-for-the-sandbox' };
      assert.equal((await fetch(direct, { headers: other })).status, 403, 'from another origin');
      assert.equal((await fetch(direct, { headers: { 'x-session': other['x-session'] } })).status, 200);
    });
  }
});
