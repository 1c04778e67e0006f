import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { parseEnv } from 'node:util';

import { temporaryFolder } from '../proxy/support/folder.ts';
import { REFUND, uqpayBody } from '../proxy/support/test-proxy.ts';
import { OWN_VARIABLES, VARIABLES } from '../../proxy/server/stand-alone/variables.ts';
import { block, page, pages, replacePlaces } from './support/document.ts';
import { inFolder, ROOT } from './support/host.ts';
import { service } from './support/payments.ts';
import { findProgram, unless } from './support/program.ts';

const UNIT = '/etc/systemd/system/refund-form.service';

test('the installed release runs on its own Node', { timeout: 300_000 }, async (t) => {
  const folder = await temporaryFolder(t);
  const { status, stderr } = spawnSync('/bin/sh', ['-eu', '-c', inFolder(block('install'), folder)], {
    encoding: 'utf8',
    cwd: ROOT,
    // Use what `npm ci` has already downloaded for the checkout.
    env: { ...process.env, npm_config_prefer_offline: 'true', npm_config_audit: 'false' },
  });
  assert.equal(status, 0, stderr);
  const release = path.join(folder, 'opt/current');
  const node = path.join(release, 'node_modules/.bin/node');
  const help = spawnSync(node, [path.join(release, 'bin/refund-form.js'), 'proxy', '--help'], {
    encoding: 'utf8',
    env: {},
  });
  assert.equal(help.status, 0, help.stderr);
  assert.match(help.stdout, /REFUND_PROXY_DB/);
});

test('the service of the unit is ready and makes a refund', async (t) => {
  const { proxy, post, run, provider } = await service(t);
  const curlLines = block('start')
    .split('\n')
    .filter((line) => line.startsWith('curl'));
  assert.equal(curlLines.length, 1);
  const ready = await run(replacePlaces(curlLines[0]!, { 'http://127.0.0.1:4020': proxy.url }));
  assert.deepEqual([ready.code, ready.stdout], [0, '{"status":"ready"}']);
  assert.equal((await post(`/refunds/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  assert.equal(provider.callsOf(`POST ${REFUND}`)[0]?.headers['x-client-id'], 'put-the-client-id-here');
  assert.equal(await proxy.stop(), 0);
});

test(
  'systemd finds no fault in the unit and rates it as well protected',
  { skip: unless('systemd-analyze') },
  async (t) => {
    const { folder } = await service(t);
    const file = path.join(folder, 'refund-form.service');
    await writeFile(file, inFolder(block(UNIT), folder));
    const analyze = (...args: string[]) => spawnSync(findProgram('systemd-analyze')!, args, { encoding: 'utf8' });
    const verification = analyze('verify', '--man=no', file);
    const unitErrors = verification.stderr.split('\n').filter((line) => line.includes('refund-form.service'));
    assert.deepEqual([verification.status, unitErrors], [0, []], verification.stderr);
    const security = analyze('security', '--offline=true', '--no-pager', '--threshold=20', file);
    assert.equal(security.status, 0, security.stdout + security.stderr);
  },
);

test('systemd creates the user of the unit', { skip: unless('systemd-sysusers') }, async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(path.join(folder, 'etc'));
  const file = path.join(folder, 'refund-form.conf');
  await writeFile(file, block('/etc/sysusers.d/refund-form.conf'));
  const result = spawnSync(findProgram('systemd-sysusers')!, ['--dry-run', `--root=${folder}`, file], {
    encoding: 'utf8',
  });
  assert.equal(result.status, 0, result.stderr);
  assert.match(result.stderr + result.stdout, /Creat\w+ user '?refund-form'?/);
});

test('every environment file contains only known variables, in a format that all readers share', () => {
  for (const name of ['/etc/refund-form/proxy.env', 'proxy.env-with-postgresql']) {
    const text = block(name);
    assert.doesNotMatch(text, /["'#\\]/);
    const lines = text
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]);
    assert.deepEqual(parseEnv(text), Object.fromEntries(lines));
    for (const [variable = ''] of lines) assert.ok(variable in VARIABLES, variable);
  }
});

test('the script of the page runs the command line', async (t) => {
  const { run } = await service(t);
  const { code, stdout, stderr } = await run(block('commands'));
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, /resolve/);
});

test('the container runs with the files it copies and keeps the ledger in its volume', async (t) => {
  const dockerfile = block('Dockerfile');
  const folder = await temporaryFolder(t);
  for (const [, paths = ''] of dockerfile.matchAll(/^COPY (.+) \S+$/gm)) {
    for (const name of paths.split(' ')) await cp(path.join(ROOT, name), path.join(folder, name), { recursive: true });
  }
  await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
  const [, ...args] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(dockerfile)![1]!) as string[];
  const help = spawnSync(process.execPath, [...args, '--help'], { encoding: 'utf8', cwd: folder, env: {} });
  assert.equal(help.status, 0, help.stderr);
  const user = /^USER (.*)$/m.exec(dockerfile)?.[1];
  const volume = /^VOLUME (.*)$/m.exec(dockerfile)?.[1];
  assert.equal(user, 'node');
  assert.ok(dockerfile.includes(`REFUND_PROXY_DB=${volume}/`));
  assert.ok(block('container').includes(`:${volume} `));
});

test('every timeout of the page is longer than the lease of the proxy', () => {
  const { default: timeout } = OWN_VARIABLES.REFUND_PROXY_TIMEOUT_MS;
  const lease = (4 * Number(timeout)) / 1000 + 10;
  assert.ok(page.includes(`which is ${lease} s`));
  const timeouts = [
    ...page.matchAll(
      /(?:proxy_read_timeout|response_header_timeout|TimeoutStopSec=|--stop-timeout|GracePeriodSeconds:) ?(\d+)/g,
    ),
  ]
    .map(([, seconds]) => Number(seconds))
    // The timeout of the sign-in.
    .filter((seconds) => seconds !== 10);
  assert.equal(timeouts.length, 5);
  for (const seconds of timeouts) assert.ok(seconds > lease, String(seconds));
});

test('each link of the pages leads to an existing heading', async () => {
  const links = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link })),
  );
  for (const { page, link } of links) {
    const [file = '', heading] = link.split('#');
    const target = file === '' ? page : path.join(path.dirname(page), file);
    const text = await readFile(path.join(ROOT, 'docs', target), 'utf8');
    if (heading === undefined) continue;
    const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, words = '']) =>
      words
        .toLowerCase()
        .replaceAll(/[^\w\s-]/g, '')
        .replaceAll(' ', '-'),
    );
    assert.ok(headings.includes(heading), `${page}: ${link}`);
  }
});
