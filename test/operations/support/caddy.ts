import { writeFile } from 'node:fs/promises';
import path from 'node:path';

import { block, replacePlaces } from './document.ts';
import { findProgram, start } from './program.ts';
import { USER_SECRET, type StartFrontEnd } from './site.ts';

/** Starts Caddy with the Caddyfile of the document, on ports of the test. */
export const startCaddy: StartFrontEnd = async (places, change = (text) => text) => {
  const { folder, certificate, key, httpPort, httpsPort, proxy, signIn, pages } = places;
  const file = path.join(folder, 'Caddyfile');
  const site = replacePlaces(block('/etc/caddy/Caddyfile'), {
    '/etc/ssl/refunds/admin.example.crt': certificate,
    '/etc/ssl/refunds/admin.example.key': key,
    '127.0.0.1:4020': proxy,
    '127.0.0.1:4180': signIn,
    '127.0.0.1:8080': pages,
  });
  const ports = `{
	admin off
	http_port ${httpPort}
	https_port ${httpsPort}
	default_bind 127.0.0.1
}
`;
  await writeFile(file, ports + change(site));
  return start(
    [findProgram('caddy')!, 'run', '--adapter', 'caddyfile', '--config', file],
    { PATH: process.env['PATH'], HOME: folder, REFUND_USER_SECRET: USER_SECRET },
    folder,
  );
};
