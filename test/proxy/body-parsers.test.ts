import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as nodeRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { getRequestListener, serve } from '@hono/node-server';
import express from 'express';
import { fastify } from 'fastify';
import { Hono } from 'hono';

import { nodeHandler, type RefundProxy } from '../../proxy/index.ts';
import {
  PAYMENT,
  readAnswer,
  REFUND,
  startTestProxy,
  UQPAY_POST,
  uqpayBody,
  uuid,
  type TestProxy,
} from './support/test-proxy.ts';
import { SECRET, webhook } from './support/webhook.ts';

type Mount = (proxy: RefundProxy) => Server | Promise<Server>;

/** A server that reads the whole request first, and then passes it to the proxy. */
function readingFirst(read: (chunks: Buffer[]) => object): Mount {
  return (proxy) => {
    const handle = nodeHandler(proxy);
    return createServer((incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => handle(Object.assign(incoming, read(chunks)), outgoing));
    }).listen(0, '127.0.0.1');
  };
}

/** A server that reads the first bytes of a request, and then passes it to the proxy. */
const peekingFirst: Mount = (proxy) => {
  const handle = nodeHandler(proxy);
  return createServer((incoming, outgoing) => {
    if (incoming.method === 'GET') return handle(incoming, outgoing);
    incoming.once('data', () => {
      incoming.pause();
      handle(incoming, outgoing);
    });
  }).listen(0, '127.0.0.1');
};

function expressWith(parser: express.RequestHandler): Mount {
  return (proxy) => {
    const app = express();
    app.use(parser);
    app.use('/refunds', nodeHandler(proxy));
    return app.listen(0, '127.0.0.1');
  };
}

function honoWith(prepare: (request: Request) => Promise<Request>): Mount {
  return (proxy) => {
    const app = new Hono();
    app.all('/refunds/*', async ({ req }) => proxy.fetch(await prepare(req.raw)));
    return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
  };
}

/** Servers where something else has read the body before the proxy does. */
const BEHIND_A_PARSER: Readonly<Record<string, Mount>> = {
  'express.json()': expressWith(express.json()),
  'express.text()': expressWith(express.text({ type: '*/*' })),
  'express.raw()': expressWith(express.raw({ type: '*/*' })),
  'express.json() before a listener of the merchant’s own': (proxy) => {
    const app = express();
    app.use(express.json());
    app.use(getRequestListener((request) => proxy.fetch(request)));
    return app.listen(0, '127.0.0.1');
  },
  "Fastify's own parser": async (proxy) => {
    const app = fastify();
    const handle = nodeHandler(proxy);
    app.all('/refunds/*', (request, reply) => {
      reply.hijack();
      handle(request.raw, reply.raw);
    });
    await app.listen({ port: 0, host: '127.0.0.1' });
    return app.server;
  },
  'a Connect or Koa parser': readingFirst((chunks) => ({ body: JSON.parse(String(Buffer.concat(chunks)) || '{}') })),
  'a parser that stopped halfway': peekingFirst,
  'Hono, after a middleware that read the JSON': honoWith(async (request) => {
    if (request.method === 'POST') await request.json();
    return request;
  }),
  'Hono, after a middleware that holds the stream': honoWith(async (request) => {
    request.body?.getReader();
    return request;
  }),
  'a framework that makes a request without the body': honoWith(async ({ url, method, headers }) => {
    return new Request(url, { method, headers });
  }),
};

for (const [parser, mount] of Object.entries(BEHIND_A_PARSER)) {
  test(`behind ${parser} nothing is sent, and answer and log say where to mount the proxy`, async (t) => {
    const { proxy, provider, logged } = await startTestProxy(t, { webhookSecret: SECRET });
    const url = await listening(t, proxy, await mount(proxy));
    const refusal = await post(url);
    assert.deepEqual(
      [refusal.status, refusal.problem.code, refusal.problem.effect],
      [500, 'body_already_read', 'nothing'],
    );
    assert.match(refusal.problem.detail ?? '', /^Mount the proxy before express\.json\(\)/);
    assert.equal(provider.calls.length, 0);
    const line = logged.find((text) => text.includes('body_already_read') && text.includes('a body parser read'));
    assert.match(line ?? '', /mount the proxy before express\.json/);
    assert.ok(!logged.join().includes('TypeError'), logged.join('\n'));
    const { headers, body } = webhook({ refund: 'RF1', status: 'SUCCEEDED' });
    const webhookAnswer = await readAnswer(await fetch(`${url}/webhooks`, { method: 'POST', headers, body }));
    assert.equal(
      webhookAnswer.problem.code,
      'body_already_read',
      'a webhook gets the same error, so the provider sends it again',
    );
    // A request without a body works as usual.
    assert.equal((await fetch(`${url}/payments/${PAYMENT}`)).status, 200);
  });
}

