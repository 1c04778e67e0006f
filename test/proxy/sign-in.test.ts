import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';

import { serve } from '@hono/node-server';
import express from 'express';
import session from 'express-session';
import { fastify } from 'fastify';
import { Hono, type Context } from 'hono';
import { jwtVerify, SignJWT } from 'jose';

import { nodeHandler, type RefundProxyOptions } from '../../proxy/index.ts';
import { PAYMENT, startTestProxy } from './support/test-proxy.ts';

/** The sign-in of a merchant's server, as `docs/proxy.md` shows it. */
declare module 'express-session' {
  interface SessionData {
    user: string;
  }
}

type Authorize = RefundProxyOptions['authorize'];
const READ = `/refunds/payments/${PAYMENT}`;

async function startProxy(t: TestContext, authorize: Authorize) {
  const { proxy } = await startTestProxy(t, { authorize });
  t.after(() => proxy.close());
  return proxy;
}

async function listen(t: TestContext, app: RequestListener): Promise<string> {
  const server = createServer(app).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const status = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url + READ, { headers })).status;

test('a signed-in Express session may refund, and the end of the session ends that', async (t) => {
  const proxy = await startProxy(t, async (_request, { original }) => {
    const { session } = original as express.Request;
    return session.user === undefined ? { refuse: 'unauthenticated' } : { user: session.user };
  });
  const app = express();
  app.use(session({ secret: 'a secret of the test', resave: false, saveUninitialized: false }));
  app.use('/refunds', nodeHandler(proxy));
  app.post('/sign-in', (request, response) => {
    request.session.user = 'admin-1';
    response.end();
  });
  app.post('/sign-out', (request, response) => request.session.destroy(() => response.end()));
  const url = await listen(t, app);
  assert.equal(await status(url), 401);
  const signIn = await fetch(`${url}/sign-in`, { method: 'POST' });
  const cookie = signIn.headers.get('set-cookie')!.split(';')[0]!;
  assert.equal(await status(url, { cookie }), 200);
  await fetch(`${url}/sign-out`, { method: 'POST', headers: { cookie } });
  assert.equal(await status(url, { cookie }), 401);
});

test('a JSON Web Token decides by its subject, its audience and its end', async (t) => {
  const secret = new TextEncoder().encode('a secret of at least thirty-two bytes');
  const proxy = await startProxy(t, async (request) => {
    const token = /^Bearer (\S+)$/.exec(request.headers.get('authorization') ?? '')?.[1];
    if (token === undefined) return { refuse: 'unauthenticated' };
    const verified = await jwtVerify(token, secret, { audience: 'refunds' }).catch(() => undefined);
    return verified?.payload.sub === undefined ? { refuse: 'unauthenticated' } : { user: verified.payload.sub };
  });
  const url = await listen(t, nodeHandler(proxy));
  const token = (audience: string, expires: string, key = secret) =>
    new SignJWT()
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('admin-1')
      .setAudience(audience)
      .setExpirationTime(expires)
      .sign(key);
  const other = new TextEncoder().encode('another secret of at least thirty-two');
  const of = async (text: Promise<string>) => ({ authorization: `Bearer ${await text}` });
  assert.equal(await status(url), 401);
  assert.equal(await status(url, await of(token('refunds', '1h'))), 200);
  assert.equal(await status(url, await of(token('shop', '1h'))), 401);
  assert.equal(await status(url, await of(token('refunds', '-1h'))), 401);
  assert.equal(await status(url, await of(token('refunds', '1h', other))), 401);
});

test('the header of a reverse proxy counts only from the address of that proxy', async (t) => {
  let trusted = '127.0.0.1';
  const proxy = await startProxy(t, async (request, { original }) => {
    const { socket } = original as IncomingMessage;
    const user = request.headers.get('x-auth-request-user');
    return socket.remoteAddress === trusted && user ? { user } : { refuse: 'unauthenticated' };
  });
  const url = await listen(t, nodeHandler(proxy));
  assert.equal(await status(url), 401);
  assert.equal(await status(url, { 'x-auth-request-user': 'admin-1' }), 200);
  trusted = '10.0.0.1';
  assert.equal(await status(url, { 'x-auth-request-user': 'admin-1' }), 401);
});

test('Hono gives its context, and Fastify its request', async (t) => {
  const honoProxy = await startProxy(t, async (_request, { original }) => {
    const user = (original as Context<{ Variables: { user?: string } }>).get('user');
    return user === undefined ? { refuse: 'unauthenticated' } : { user };
  });
  const hono = new Hono<{ Variables: { user?: string } }>();
  hono.use(async (context, next) => {
    if (context.req.header('cookie') === 'session=1') context.set('user', 'admin-1');
    await next();
  });
  hono.all('/refunds/*', (context) => honoProxy.fetch(context.req.raw, context));
  const served = serve({ fetch: hono.fetch, port: 0, hostname: '127.0.0.1' });
  t.after(() => served.close());
  await once(served, 'listening');
  const honoUrl = `http://127.0.0.1:${(served.address() as AddressInfo).port}`;
  assert.deepEqual([await status(honoUrl), await status(honoUrl, { cookie: 'session=1' })], [401, 200]);

  const fastifyProxy = await startProxy(t, async (_request, { original }) => {
    const { user } = original as { user?: string };
    return user === undefined ? { refuse: 'unauthenticated' } : { user };
  });
  const app = fastify();
  app.decorateRequest('user', undefined);
  app.addHook('onRequest', async (request) => {
    if (request.headers.cookie === 'session=1') Object.assign(request, { user: 'admin-1' });
  });
  const handle = nodeHandler(fastifyProxy);
  app.all('/refunds/*', (request, reply) => {
    reply.hijack();
    handle(request.raw, reply.raw, request);
  });
  t.after(() => app.close());
  const fastifyUrl = await app.listen({ port: 0, host: '127.0.0.1' });
  assert.deepEqual([await status(fastifyUrl), await status(fastifyUrl, { cookie: 'session=1' })], [401, 200]);
});

test('without a framework there is no request of its own', async (t) => {
  const seen: unknown[] = [];
  const { get } = await startTestProxy(t, {
    authorize: async (_request, { original }) => {
      seen.push(original);
      return { user: 'admin-1' };
    },
  });
  assert.equal((await get(`/payments/${PAYMENT}`)).status, 200);
  assert.deepEqual(seen, [undefined]);
});
