import type { Server } from 'node:http';

interface Place {
  readonly port: number;
  readonly host: string;
}

export class PortTakenError extends Error {
  override name = 'PortTakenError' as const;

  constructor(port: number, host: string) {
    super(`Port ${port} on ${host} is taken: stop what runs there, or choose another with --port`);
  }
}

/** The sandbox cannot listen there, for a reason that a sentence explains. */
export class ListenError extends Error {
  override name = 'ListenError' as const;
}

const EXPECTED_HOST = '--host: expected an address of this machine, such as 127.0.0.1';

const FAULTS: Readonly<Record<string, (place: Place) => string>> = {
  EADDRNOTAVAIL: ({ host }) => `${EXPECTED_HOST}, received ${host}`,
  ENOTFOUND: ({ host }) => `${EXPECTED_HOST}, received ${host}, which is no address and no name that leads to one`,
  EAI_AGAIN: ({ host }) => `${EXPECTED_HOST}, received ${host}, whose address could not be looked up`,
  EACCES: ({ port }) => `--port: this user may not listen on port ${port}; choose one above 1023`,
};

function explain(error: NodeJS.ErrnoException, place: Place): Error {
  const { code = '', syscall, message } = error;
  if (code === 'EADDRINUSE') return new PortTakenError(place.port, place.host);
  const sentence = FAULTS[code]?.(place) ?? (syscall === 'listen' ? message : undefined);
  return sentence === undefined ? error : new ListenError(sentence, { cause: error });
}

/**
 * Resolves with the port.
 * @throws PortTakenError when something else listens there
 * @throws ListenError when the address is not this machine's, or the port is not for this user
 */
export function listen(server: Server, { port, host }: Place): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, { port, host })));
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
