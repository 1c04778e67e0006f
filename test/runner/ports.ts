import { createServer } from 'node:net';

/** Above what services of a machine use, below what any system lends to outgoing connections (Linux from 32768). */
const FIRST = 10_000;
const BLOCK = 50;
const BLOCKS = 440;

let next = FIRST + (process.pid % BLOCKS) * BLOCK;

/**
 * For what must be told a port before it listens there: a port of this process's own block, which no connection that
 * another test opens meanwhile can be lent. Where 0 can be listened on, that is better.
 */
export async function ownPort(): Promise<number> {
  for (;;) {
    const port = next;
    next += 1;
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '127.0.0.1', () => {
      probe.close(() => resolve(true));
    });
  });
}
