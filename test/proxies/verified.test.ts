import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';

import { formatReport } from '../../verify/index.ts';
import { bench } from '../verify/support.ts';
import { buildGo, whyNoGo } from './go.ts';
import { FOLDER, startProxy, TIMEOUT_MS } from './support.ts';

const PROXIES = [
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

for (const { language, command, needs, args } of PROXIES) {
  const isHere = spawnSync(command, needs).status === 0;
  const skip = !isHere && `this machine has no ${language} that can run it (${command} ${needs.join(' ')})`;
  for (const provider of ['uqpay', 'upayments'] as const) {
    test(`the proxy in ${language} for ${provider} passes every check`, { skip }, async (t) => {
      const { verify, recorder } = await bench(t);
      const endpoint = await startProxy(t, { command, args, provider, recorder });
      const report = await verify(endpoint, { proxyTimeoutMs: TIMEOUT_MS });
      assert.equal(report.verdict, 'passes', formatReport(report));
    });
  }
}

const whySkipped = whyNoGo();
for (const provider of ['uqpay', 'upayments'] as const) {
  test(`the proxy in Go for ${provider} passes every check`, { skip: whySkipped }, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'refund-proxy-go-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const command = await buildGo(folder);
    const { verify, recorder } = await bench(t);
    const endpoint = await startProxy(t, { command, args: () => [], provider, recorder });
    const report = await verify(endpoint, { proxyTimeoutMs: TIMEOUT_MS });
    assert.equal(report.verdict, 'passes', formatReport(report));
  });
}
