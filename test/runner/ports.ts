import getPort, { portNumbers } from 'get-port';

/** Above what services of a machine use, below what any system lends to outgoing connections (Linux from 32768). */
const FIRST = 10_000;
const BLOCK = 50;
const BLOCKS = 440;
/** `fetch` and browsers refuse this port. It is the only such port here: https://fetch.spec.whatwg.org/#port-blocking. */
const BLOCKED = [10_080];

const first = FIRST + (process.pid % BLOCKS) * BLOCK;

/**
 * A free port for a server that must be told its port before it listens. Each process takes its ports from a block of
 * its own, and no outgoing connection of another test is lent one of them. Where a server can listen on port 0, that is
 * better.
 */
export function ownPort(): Promise<number> {
  const port = portNumbers(first, first + BLOCK - 1);
  return getPort({ port, exclude: BLOCKED, host: '127.0.0.1', reserve: true });
}