test('the proxy reads the bytes that a platform stores as rawBody if the stream is already read', async (t) => {
  const { proxy, provider } = await startTestProxy(t);
  const mount = readingFirst((chunks) => ({ rawBody: Buffer.concat(chunks) }));
  const url = await listening(t, proxy, await mount(proxy));
  assert.equal((await post(url)).status, 200);
  assert.equal(provider.callsOf(UQPAY_POST).length, 1);
});

test('a request whose body is lost makes no claim about an earlier request with the same key', async (t) => {
  const { proxy, refund } = await startTestProxy(t);
  assert.equal((await refund('10.00', { key: uuid(1) })).status, 200);
  const url = await listening(t, proxy, await BEHIND_A_PARSER['express.json()']!(proxy));
  assert.deepEqual(
    [(await post(url)).problem.code, (await post(url)).problem.effect],
    ['body_already_read', 'unknown'],
  );
});

test('a client that disconnects during its request is no error of the proxy, and causes no send', async (t) => {
  const { proxy, provider, logged } = await startTestProxy(t);
  const server = createServer(nodeHandler(proxy)).listen(0, '127.0.0.1');
  const url = await listening(t, proxy, server);
  const arrived = once(server, 'request');
  const leaving = nodeRequest(url + REFUND, {
    method: 'POST',
    headers: { ...HEADERS, 'content-length': '1000' },
  });
  leaving.on('error', () => undefined);
  leaving.write('{"payment_intent_id":');
  await arrived;
  const answeredLine = nextLine(logged, '"answered"');
  leaving.destroy();
  assert.match(await answeredLine, /"status":400,"code":"malformed_json"/);
  assert.deepEqual([provider.calls.length, logged.filter((line) => line.includes('failed'))], [0, []]);
});

test('a wrong mount path is explained by the answer and by one log line, with the basePath', async (t) => {
  const mounts: Record<string, Mount> = {
    Express(proxy) {
      const app = express();
      app.use('/api/refunds', nodeHandler(proxy));
      return app.listen(0, '127.0.0.1');
    },
    Hono(proxy) {
      const app = new Hono();
      app.all('/api/refunds/*', ({ req }) => proxy.fetch(req.raw));
      return serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server;
    },
  };
  for (const [runtime, mount] of Object.entries(mounts)) {
    const { proxy, provider, logged } = await startTestProxy(t, { basePath: '/refunds/uqpay' });
    const url = await listening(t, proxy, await mount(proxy));
    for (const _ of [1, 2]) {
      const { problem } = await post(url.replace('/refunds', '/api/refunds'));
      assert.equal(
        `${problem.code} ${problem.detail}`,
        'path_not_allowed Expected a path below /refunds/uqpay: is the proxy mounted at another path than its basePath?',
        runtime,
      );
    }
    const lines = logged.filter((line) => line.includes('outside basePath'));
    assert.deepEqual([lines.length, lines[0]?.includes('"base_path":"/refunds/uqpay"')], [1, true], runtime);
    assert.equal(provider.calls.length, 0);
  }
});

const HEADERS = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': uuid(1) };

async function post(url: string) {
  const body = JSON.stringify(uqpayBody('10.00'));
  return readAnswer(await fetch(url + REFUND, { method: 'POST', headers: HEADERS, body }));
}

/** Resolves with the next log line that contains the text. */
function nextLine(logged: TestProxy['logged'], text: string): Promise<string> {
  return new Promise((resolve) => {
    const push = logged.push.bind(logged);
    logged.push = (...lines: string[]) => {
      const line = lines.find((each) => each.includes(text));
      if (line !== undefined) resolve(line);
      return push(...lines);
    };
  });
}

async function listening(t: TestContext, proxy: RefundProxy, server: Server): Promise<string> {
  if (!server.listening) await once(server, 'listening');
  t.after(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/refunds`;
}
