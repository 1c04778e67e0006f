import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { ownPort } from '../runner/ports.ts';
import { claim, progress } from './claims.ts';
import { ratioOf } from './load.ts';
import { refundLoads } from './refunds.ts';
import { startProcess, startServer, type BenchServer } from './server.ts';

const FOLDER = path.join(import.meta.dirname, 'peers');
const ROUNDS = 3;
const installed = (name: string) => path.join(FOLDER, 'node_modules', name);

interface Peer {
  readonly package: string;
  /** The folder of its package, from which the version is read. */
  readonly home: string;
  readonly start: (document: string) => Promise<BenchServer>;
  /** The path of the operation that creates a refund. */
  readonly path: string;
}

const PEERS: readonly Peer[] = [
  {
    package: 'json-server',
    home: path.join(import.meta.dirname, '../../node_modules/json-server'),
    start: () => startServer('json-server.ts'),
    path: '/refunds',
  },
  {
    package: '@stoplight/prism-cli',
    home: installed('@stoplight/prism-cli'),
    start: async (document) =>
      startProcess(
        [installed('@stoplight/prism-cli/dist/index.js'), 'mock', '-p', String(await ownPort()), document],
        /Prism is listening on http:\/\/[\w.]+:(\d+)/,
      ),
    path: '/v2/payment/refunds',
  },
  {
    package: '@mockoon/cli',
    home: installed('@mockoon/cli'),
    start: async (document) =>
      startProcess(
        [
          installed('@mockoon/cli/bin/run.js'),
          'start',
          '--data',
          document,
          '--port',
          String(await ownPort()),
          '--disable-log-to-file',
          '--disable-admin-api',
        ],
        /Server started on port (\d+)/,
      ),
    path: '/uqpay/api/v2/payment/refunds',
  },
];

/** Sends the same create to other mock servers. They answer from the sandbox's OpenAPI document, json-server from memory. */
export async function measurePeers(): Promise<void> {
  install();
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-form-bench-'));
  const sandbox = await startServer('sandbox-server.ts');
  try {
    const document = path.join(folder, 'uqpay.json');
    const described = await fetch(`${sandbox.origin}/_sandbox/openapi/uqpay.json`);
    writeFileSync(document, await described.text());
    const { create } = await refundLoads(sandbox.origin);
    for (const peer of PEERS) {
      const name = `${peer.package} ${versionOf(peer.home)}`;
      const server = await peer.start(document);
      try {
        const theirs = { ...create, origin: server.origin, path: peer.path };
        const value = await ratioOf(name, create, theirs, ROUNDS);
        claim({ name: `create, against ${name}`, value, unit: 'times', atLeast: 10 });
      } finally {
        await server.stop();
      }
    }
  } finally {
    await sandbox.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function versionOf(home: string): string {
  const { version } = JSON.parse(readFileSync(path.join(home, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** The other servers are 180 MB and are needed only for this comparison. */
function install(): void {
  if (existsSync(installed('@mockoon/cli')) && existsSync(installed('@stoplight/prism-cli'))) return;
  progress('installing Prism and Mockoon, once');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: FOLDER,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm ci of the peers failed: see above');
}
