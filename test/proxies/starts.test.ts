import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';

import { ownPort } from '../runner/ports.ts';
import { eachProxy, type Program } from './each.ts';
import { PROXIES } from './list.ts';
import { UPAYMENTS, UQPAY } from './settings.ts';
import { askPhp, bare, newFolder, newProject, noFlask, noPhp, noPython, run, takenPort } from './starting.ts';
import { FOLDER } from './support.ts';

const WHERE = 'in the environment of the server';

/** What a proxy says at its start about its settings: in its log, or in PHP's answer. */
async function complaint(t: TestContext, { command, args }: Program, env: Readonly<Record<string, string>>) {
  const folder = newFolder(t);
  if (command !== 'php') {
    const { status, stderr } = run(command, args(0), folder, env);
    assert.equal(status, 1, stderr);
    // Go's log puts the time before it.
    return stderr.trim().replace(/^\d{4}\/\d\d\/\d\d [\d:]+ /, '');
  }
  const answer = await askPhp(t, folder, args(0).at(-1)!, env);
  const { code, detail } = (await answer.json()) as { code: string; detail: string };
  assert.deepEqual([answer.status, code], [500, 'internal_error']);
  return detail;
}

for (const [name, env] of [
  ['REFUND_WEBHOOK_SECRET', UQPAY],
  ['REFUND_LEDGER', UPAYMENTS],
] as const) {
  eachProxy(`a missing ${name} is named at the start by the proxy in`, async (t, program) => {
    const said = await complaint(t, program, { ...env, [name]: '' });
    assert.equal(said, `${name} is not set: set it ${WHERE}`);
  });
}

const NO_FOLDER = '/nowhere/ledger.db';
const CANNOT_BE_OPENED = /^REFUND_LEDGER: \/nowhere\/ledger\.db cannot be opened \(.+\): correct it in /;

eachProxy('a ledger that cannot be opened is named in one sentence by the proxy in', async (t, program) => {
  // UPayments has no webhooks, so its proxy does without their secret.
  const said = await complaint(t, program, { ...UPAYMENTS, REFUND_LEDGER: NO_FOLDER });
  assert.match(said, CANNOT_BE_OPENED);
  assert.ok(said.endsWith(`correct it ${WHERE}`) && !said.includes('\n'), said);
});

describe('a ledger that cannot be opened is named in one sentence by a project of init', () => {
  it('Flask', { skip: noPython || noFlask }, async (t) => {
    const env = { ...UQPAY, REFUND_LEDGER: NO_FOLDER };
    const { status, stderr } = run('python3', ['app.py'], await newProject(t, 'flask'), env);
    assert.equal(status, 1);
    assert.match(stderr, CANNOT_BE_OPENED);
    assert.match(stderr, /\.env \(copy \.env\.example\) or in the environment of the server\n$/);
  });
});

eachProxy('a port that is taken is named in one sentence by the proxy in', async (t, { command, args }) => {
  if (command === 'php') return; // PHP's own server says it.
  const PORT = await takenPort(t);
  const { status, stderr } = run(command, args(0), newFolder(t), { ...UPAYMENTS, PORT });
  assert.equal(status, 1);
  assert.match(
    stderr.replace(/^\d{4}\/\d\d\/\d\d [\d:]+ /, ''),
    new RegExp(`^port ${PORT} cannot be used \\(.*in use\\): set PORT to another one\n$`),
  );
});

