import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { serve } from '@hono/node-server';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';

import { nodeHandler, type RefundProxy } from '../../proxy/index.ts';
import { PAYMENT, REFUND, startTestProxy, UQPAY_POST, uqpayBody, uuid } from './support/test-proxy.ts';
import { SECRET, webhook } from './support/webhook.ts';

/** How a merchant mounts the proxy at `/refunds`, beside other routes. */
const MOUNTS = {
  'node:http': (proxy) => createServer(nodeHandler(proxy)).listen(0, '127.0.0.1'),
  Express(proxy) {
    const app = express();
    app.use('/refunds', nodeHandler(proxy));
    app.use(express.json());
    app.post('/own', (request, response) => {
      response.json({ read: request.body as unknown });
    });
    return app.listen(0, '127.0.0.1');
  },
  Hono(proxy) {
    const app = new Hono();
    app.all('/refunds/*', ({ req }) => proxy.fetch(req.raw));
    return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  },
  async Fastify(proxy) {
    const app = fastify();
    await app.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
      const handle = nodeHandler(proxy);
      scope.all('/refunds/*', (request, reply) => {
        reply.hijack();
        handle(request.raw, reply.raw);
      });
    });
    app.post('/own', (request) => ({ read: request.body }));
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
} satisfies Readonly<Record<string, (proxy: RefundProxy) => Server | Promise<Server>>>;

for (const [runtime, mount] of Object.entries(MOUNTS)) {
  test(`${runtime} serves a refund, its replay, a refusal, a signed webhook and an event stream`, async (t) => {
    const { proxy, provider } = await startTestProxy(t, { webhookSecret: SECRET });
    const url = await listening(t, proxy, await mount(proxy));
    const refund = (headers: Record<string, string> = {}) =>
      fetch(url + REFUND, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(1), ...headers },
        body: JSON.stringify(uqpayBody('10.00')),
      });
    const events = await fetch(`${url}/payments/${PAYMENT}/events`);
    assert.equal(events.headers.get('content-type'), 'text/event-stream; charset=utf-8');
    const [first, again] = [await refund(), await refund()];
    assert.deepEqual([first.status, again.status], [200, 200]);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal((await refund({ origin: 'https://evil.example' })).status, 403);
    assert.equal((await fetch(`${url}/v1/connect/token`)).status, 404);
    const { headers, body } = webhook({ refund: 'RF1', status: 'SUCCEEDED' });
    const webhookAnswer = await fetch(`${url}/webhooks`, { method: 'POST', headers, body });
    assert.deepEqual(await webhookAnswer.json(), { received: 'changed' });
    let eventText = '';
    for await (const chunk of events.body!) {
      eventText += new TextDecoder().decode(chunk);
      if (eventText.includes('"refunded":"10.00"')) break;
    }
    assert.equal(provider.callsOf(UQPAY_POST).length, 1);
  });
}

for (const runtime of ['Express', 'Fastify'] as const) {
  test(`${runtime}: the merchant's own routes still read JSON beside the proxy`, async (t) => {
    const { proxy } = await startTestProxy(t);
    const url = await listening(t, proxy, await MOUNTS[runtime](proxy));
    const own = await fetch(new URL('/own', url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ of: 'mine' }),
    });
    assert.deepEqual(await own.json(), { read: { of: 'mine' } });
  });
}

test('the global fetch is not called as a method, because Workers refuse that', async (t) => {
  const real = globalThis.fetch;
  t.mock.method(globalThis, 'fetch', function (this: unknown, ...call: Parameters<typeof fetch>) {
    if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation');
    return real(...call);
  });
  const { refund } = await startTestProxy(t);
  assert.equal((await refund('10.00')).status, 200);
});

test('the portable entry imports nothing of Node and no package except zod', async () => {
  const root = path.resolve(import.meta.dirname, '../..');
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    files.add(file);
    const text = await readFile(file, 'utf8');
    for (const [statement, specifier = ''] of text.matchAll(/^(?:import|export)\s[^;]*?from '([^']+)';/gm)) {
      if (/^(?:import|export) type\s/.test(statement)) continue;
      if (specifier.startsWith('.')) await visit(path.resolve(path.dirname(file), specifier));
      else packages.add(specifier);
    }
  };
  await visit(path.join(root, 'proxy/portable.ts'));
  assert.ok(files.size > 20);
  assert.deepEqual([...packages], ['zod/mini']);
});

async function listening(t: TestContext, proxy: RefundProxy, server: Server): Promise<string> {
  if (!server.listening) await once(server, 'listening');
  t.after(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/refunds`;
}
