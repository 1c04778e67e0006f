import { createServer, type Server, type Socket } from 'node:net';

import { expect, test } from '@playwright/test';

/**
 * What a browser tells a page of a POST that failed: whether it left is not among it. A page sees the same of a request that
 * waited for a connection all the time and of one that reached the server, so a form calls both unknown. Should the first
 * test fail with a new browser, that browser tells more, and the form may say more.
 *
 * The Fetch standard wants it so: the timing of a network error is an opaque one, with a start and an end ("fetch response
 * handover", "create an opaque timing info"), and an abort is a network error to the page.
 */

interface RawServer {
  readonly url: string;
  /** POSTs whose first bytes came in. */
  posts: number;
  /** Ends what hangs. */
  release(): void;
  close(): Promise<void>;
}

/** HTTP/1.1 by hand: a path with `hang` gets no answer, one with `drop` a closed connection. */
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

/** Sends a POST in the page, and answers what the page learns: times that are not 0, and the status. */
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
    // Six connections are all that a browser has for an origin.
    await page.evaluate(() => {
      for (let number = 0; number < 6; number += 1) fetch(`/hang${number}`).catch(() => undefined);
    });
    expect(await page.evaluate(post, '/queued')).toEqual(nothing);
    expect(server.posts).toBe(postsBefore + 1);
    // Given up is given up: it does not leave once there is a connection.
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
