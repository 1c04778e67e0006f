import type { Server } from 'node:http';

export class PortTakenError extends Error {
  override name = 'PortTakenError' as const;

  constructor(port: number, host: string) {
    super(`Port ${port} on ${host} is taken: stop what runs there, or choose another with --port`);
  }
}

/**
 * Resolves with the port.
 * @throws PortTakenError when something else listens there
 */
export function listen(server: Server, { port, host }: { port: number; host: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      reject(error.code === 'EADDRINUSE' ? new PortTakenError(port, host) : error);
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}
