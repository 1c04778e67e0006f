import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import type { TestContext } from 'node:test';

export interface Relay {
  readonly url: string;
  /** How often a client has sent something after it had received an answer: it waited that many times. */
  readonly turns: () => number;
}

/** A relay in front of a database. It counts how often its clients wait for an answer. */
export async function startRelay(t: TestContext, databaseUrl: string): Promise<Relay> {
  const target = new URL(databaseUrl);
  // The test database listens on a socket in this folder.
  const socketPath = `${target.searchParams.get('host')}/.s.PGSQL.5432`;
  const sockets = new Set<Socket>();
  let turns = 0;
  const server = createServer((client) => {
    const database = connect(socketPath);
    let isAnswered = true;
    client.on('data', () => {
      if (isAnswered) turns += 1;
      isAnswered = false;
    });
    database.on('data', () => {
      isAnswered = true;
    });
    for (const socket of [client, database]) {
      sockets.add(socket.setNoDelay(true));
      socket.on('error', () => undefined);
    }
    client.pipe(database).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `postgres://${target.username}@127.0.0.1:${port}${target.pathname}`, turns: () => turns };
}
