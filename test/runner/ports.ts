import getPort, { portNumbers } from 'get-port';

/** Above the ports of usual services, and with all blocks below the ports of outgoing connections (on Linux from 32768). */
const FIRST = 10_000;
const BLOCK = 50;
const BLOCKS = 440;
/** `fetch` and browsers refuse this port. It is the only such port here: https://fetch.spec.whatwg.org/#port-blocking. */
const BLOCKED = [10_080];

const first = FIRST + (process.pid % BLOCKS) * BLOCK;

/**
 * A free port for a server that must know its port before it listens. Each process uses its own block of ports, and no
 * outgoing connection of another test can get one of them. If a server can listen on port 0, use that instead.
 */
export function ownPort(): Promise<number> {
  const port = portNumbers(first, first + BLOCK - 1);
  return getPort({ port, exclude: BLOCKED, host: '127.0.0.1', reserve: true });
}
