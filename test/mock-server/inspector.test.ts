import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

import * as z from 'zod/mini';

import { journalAnswer } from '../../mock-server/client/answers.ts';
import { paymentsAnswer, providersAnswer, scenariosAnswer } from '../../mock-server/client/overview.ts';
import { createSandbox } from '../../mock-server/index.ts';
import { DEFAULT_SEED } from '../../mock-server/core/providers/index.ts';
import { testpay } from './support/testpay.ts';
import { INTENT, KNET, send, startWorld, type SandboxWorld } from './world.ts';

interface Got {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** Follows no redirect. */
function get(world: SandboxWorld, called: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: world.sandbox.port, method, path: called, headers };
    const outgoing = request(options, (response) => {
      text(response).then(
        (body) => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
        reject,
      );
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}

const CHROMIUM = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8';

describe('the inspector', () => {
  it('is what a browser gets at the root, at /_sandbox and at a namespace', async () => {
    await using world = await startWorld();
    for (const [called, to] of [
      ['/', '/_sandbox/'],
      ['/_sandbox', '/_sandbox/'],
      ['/ns/mine', '/ns/mine/_sandbox/'],
      ['/ns/mine/', '/ns/mine/_sandbox/'],
      ['/ns/mine/_sandbox', '/ns/mine/_sandbox/'],
    ] as const) {
      const { status, headers } = await get(world, called, { accept: CHROMIUM });
      assert.deepEqual([status, headers['location'], headers['vary']], [302, to, 'Accept'], called);
      const page = await get(world, to, { accept: CHROMIUM });
      assert.equal(page.status, 200);
      assert.match(String(page.headers['content-type']), /^text\/html/);
      assert.match(page.body, /<sandbox-inspector>/);
    }
    assert.deepEqual(await world.control.namespaces(), [], 'looking at a namespace makes none');
  });

  it('leaves every other client what it had', async () => {
    await using world = await startWorld();
    for (const accept of [
      '',
      '*/*',
      'application/json',
      'application/json, text/html',
      'text/html;q=0',
      'text/plain',
    ]) {
      const headers: Record<string, string> = accept === '' ? {} : { accept };
      for (const called of ['/_sandbox', '/_sandbox/']) {
        const { status, body } = await get(world, called, headers);
        assert.equal(status, 200, accept);
        assert.ok((JSON.parse(body) as { routes: unknown[] }).routes.length > 10, accept);
      }
      assert.equal((await get(world, '/', headers)).status, 404, accept);
    }
    assert.equal(
      (await get(world, '/_sandbox/health', { accept: CHROMIUM })).headers['content-type'],
      'application/json; charset=utf-8',
    );
    assert.equal((await get(world, '/', { accept: CHROMIUM }, 'POST')).status, 404);
  });

  it('may do nothing but run its own files', async () => {
    await using world = await startWorld();
    const { headers, body } = await get(world, '/_sandbox/', { accept: 'text/html' });
    const policy = String(headers['content-security-policy']);
    for (const part of [
      "default-src 'none'",
      "script-src 'self'",
      "require-trusted-types-for 'script'",
      'trusted-types lit-html;',
    ]) {
      assert.ok(`${policy};`.includes(part), part);
    }
    assert.ok(!/unsafe|https?:/.test(policy));
    assert.ok(!/style=|<style|<script>|(?:src|href)="https?:/.test(body));
    for (const [name, type] of [
      ['inspector.js', 'text/javascript; charset=utf-8'],
      ['inspector.css', 'text/css; charset=utf-8'],
    ] as const) {
      for (const start of ['', '/ns/mine']) {
        const file = await get(world, `${start}/_sandbox/inspector/${name}`);
        assert.deepEqual([file.status, file.headers['content-type']], [200, type]);
      }
    }
    for (const name of ['index.html', '../../package.json', '..%2f..%2fpackage.json', 'constructor']) {
      assert.equal((await get(world, `/_sandbox/inspector/${name}`)).status, 404, name);
    }
    const head = await get(world, '/_sandbox/', { accept: 'text/html' }, 'HEAD');
    assert.deepEqual([head.status, head.body], [200, '']);
  });

  it('is guarded as the control API is', async () => {
    await using world = await startWorld();
    for (const called of ['/_sandbox/', '/_sandbox/inspector/inspector.js']) {
      assert.equal((await get(world, called, { accept: CHROMIUM, host: 'evil.test' })).status, 403);
    }
  });

  it('says how to build it where it is not built', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'inspector-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    for (const name of ['inspector.ts', 'inspector-page.ts']) {
      copyFileSync(path.resolve('mock-server/bindings', name), path.join(folder, name));
    }
    const { serveInspector } = (await import(
      path.join(folder, 'inspector.ts')
    )) as typeof import('../../mock-server/bindings/inspector.ts');
    const server = createServer((incoming, outgoing) => void serveInspector({ is: 'page' }, incoming, outgoing));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const { status, text: body } = await send(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    server.close();
    server.closeAllConnections();
    assert.equal(status, 503);
    assert.match(body, /<p>The inspector is not built: run <code>npm run build:inspector<\/code>/);
  });
});

const ask = async <Schema extends z.ZodMiniType>(world: SandboxWorld, called: string, schema: Schema) =>
  z.parse(schema, (await world.fetch(called)).json);

describe('the overview of the control API', () => {
  it('divides what was captured into refunded, pending and refundable, for every payment', async () => {
    await using world = await startWorld();
    await world.refund();
    const { payments, total } = await ask(world, '/_sandbox/payments', paymentsAnswer);
    assert.equal(payments.length, total);
    assert.equal(total, 19);
    for (const { id, captured, refunded, pending, refundable } of payments) {
      const sum = [refunded, pending, refundable].reduce((all, part) => all + Math.round(Number(part) * 1_000), 0);
      assert.equal(sum, Math.round(Number(captured) * 1_000), id);
    }
    assert.equal(payments[0]?.id, INTENT, 'the payment that was refunded last comes first');
  });

  it('tells the life of a refund: what it was, what it is and what is to come', async () => {
    await using world = await startWorld();
    await world.refund();
    const life = async () => {
      const { payments } = await ask(world, `/_sandbox/payments?payment_id=${INTENT}`, paymentsAnswer);
      return payments[0]!.refunds[0]!.steps.map(({ status, time, reached, counts }) => [
        status,
        time.slice(14, 19),
        reached,
        counts,
      ]);
    };
    assert.deepEqual(await life(), [
      ['INITIATED', '00:00', true, 'pending'],
      ['PROCESSING', '00:05', false, 'pending'],
      ['SUCCEEDED', '00:20', false, 'refunded'],
    ]);
    await world.control.advance('PT10S');
    assert.deepEqual(
      (await life()).map(([status, , reached]) => [status, reached]),
      [
        ['INITIATED', true],
        ['PROCESSING', true],
        ['SUCCEEDED', false],
      ],
    );
  });

  it('leaves out the steps that an edit went past', async () => {
    await using world = await startWorld();
    const id = String((await world.refund()).json['payment_refund_id']);
    await world.control.advance('PT2S');
    await world.fetch(`/_sandbox/db/uqpay_refunds/${id}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ refund_status: 'FAILED' }),
    });
    const { payments } = await ask(world, `/_sandbox/payments?payment_id=${INTENT}`, paymentsAnswer);
    assert.deepEqual(
      payments[0]!.refunds[0]!.steps.map(({ status, reached, counts }) => [status, reached, counts]),
      [
        ['INITIATED', true, 'pending'],
        ['FAILED', true, 'nothing'],
      ],
    );
  });

  it('knows when a KNET refund settles, and that a deleted one counts as nothing', async () => {
    await using world = await startWorld();
    const created = await world.upayments('/create-refund', { orderId: KNET, totalPrice: 10 });
    const read = async () => (await ask(world, `/_sandbox/payments?payment_id=${KNET}`, paymentsAnswer)).payments[0]!;
    const before = await read();
    assert.deepEqual([before.pending, before.refundable], ['10.000', '22.750']);
    assert.deepEqual(
      before.refunds[0]!.steps.map(({ status, reached }) => [status, reached]),
      [
        ['initiated', true],
        ['refunded', false],
      ],
    );
    assert.equal(before.refunds[0]!.steps[1]!.time, '2026-11-02T13:00:00+08:00');
    const { orderId, refundOrderId } = (created.json['data'] ?? {}) as Record<string, string>;
    await world.upayments('/delete-refund', { orderId, refundOrderId });
    const after = await read();
    assert.deepEqual([after.pending, after.refundable], ['0.000', '32.750']);
    assert.equal(after.refunds[0]!.steps.at(-1)?.counts, 'nothing');
  });

  it('shows credentials of its own, and a variable for those that somebody chose', async () => {
    await using world = await startWorld({ credentials: { uqpayApiKey: 'real', upaymentsToken: 'real-too' } });
    const { text: body } = await world.fetch('/_sandbox/providers');
    assert.ok(!body.includes('real'));
    const { providers } = z.parse(providersAnswer, JSON.parse(body));
    assert.deepEqual(
      providers.map(({ name, sign_in: signIn }) => [name, signIn?.token?.headers ?? signIn?.headers]),
      [
        ['uqpay', { 'x-client-id': 'sandbox-client', 'x-api-key': '${UQPAY_API_KEY}' }],
        ['upayments', { authorization: 'Bearer ${UPAYMENTS_TOKEN}' }],
      ],
    );
  });

  it('refuses what it does not know, and does without a provider that has no overview', async () => {
    await using sandbox = await createSandbox({ providers: [testpay], data: { ...DEFAULT_SEED } });
    for (const [query, status] of [
      ['provider=nobody', 400],
      ['limit=501', 400],
      ['limit=-1', 400],
      ['payment=1', 400],
      ['payment_id=PI0', 404],
      ['provider=testpay', 200],
      ['limit=0', 200],
    ] as const) {
      assert.equal((await send(`${sandbox.url}/_sandbox/payments?${query}`)).status, status, query);
    }
    const { json } = await send(`${sandbox.url}/_sandbox/payments?provider=testpay`);
    assert.deepEqual(json, { total: 0, payments: [] });
  });
});

describe('the control API for a page that watches', () => {
  it('clears one scenario and leaves the others', async () => {
    await using world = await startWorld();
    const { id } = await world.control.scenario('fail');
    await world.control.scenario('server_error');
    const { json } = await world.fetch(`/_sandbox/scenarios/${id}`, { method: 'DELETE' });
    assert.deepEqual(
      (json['active'] as { scenario: string }[]).map(({ scenario }) => scenario),
      ['server_error'],
    );
    for (const unknown of [String(id), '0', 'fail']) {
      assert.equal((await world.fetch(`/_sandbox/scenarios/${unknown}`, { method: 'DELETE' })).status, 404);
    }
    assert.equal((await ask(world, '/_sandbox/scenarios', scenariosAnswer)).active.length, 1);
  });

  it('tells when the numbers of the journal begin again', async () => {
    await using world = await startWorld();
    const generation = async () => (await ask(world, '/_sandbox/journal?limit=0', journalAnswer)).generation;
    const first = await generation();
    await world.refund();
    assert.equal(await generation(), first);
    await world.control.clearJournal();
    const second = await generation();
    assert.notEqual(second, first);
    await world.control.reset();
    assert.notEqual(await generation(), second);
    assert.notEqual(await generation(), first);
  });

  it('records the query and the connected account of a call, without personal data', async () => {
    await using world = await startWorld();
    const account = 'c0a80101-0000-4000-8000-000000000001';
    await world.uqpay('/v2/payment/refunds?page_number=1&page_size=10', { headers: { 'x-on-behalf-of': account } });
    await world.uqpay('/v2/payment/refunds?email=huda%40example.com');
    const [listed, refused] = (await world.control.journal({ route: 'list_refunds' })).map(({ query, account }) => ({
      query,
      account,
    }));
    assert.deepEqual(listed, { query: 'page_number=1&page_size=10', account });
    assert.deepEqual(refused, { query: 'email=%5Bredacted%5D', account: null });
  });

  it('does not bring a deleted namespace back for who only looks', async () => {
    await using world = await startWorld();
    const headers = { 'x-sandbox-namespace': 'existing' };
    for (const called of ['/_sandbox/journal', '/_sandbox/db/uqpay_intents', '/_sandbox/reset']) {
      const method = called.endsWith('reset') ? 'POST' : 'GET';
      const { status, json } = await world.fetch(`/ns/mine${called}`, { method, headers });
      assert.deepEqual([status, json['error']], [404, 'there is no namespace "mine"'], called);
    }
    assert.deepEqual(await world.control.namespaces(), []);
    await world.fetch('/ns/mine/_sandbox/health');
    assert.equal((await world.fetch('/ns/mine/_sandbox/journal', { headers })).status, 200);
  });

  it('has no line in the log, so that the calls of a backend stay in sight', async () => {
    const lines: string[] = [];
    await using world = await startWorld({ onCall: ({ method, path: called }) => lines.push(`${method} ${called}`) });
    const headers = { 'x-sandbox-namespace': 'existing' };
    await world.fetch('/_sandbox/journal', { headers });
    await world.fetch('/_sandbox/clock', { method: 'POST', body: '{"advance":"PT1M"}', headers });
    await world.fetch('/_sandbox/health');
    assert.deepEqual(lines, ['POST /_sandbox/clock', 'GET /_sandbox/health']);
  });

  it('is read without a write to the file of --db, also while a scenario waits', async (t) => {
    const folder = mkdtempSync(path.join(tmpdir(), 'inspector-db-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const db = path.join(folder, 'state.sqlite');
    await using world = await startWorld({ db });
    await world.control.scenario('fail');
    const lastWrite = () =>
      readdirSync(folder)
        .map((name) => statSync(path.join(folder, name), { bigint: true }).mtimeNs)
        .reduce((latest, time) => (time > latest ? time : latest), 0n);
    const before = lastWrite();
    await world.control.journal();
    await world.fetch('/_sandbox/payments');
    assert.equal(lastWrite(), before);
    await world.uqpay('/v2/payment/refunds');
    assert.ok(lastWrite() > before, 'a call of a provider can use the scenario up');
  });
});