describe('a port that is taken is named in one sentence by', () => {
  it("front.mjs, the page's server", async (t) => {
    const PORT = await takenPort(t);
    const { status, stderr } = run(process.execPath, [path.join(FOLDER, 'front.mjs')], newFolder(t), { PORT });
    assert.equal(status, 1);
    assert.equal(stderr, `port ${PORT} cannot be used (EADDRINUSE): set PORT to another one\n`);
  });

  for (const server of ['express', 'hono']) {
    it(`the ${server} project of init`, async (t) => {
      const project = await newProject(t, server);
      const PORT = await takenPort(t);
      const args = ['--env-file=.env.example', 'server.js'];
      const { status, stderr } = run(process.execPath, args, project, { PORT });
      assert.equal(status, 1);
      assert.equal(
        stderr.replaceAll(/^.*SQLite.*$\n?|^\(Use `node.*$\n?/gm, ''),
        `listen EADDRINUSE: address already in use 127.0.0.1:${PORT}: set PORT in .env to a port that is free\n`,
      );
    });
  }
});

it('front.mjs says which proxy gave no answer, and the page gets a 502', async (t) => {
  const [PORT, proxy] = [String(await ownPort()), `http://127.0.0.1:${await ownPort()}`];
  const front = spawn(process.execPath, [path.join(FOLDER, 'front.mjs')], {
    env: { ...process.env, PORT, PROXY: proxy },
  });
  t.after(() => front.kill());
  await once(front.stdout, 'data');
  const said = once(createInterface({ input: front.stderr }), 'line');
  const answer = await fetch(`http://127.0.0.1:${PORT}/refunds/uqpay/`);
  assert.deepEqual([answer.status, await answer.text()], [502, 'The proxy gave no answer.']);
  assert.deepEqual(await said, [
    `no answer from the proxy at ${proxy} (ECONNREFUSED): start it, or set PROXY to its address`,
  ]);
});

for (const { language, command, args, skip } of PROXIES) {
  if (command === 'php') continue; // PHP's own server says what it likes.
  it(`Ctrl-C ends the proxy in ${language} without a word`, { skip }, async (t) => {
    const port = await ownPort();
    const child = spawn(command, args(port), {
      cwd: newFolder(t),
      env: bare({ ...UPAYMENTS, PORT: String(port) }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    t.after(() => child.kill('SIGKILL'));
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    // The whole line: what still writes must not find its reader gone.
    await once(createInterface({ input: child.stdout }), 'line');
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    const [code] = (await ended) as [number];
    assert.deepEqual([code, said], [0, '']);
  });
}

const nginx = PROXIES.find(({ language }) => language.startsWith('nginx'))!;

it('after a kill -9 of its starter nginx leaves its port to the next one', { skip: nginx.skip }, async (t) => {
  const port = await ownPort();
  const TMPDIR = newFolder(t);
  const env = bare({ ...UPAYMENTS, PORT: String(port), TMPDIR });
  for (let starts = 1; starts <= 3; starts += 1) {
    const child = spawn(nginx.command, nginx.args(port), { cwd: TMPDIR, env, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(createInterface({ input: child.stdout }), 'line');
    const answer = await fetch(`http://127.0.0.1:${port}/refunds/upayments/payments/1`, {
      headers: { 'x-session': 'a' },
    });
    assert.equal(((await answer.json()) as { code: string }).code, 'orders_unavailable', 'its own helper answers');
    const closed = once(child, 'close');
    child.kill('SIGKILL');
    // What the starter leaves behind holds its output until it has ended.
    if (starts === 3) await closed;
  }
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`));
  assert.deepEqual(
    readdirSync(TMPDIR).filter((name) => name.startsWith('refund-nginx-')),
    [],
  );
});

describe('what lies below the document root of a PHP project of init', () => {
  it('is the page: its settings, its ledger and the token are elsewhere', { skip: noPhp }, async (t) => {
    const project = await newProject(t, 'php');
    copyFileSync(path.join(project, '.env.example'), path.join(project, '.env'));
    const { scripts } = JSON.parse(readFileSync(path.join(project, 'package.json'), 'utf8')) as {
      scripts: { start: string };
    };
    const [, root = '', router = ''] = /^php -S \S+ -t (\S+) (\S+)$/.exec(scripts.start) ?? [];
    await askPhp(t, project, router);
    const files = readdirSync(project, { recursive: true, encoding: 'utf8' });
    for (const name of ['.env', 'refunds.sqlite']) assert.ok(files.includes(name), files.join());
    const served = files.filter((name) => name.startsWith(`${root}/`)).toSorted();
    assert.deepEqual(served, ['public/index.html', 'public/page.css', 'public/page.js', 'public/router.php']);
  });
});
