import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

import { callLine, makePaint } from '../../mock-server/cli/print.ts';
import { createSandbox, createSandboxClient } from '../../mock-server/index.ts';
import { startReceiver, verify } from './receiver.ts';
import { KNET, REFUND } from './world.ts';

const CLI = path.resolve(import.meta.dirname, '../../mock-server/cli/cli.ts');

const run = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [CLI, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });

async function ended(child: ChildProcess) {
  const [out, err, [code]] = await Promise.all([text(child.stdout!), text(child.stderr!), once(child, 'exit')]);
  return { out, err, code: code as number };
}

describe('the command line', () => {
  it('prints addresses and credentials, logs each call, and stops on a signal', async () => {
    const child = run('--port', '0', '--clock', 'frozen', '--seed', '7');
    let out = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
    const [, url = ''] = /Refund sandbox on (\S+)/.exec(out) ?? [];
    for (const part of [
      `${url}/uqpay/api`,
      `${url}/upayments/api/v1`,
      'sandbox-client',
      'sandbox-key',
      'Bearer jtest123',
    ]) {
      assert.ok(out.includes(part), part);
    }
    const health = await createSandboxClient(url).health();
    assert.deepEqual([health.seed, health.clock.mode], [7, 'frozen']);
    while (!out.includes('GET    /_sandbox/health')) await once(child.stdout!, 'data');
    child.kill('SIGINT');
    const [code] = await once(child, 'exit');
    assert.equal(code, 0);
  });

  it('gives other ids at each start, and those of an earlier start with the seed that it printed', async () => {
    const firstId = async (...flags: string[]) => {
      const child = run('--port', '0', '--dev', '--clock', '2026-11-05T09:00:00+08:00', ...flags);
      let out = '';
      child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
      while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
      const [, url = ''] = /Refund sandbox on (\S+)/.exec(out) ?? [];
      const answer = await fetch(`${url}/uqpay/api/v2/payment/refunds`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-idempotency-key': '00000000-0000-4000-8000-000000000001' },
        body: JSON.stringify(REFUND),
      });
      const { payment_refund_id: id } = (await answer.json()) as { payment_refund_id: string };
      child.kill('SIGTERM');
      await once(child, 'exit');
      return { id, seed: /Seed {8}(\d+)/.exec(out)?.[1] ?? '', out };
    };
    const first = await firstId();
    const second = await firstId();
    assert.notEqual(second.id, first.id);
    assert.ok(first.out.includes(`--seed ${first.seed}`), first.out);
    assert.equal((await firstId('--seed', first.seed)).id, first.id);
  });

  it('gives the same bytes at each start with the flags that its help names for that', async () => {
    const { out: help } = await ended(run('--help'));
    const example = /refund-form sandbox ([^\n]+?)\s+the same calls give the same bytes/.exec(help)?.[1] ?? '';
    const answers = async () => {
      const child = run('--port', '0', ...example.split(' '));
      const line = await once(child.stdout!, 'data').then(([chunk]) => String(chunk));
      const [, url = ''] = /Refund sandbox on (\S+)/.exec(line) ?? [];
      const post = async (at: string, headers: Record<string, string>, body?: object) => {
        const answer = await fetch(url + at, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          ...(body && { body: JSON.stringify(body) }),
        });
        return answer.text();
      };
      const signIn = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };
      const token = await post('/uqpay/api/v1/connect/token', signIn);
      const { auth_token } = JSON.parse(token) as { auth_token: string };
      const signedIn = { 'x-client-id': 'sandbox-client', 'x-auth-token': `Bearer ${auth_token}` };
      const key = { 'x-idempotency-key': '00000000-0000-4000-8000-000000000001' };
      const refund = await post('/uqpay/api/v2/payment/refunds', { ...signedIn, ...key }, REFUND);
      const order = { orderId: KNET, totalPrice: 1 };
      const orderRefund = await post('/upayments/api/v1/create-refund', { authorization: 'Bearer jtest123' }, order);
      child.kill('SIGTERM');
      await once(child, 'exit');
      return [token, refund, orderRefund];
    };
    const first = await answers();
    assert.match(first.join(''), /INITIATED.*refundOrderId/s);
    // The times of an answer are in whole seconds.
    await new Promise((resolve) => void setTimeout(resolve, 1_100));
    assert.deepEqual(await answers(), first);
  });

  it('sends webhooks to --webhook-url with --webhook-secret, and only to this machine', async () => {
    await using receiver = await startReceiver();
    const flags = ['--webhook-secret', 'mine', '--webhook-timestamp', 'seconds'];
    const child = run('--port', '0', '--dev', '--webhook-url', receiver.url, ...flags);
    let out = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
    const [, url = ''] = /Refund sandbox on (\S+)/.exec(out) ?? [];
    assert.ok(out.includes(`Webhooks    ${receiver.url}`));
    await fetch(`${url}/uqpay/api/v2/payment/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': '00000000-0000-4000-8000-000000000001' },
      body: JSON.stringify(REFUND),
    });
    await receiver.untilHandled(1);
    // An endpoint that is added later has the same secret.
    await using later = await startReceiver();
    const added = await fetch(`${url}/_sandbox/webhooks/endpoints`, {
      method: 'POST',
      body: JSON.stringify({ provider: 'uqpay', url: later.url }),
    });
    assert.equal(((await added.json()) as { timestamp: string }).timestamp, 'seconds');
    await fetch(`${url}/_sandbox/clock`, { method: 'POST', body: JSON.stringify({ advance: 'PT1M' }) });
    await later.untilHandled(1);
    for (const [webhook] of [receiver.webhooks, later.webhooks]) {
      assert.ok(webhook);
      const now = (performance.timeOrigin + performance.now()) / 1_000;
      assert.equal(verify(webhook, 'mine', now), 'valid');
    }
    child.kill('SIGTERM');
    assert.equal((await once(child, 'exit'))[0], 0);

    const { err, code } = await ended(run('--port', '0', '--webhook-url', 'https://example.com/hooks'));
    assert.equal(code, 2);
    assert.match(err, /^webhook endpoint https:\/\/example\.com\/hooks: example\.com is not this machine/);
  });

  it('writes everything and ends with 0, however often it is told to end', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-cli-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const file = path.join(folder, 'own.json');
    const child = run('--port', '0', '--dev', '--record', file, '--db', path.join(folder, 'state.db'));
    let out = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
    const ended = once(child, 'exit');
    // A wrapper passes on what the terminal has sent here, too.
    for (let count = 0; count < 20; count += 1) {
      child.kill('SIGTERM');
      await new Promise((resolve) => void setImmediate(resolve));
    }
    assert.deepEqual(await ended, [0, null]);
    assert.deepEqual(readdirSync(folder).toSorted(), ['own.json', 'state.db']);
  });

  it('ends with 1 and an error message when the port is taken', async () => {
    await using taken = await createSandbox();
    const { err, code } = await ended(run('--port', String(taken.port)));
    assert.equal(code, 1);
    assert.match(
      err,
      new RegExp(`^Port ${taken.port} on 127.0.0.1 is taken: stop what runs there, or choose another with --port\n$`),
    );
  });

  it('refuses invalid flags, and prints its help', async () => {
    for (const args of [
      ['--port', 'high'],
      ['--port', '65536'],
      ['--clock', 'broken'],
      ['--seed', '-1'],
      ['--wat'],
      ['--allow-control-host', 'http://sandbox'],
      ['--allow-control-host', 'sandbox:4010'],
      ['--allow-webhook-host', 'http://receiver'],
      ['--webhook-secret='],
      ['--db', ''],
    ]) {
      const { err, code } = await ended(run(...args));
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /^error: /);
    }
    const { out, code } = await ended(run('--help'));
    assert.equal(code, 0);
    assert.match(out, /--clock <mode>/);
  });

  it('starts with the rows of a seed file, a frozen clock, a latency and a state file', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-cli-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const seed = path.join(folder, 'shop.yaml');
    writeFileSync(seed, 'upayments_orders:\n  - { id: shop-1, total_price: "12.500" }\n');
    const db = path.join(folder, 'state.db');
    const flags = [
      '--seed',
      seed,
      '--seed',
      '7',
      '--clock',
      '2026-11-05T09:00:00+08:00',
      '--latency',
      '50-60',
      '--db',
      db,
    ];
    const child = run('--port', '0', ...flags);
    let out = '';
    child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
    while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
    const [, url = ''] = /Refund sandbox on (\S+)/.exec(out) ?? [];
    const health = await createSandboxClient(url).health();
    assert.deepEqual(
      [health.seed, health.clock.now, health.rows['upayments_orders']],
      [7, '2026-11-05T09:00:00+08:00', 1],
    );
    assert.ok(out.includes(db));
    const refund = await fetch(`${url}/upayments/api/v1/create-refund`, {
      method: 'POST',
      headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: 'shop-1', totalPrice: 1 }),
    });
    assert.equal(refund.status, 201);
    while (!out.includes('create-refund')) await once(child.stdout!, 'data');
    const [, took = ''] = /201 POST {3}\/upayments\/api\/v1\/create-refund (\S+) ms/.exec(out) ?? [];
    assert.ok(Number(took) >= 49, out);
    child.kill('SIGTERM');
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.match(readFileSync(db, 'utf8'), /"order":"shop-1"/);
  });

  it('says which flags ask for something else than its state file holds, and starts with the file', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-cli-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const db = path.join(folder, 'state.db');
    const seed = path.join(folder, 'shop.json');
    writeFileSync(seed, '{"uqpay_intents":[]}');
    const started = async (...flags: string[]) => {
      const child = run('--port', '0', '--db', db, ...flags);
      const err = text(child.stderr!);
      let out = '';
      child.stdout!.on('data', (chunk: Buffer) => (out += chunk.toString()));
      while (!out.includes('Ctrl-C')) await once(child.stdout!, 'data');
      child.kill('SIGTERM');
      await once(child, 'exit');
      return { clock: /\(clock ([^)]*)\)/.exec(out)?.[1], err: await err };
    };
    const hook = 'http://127.0.0.1:9/hook';
    const first = ['--clock', 'frozen', '--amounts', 'trimmed', '--webhook-url', hook];
    assert.deepEqual(await started(...first), { clock: 'frozen', err: '' });
    assert.deepEqual(await started(...first), { clock: 'frozen', err: '' }, 'the same command fits');
    assert.deepEqual(await started(), { clock: 'frozen', err: '' }, 'what is not given asks for nothing');
    const other = ['--clock', 'running', '--amounts', 'as-sent', '--no-refund-callbacks'];
    const more = ['--webhook-url', 'http://127.0.0.1:9/other', '--seed', seed, '--seed', '7'];
    const { clock, err } = await started(...other, ...more);
    assert.equal(clock, 'frozen');
    assert.deepEqual(err.replace(/frozen at \S+/, 'frozen at T').split('\n'), [
      `--db: ${db} was there already, and what it holds counts:`,
      '  --clock running: its clock is frozen at T',
      '  --no-refund-callbacks: its setting refund_callbacks is true',
      '  --amounts: its setting amounts is trimmed',
      '  http://127.0.0.1:9/other: its webhooks do not go there',
      `  --seed ${seed}: it has rows of its own`,
      '  --seed 7: its ids go on from those that it has given',
      '  POST /_sandbox/reset starts anew with the flags.',
      '',
    ]);
  });

  it('ends with 2 for an invalid seed file, and says what is wrong', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-cli-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const cases: [name: string, text: string, why: RegExp][] = [
      [
        'rows.json',
        '{"uqpay_intents":[{"id":"PI1","amount":1,"currency":"USD"}]}',
        /uqpay_intents\.0\.amount: expected a string, received the number 1/,
      ],
      ['broken.json', '{"uqpay_intents":[', /broken\.json: .*JSON/],
      ['broken.yaml', 'uqpay_intents: [', /broken\.yaml: .*line 1/],
      ['tab.yaml', 'uqpay_intents:\n\t- id: PI1', /tab\.yaml: .*line 2, column \d+\n$/],
      ['shop.txt', 'uqpay_intents: []', /shop\.txt: .*Only a file that ends in \.yaml or \.yml is read as YAML/],
      ['marked.json', '\uFEFF{"orders": []}', /orders: no such collection/],
      [
        'row.yaml',
        'uqpay_intents: [{id: PI1, amount: "1.00", currency: USD, amout: "1"}]',
        /uqpay_intents\.0: does not take "amout": expected id, .*amount/,
      ],
      ['twice.json', '{"uqpay_intents":[],"uqpay_intents":[]}', /: uqpay_intents: is there twice: expected it once/],
      [
        'two.yaml',
        'uqpay_intents: []\n---\nuqpay_intents: []',
        /expected one document of YAML.* line 2, column \d+\n$/,
      ],
      ['shop.yml', 'orders: []', /orders: no such collection, expected uqpay_intents/],
    ];
    for (const [name, text, why] of cases) {
      const file = path.join(folder, name);
      writeFileSync(file, text);
      const { err, code } = await ended(run('--port', '0', '--seed', file));
      assert.equal(code, 2, err);
      assert.ok(err.startsWith(`--seed: ${file}: `), err);
      assert.match(err, why);
      assert.equal(err.trimEnd().split('\n').length, 1, 'one line, no stack');
    }
    const { err, code } = await ended(run('--port', '0', '--seed', path.join(folder, 'none.yaml')));
    assert.equal(code, 2);
    assert.match(err, /none\.yaml cannot be read: ENOENT/);
    const wide = path.join(folder, 'wide.json');
    writeFileSync(wide, Buffer.from('\uFEFF{"uqpay_intents":[]}', 'utf16le'));
    const unread = await ended(run('--port', '0', '--seed', wide));
    assert.deepEqual(
      [unread.code, unread.err],
      [2, `--seed: ${wide} cannot be read: it is not UTF-8: save it as UTF-8\n`],
    );
  });

  it('ends with 3 when its state file is invalid, and with 1 when it cannot listen', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sandbox-cli-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const db = path.join(folder, 'notes.txt');
    writeFileSync(db, 'milk\n');
    const damaged = await ended(run('--port', '0', '--db', db));
    assert.equal(damaged.code, 3);
    assert.match(damaged.err, /notes\.txt: it is no state file of a sandbox\. The file was left as it is/);
    assert.equal(readFileSync(db, 'utf8'), 'milk\n');
    const typo = await ended(run('--port', '0', '--db', path.join(folder, 'none', 'state.db')));
    assert.equal(typo.code, 3);
    assert.match(typo.err, /^\S+state\.db cannot be used: the folder \S+none does not exist, .*: make it first\n$/);
    assert.ok(!existsSync(path.join(folder, 'none')));
    // TEST-NET-1, RFC 5737: no machine has this address.
    const elsewhere = await ended(run('--port', '0', '--host', '192.0.2.1'));
    assert.equal(elsewhere.code, 1);
    assert.equal(elsewhere.err, '--host: expected an address of this machine, such as 127.0.0.1, received 192.0.2.1\n');
    const noAddress = await ended(run('--port', '0', '--host', '999.1.1.1'));
    assert.equal(noAddress.code, 1);
    assert.match(noAddress.err, /^--host: expected an address of this machine, .*received 999\.1\.1\.1, \w+.*\n$/);
  });

  it('colours the line of a call only where colours are wanted', () => {
    const line = { method: 'GET', path: '/x', status: 404, wire: undefined, ms: 1 };
    const plain = '404 GET    /x 1.0 ms';
    assert.equal(callLine(line, makePaint({}, false)), plain);
    assert.equal(callLine(line, makePaint({ NO_COLOR: '1' }, true)), plain);
    assert.equal(callLine(line, makePaint({ NO_COLOR: '1', FORCE_COLOR: '1' }, true)), plain);
    assert.equal(
      callLine(line, makePaint({ NO_COLOR: '' }, true)),
      '\u001B[33m404\u001B[0m GET    /x \u001B[2m1.0 ms\u001B[0m',
    );
    assert.ok(callLine({ ...line, status: 200 }, makePaint({ FORCE_COLOR: '1' }, false)).startsWith('\u001B[32m200'));
    const dropped = callLine({ ...line, status: 201, wire: 'drop' }, makePaint({}, true));
    assert.ok(dropped.startsWith('\u001B[31m201') && dropped.includes('(drop)'));
  });
});
