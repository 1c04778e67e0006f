import { createServer, type Server, type Socket } from 'node:net';

import { expect, test } from '@playwright/test';

/**
 * A browser does not tell a page whether a failed POST was sent. A request that waited for a connection looks the
 * same as one that reached the server, so the form calls both unknown. If the first test fails with a new browser,
 * that browser tells more, and the form may say more. The Fetch standard requires this: a network error has only
 * opaque timing, with a start and an end ("fetch response handover", "create an opaque timing info"), and for the
 * page an abort is a network error.
 */

interface RawServer {
  readonly url: string;
  /** How many POSTs reached the server. */
  posts: number;
  /** How many requests hang on an open connection. */
  hanging(): number;
  /** Answers the requests that hang. */
  release(): void;
  close(): Promise<void>;
}

/** A plain HTTP/1.1 server. A path with `hang` gets no answer, and one with `drop` a closed connection. */
async function rawServer(): Promise<RawServer> {
  const sockets = new Set<Socket>();
  const hanging = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
      const [, method, path = ''] = /^(\w+) (\S+) HTTP\/1\.1\r\n[^]*?\r\n\r\n/.exec(text) ?? [];
      if (!method) return;
      text = '';
      if (method === 'POST') self.posts += 1;
      if (path.includes('hang')) hanging.add(socket);
      else if (path.includes('drop')) socket.destroy();
      else answer(socket);
    });
  });
  const answer = (socket: Socket) =>
    socket.end(
      'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 15\r\nconnection: close\r\n\r\n<!doctype html>',
    );
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('The server listens on no port');
  const self: RawServer = {
    url: `http://127.0.0.1:${address.port}/`,
    posts: 0,
    hanging: () => [...hanging].filter((socket) => sockets.has(socket)).length,
    release() {
      for (const socket of hanging) answer(socket);
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
  return self;
}

const rawTest = test.extend<{ readonly server: RawServer }>({
  // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
  server: async ({}, use) => {
    const server = await rawServer();
    await use(server);
    await server.close();
  },
  page: async ({ page, server }, use) => {
    await page.goto(server.url);
    await use(page);
  },
});

/** Sends a POST in the page and returns what the page learns: the times that are not 0, and the status. */
async function post(path: string) {
  let signal: AbortSignal | undefined;
  if (!path.includes('drop')) signal = AbortSignal.timeout(700);
  const entry = new Promise<PerformanceResourceTiming>((resolve) => {
    new PerformanceObserver((list, observer) => {
      const timing = list.getEntriesByName(new URL(path, location.href).href)[0];
      if (!timing) return;
      observer.disconnect();
      resolve(timing as PerformanceResourceTiming);
    }).observe({ type: 'resource' });
  });
  const response = fetch(path, { method: 'POST', body: '{}', ...(signal && { signal }) });
  const failed = await response.then(
    () => false,
    () => true,
  );
  const json = (await entry).toJSON() as Record<string, unknown>;
  const times = ['fetchStart', 'connectStart', 'connectEnd', 'requestStart', 'responseStart', 'responseEnd'];
  return { failed, set: times.filter((name) => json[name] !== 0), status: json['responseStatus'] };
}

rawTest(
  'a page cannot distinguish a POST that was not sent from one that reached the server',
  async ({ page, server }) => {
    const nothing = { failed: true, set: ['fetchStart', 'responseEnd'], status: 0 };
    expect(await page.evaluate(post, '/drop')).toEqual(nothing);
    expect(server.posts).toBeGreaterThan(0);
    const postsBefore = server.posts;
    expect(await page.evaluate(post, '/hang-sent')).toEqual(nothing);
    expect(server.posts).toBe(postsBefore + 1);
    await expect.poll(() => server.hanging()).toBe(0);
    // A browser has only six connections for an origin. A GET asks the cache first, so a later POST could overtake it.
    await page.evaluate(() => {
      for (let number = 0; number < 6; number += 1) fetch(`/hang${number}`).catch(() => undefined);
    });
    await expect.poll(() => server.hanging()).toBe(6);
    expect(await page.evaluate(post, '/queued')).toEqual(nothing);
    expect(server.posts).toBe(postsBefore + 1);
    // An aborted request is not sent later, when a connection is free.
    server.release();
    await page.evaluate(async () => (await fetch('/')).text());
    expect(server.posts).toBe(postsBefore + 1);
  },
);

rawTest('a browser without a network reports it before it sends anything', async ({ page, server }) => {
  expect(await page.evaluate(() => navigator.onLine)).toBe(true);
  await page.context().setOffline(true);
  expect(await page.evaluate(() => navigator.onLine)).toBe(false);
  expect(await page.evaluate(post, '/drop-offline')).toMatchObject({ failed: true });
  expect(server.posts).toBe(0);
});
