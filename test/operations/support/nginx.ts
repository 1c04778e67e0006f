import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { block, replacePlaces } from './document.ts';
import { findProgram, start } from './program.ts';
import { USER_SECRET, type StartFrontEnd } from './site.ts';

/** Starts nginx with the site of the document. The main file is like Debian's, with folders of the test. */
export const startNginx: StartFrontEnd = async (places, change = (text) => text) => {
  const { folder, certificate, key, httpPort, httpsPort, proxy, signIn, pages } = places;
  const secret = path.join(folder, 'refunds-secret.conf');
  const site = path.join(folder, 'refunds.conf');
  const main = path.join(folder, 'nginx.conf');
  await mkdir(path.join(folder, 'temp'));
  await writeFile(
    secret,
    replacePlaces(block('/etc/nginx/refunds-secret.conf'), { 'put-the-secret-of-proxy.env-here': USER_SECRET }),
  );
  await writeFile(
    site,
    change(
      replacePlaces(block('/etc/nginx/conf.d/refunds.conf'), {
        '/etc/nginx/refunds-secret.conf': secret,
        '/etc/ssl/refunds/admin.example.crt': certificate,
        '/etc/ssl/refunds/admin.example.key': key,
        'listen 80;': `listen 127.0.0.1:${httpPort};`,
        'listen 443 ssl http2;': `listen 127.0.0.1:${httpsPort} ssl http2;`,
        '127.0.0.1:4020': proxy,
        '127.0.0.1:4180': signIn,
        '127.0.0.1:8080': pages,
      }),
    ),
  );
  const user = process.getuid?.() === 0 ? 'user root;\n' : '';
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `  ${name}_temp_path ${path.join(folder, 'temp', name)};`)
    .join('\n');
  await writeFile(
    main,
    `${user}daemon off;
pid ${path.join(folder, 'nginx.pid')};
worker_processes 1;
events {}
http {
${folders}
  access_log off;
  gzip on;
  include ${site};
}
`,
  );
  return start(
    [findProgram('nginx')!, '-p', folder, '-e', 'stderr', '-c', main],
    { PATH: process.env['PATH'] },
    folder,
  );
};
