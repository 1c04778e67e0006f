import { spawnSync } from 'node:child_process';
import path from 'node:path';

import { FOLDER } from './support.ts';

const SCRIPTED = [
  {
    language: 'Python',
    command: 'python3',
    needs: ['-c', 'import sys; sys.exit(sys.version_info < (3, 10))'],
    args: () => [path.join(FOLDER, 'python/server.py')],
  },
  {
    language: 'PHP',
    command: 'php',
    needs: [
      '-r',
      'exit(PHP_VERSION_ID >= 80200 && extension_loaded("pdo_sqlite") && extension_loaded("curl") ? 0 : 1);',
    ],
    args: (port: number) => ['-S', `127.0.0.1:${port}`, path.join(FOLDER, 'php/index.php')],
  },
  {
    language: 'nginx with njs',
    command: 'python3',
    needs: [
      '-c',
      'import os, shutil, sys; sys.exit(not shutil.which("nginx") or not os.path.exists("/usr/lib/nginx/modules/ngx_http_js_module.so"))',
    ],
    args: () => [path.join(FOLDER, 'nginx/start.py')],
  },
];

/** The proxies that need no build, each with the reason why this machine cannot run it, or `false`. */
export const PROXIES = SCRIPTED.map(({ language, command, needs, args }) => {
  const isHere = spawnSync(command, needs).status === 0;
  const skip = !isHere && `this machine has no ${language} that can run it (${command} ${needs.join(' ')})`;
  return { language, command, args, skip };
});
