import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { runInit } from '../../bin/init/init.ts';
import { ownPort } from '../runner/ports.ts';
import { buildGo, whyNoGo } from './go.ts';
import { FOLDER } from './support.ts';

const isHere = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const noPython =
  !isHere('python3', '-c', 'import sys; sys.exit(sys.version_info < (3, 10))') && 'no Python 3.10 is here';
const noFlask = !isHere('python3', '-c', 'import flask') && 'this machine has no Flask';
const noPhp = !isHere('php', '-r', 'exit(PHP_VERSION_ID >= 80200 ? 0 : 1);') && 'this machine has no PHP 8.2';

const SETTINGS = /^(?:REFUND|UQPAY|UPAYMENTS|ORDERS|DEMO)_|^(?:PORT|LEDGER)$/;
/** The environment of this process without a setting of a proxy. */
const bare = (more: Readonly<Record<string, string>> = {}) => ({
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !SETTINGS.test(name))),
  ...more,
});

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'refund-settings-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A project of init without `.env`, which can import what the checkout has. */
async function newProject(t: TestContext, server: string): Promise<string> {
  const folder = path.join(newFolder(t), 'shop');
  const args = [folder, '--server', server, '--provider', 'uqpay'];
  assert.equal(await runInit({ args, terminal: undefined, print: () => undefined, complain: assert.fail }), 0);
  mkdirSync(path.join(folder, 'node_modules/@hono'), { recursive: true });
  for (const name of ['refund-form', 'refund-form-server', 'express', 'hono', '@hono/node-server']) {
    const from = name.startsWith('refund-form') ? 'dist/packages' : 'node_modules';
    symlinkSync(path.resolve(from, name), path.join(folder, 'node_modules', name), 'junction');
  }
  return folder;
}

const run = (command: string, args: readonly string[], cwd: string, more?: Readonly<Record<string, string>>) =>
  spawnSync(command, args, { cwd, env: bare(more), encoding: 'utf8', timeout: 20_000 });

/** The first answer of PHP's own server. */
async function askPhp(
  t: TestContext,
  cwd: string,
  script: string,
  more?: Readonly<Record<string, string>>,
): Promise<Response> {
  const port = await ownPort();
  const child = spawn('php', ['-S', `127.0.0.1:${port}`, script], {
    cwd,
    env: bare(more),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(async () => {
    child.kill();
    await once(child, 'close');
  });
  for await (const chunk of child.stderr) if (String(chunk).includes('started')) break;
  child.stderr.resume();
  return fetch(`http://127.0.0.1:${port}/refunds/uqpay/payments/PI1`);
}

/** A port that is taken until the end of the test. */
async function takenPort(t: TestContext): Promise<string> {
  const holder = createServer().listen(0, '127.0.0.1');
  t.after(() => holder.close());
  await once(holder, 'listening');
  const address = holder.address();
  assert.ok(typeof address === 'object' && address !== null);
  return String(address.port);
}

describe('a proxy without its settings names the missing variable and the place to set it', () => {
  for (const [name, script] of [
    ['Python', 'python/server.py'],
    ['nginx', 'nginx/start.py'],
  ] as const) {
    it(name, { skip: noPython }, () => {
      const { status, stderr } = run('python3', [path.join(FOLDER, script)], tmpdir());
      assert.equal(status, 1);
      assert.equal(stderr, 'REFUND_PROVIDER is not set: set it in the environment of the server\n');
    });
  }

  it('Go', { skip: whyNoGo() }, async (t) => {
    const { status, stderr } = run(await buildGo(newFolder(t)), [], tmpdir(), { REFUND_PROVIDER: 'uqpay' });
    assert.equal(status, 1);
    assert.match(stderr, /REFUND_\w+ is not set: set it in the environment of the server\n$/);
  });

  it('the Flask project of init', { skip: noPython || noFlask }, async (t) => {
    const { status, stderr } = run('python3', ['app.py'], await newProject(t, 'flask'));
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^REFUND_PROVIDER is not set: set it in \.env \(copy \.env\.example\) or in the environment of the server\n$/,
    );
  });

  it('Python, of the credential', { skip: noPython }, () => {
    const others = {
      REFUND_PROVIDER: 'uqpay',
      REFUND_UPSTREAM: 'http://127.0.0.1:1',
      REFUND_ORDERS: 'http://127.0.0.1:1/{id}',
    };
    const { status, stderr } = run('python3', [path.join(FOLDER, 'python/server.py')], tmpdir(), others);
    assert.equal(status, 1);
    assert.match(stderr, /^REFUND_CLIENT_ID is not set: /);
  });

  it('PHP, and the PHP project of init, in the log and to the form', { skip: noPhp }, async (t) => {
    const project = await newProject(t, 'php');
    for (const [cwd, script, place] of [
      [tmpdir(), path.join(FOLDER, 'php/index.php'), ''],
      [project, 'router.php', 'in .env (copy .env.example) or '],
    ] as const) {
      const answer = await askPhp(t, cwd, script);
      const { code, detail } = (await answer.json()) as { code: string; detail: string };
      assert.deepEqual([answer.status, code], [500, 'internal_error']);
      assert.equal(detail, `REFUND_PROVIDER is not set: set it ${place}in the environment of the server`);
    }
  });

  for (const server of ['express', 'hono']) {
    it(`the ${server} project of init`, async (t) => {
      const { status, stderr } = run(process.execPath, ['server.js'], await newProject(t, server), {
        ORDERS_URL: 'http://127.0.0.1:1/{id}',
      });
      assert.equal(status, 1);
      assert.match(stderr, /^Error: UQPAY_BASE_URL is not set: set it in \.env \(copy \.env\.example\)/m);
    });
  }
});

const SETTINGS_OF_ALL = {
  REFUND_PROVIDER: 'upayments',
  REFUND_UPSTREAM: 'http://127.0.0.1:1',
  REFUND_ORDERS: 'http://127.0.0.1:1/{id}',
  REFUND_TOKEN: 'a',
  REFUND_SESSION: 'a',
  REFUND_LEDGER: 'ledger.db',
} as const;

/** A variable with a value that is wrong, and what was expected in its place. */
const WRONG = [
  ['REFUND_PROVIDER', 'paypal', 'uqpay or upayments'],
  ['REFUND_PROVIDER', 'uqpai', 'uqpay or upayments'],
  ['REFUND_UPSTREAM', 'api.example/v1', 'an address that begins with http:// or https://'],
  ['REFUND_ORDERS', 'shop.internal/orders/{id}', 'an address such as http://shop.internal/orders/{id}'],
  ['REFUND_ORDERS', 'http://shop.internal/orders', 'an address such as http://shop.internal/orders/{id}'],
  ['REFUND_TIMEOUT', 'abc', 'a number of seconds above 0, such as 20'],
  ['REFUND_TIMEOUT', '0', 'a number of seconds above 0, such as 20'],
] as const;
const WRONG_PORT = ['PORT', 'abc', 'a number from 0 to 65535'] as const;
const SERVER = 'in the environment of the server';
const ENV_FILE = `in .env (copy .env.example) or ${SERVER}`;

describe('a proxy with a wrong setting says at its start what came and what was expected', () => {
  const says = async (
    wrong: readonly (readonly [string, string, string])[],
    place: string,
    answer: (more: Readonly<Record<string, string>>) => Promise<string> | string,
  ) => {
    for (const [name, value, expected] of wrong) {
      const said = await answer({ ...SETTINGS_OF_ALL, [name]: value });
      const sentence = `${name}: expected ${expected}, received ${value}: correct it ${place}`;
      // Go's log puts the time before it.
      assert.equal(said.trim().replace(/^\d{4}\/\d\d\/\d\d [\d:]+ /, ''), sentence);
    }
  };

  for (const [name, script] of [
    ['Python', 'python/server.py'],
    ['nginx', 'nginx/start.py'],
  ] as const) {
    it(name, { skip: noPython }, (t) => {
      const args = [path.join(FOLDER, script)];
      const folder = newFolder(t);
      return says([...WRONG, WRONG_PORT], SERVER, (more) => run('python3', args, folder, more).stderr);
    });
  }

  it('Go', { skip: whyNoGo() }, async (t) => {
    const program = await buildGo(newFolder(t));
    await says([...WRONG, WRONG_PORT], SERVER, (more) => run(program, [], path.dirname(program), more).stderr);
  });

  it('the Flask project of init', { skip: noPython || noFlask }, async (t) => {
    const project = await newProject(t, 'flask');
    await says([...WRONG, WRONG_PORT], ENV_FILE, (more) => run('python3', ['app.py'], project, more).stderr);
  });

  it('PHP, and the PHP project of init', { skip: noPhp }, async (t) => {
    const detail = async (answer: Response) => ((await answer.json()) as { detail: string }).detail;
    const script = path.join(FOLDER, 'php/index.php');
    await says(WRONG, SERVER, async (more) => detail(await askPhp(t, newFolder(t), script, more)));
    const project = await newProject(t, 'php');
    await says(WRONG, ENV_FILE, async (more) => detail(await askPhp(t, project, 'router.php', more)));
  });
});

describe('a project of init on Node with a wrong setting says at its start what came and what was expected', () => {
  const NODE_WRONG = [
    WRONG_PORT,
    ['PROVIDER_TIMEOUT', 'abc', 'a number of seconds above 0, such as 20'],
    ['UQPAY_BASE_URL', 'api.example/v1', 'an address that begins with http:// or https://'],
    [
      'ORDERS_URL',
      'shop/{id}',
      'an address with {id} where the payment goes, such as http://shop.internal/orders/{id}',
    ],
  ] as const;
  for (const server of ['express', 'hono']) {
    it(server, async (t) => {
      const project = await newProject(t, server);
      for (const [name, value, expected] of NODE_WRONG) {
        const args = ['--env-file=.env.example', 'server.js'];
        const { status, stderr } = run(process.execPath, args, project, { [name]: value });
        assert.equal(status, 1, name);
        const sentence = `Error: ${name}: expected ${expected}, received ${value}: correct it ${ENV_FILE}`;
        assert.ok(stderr.includes(`\n${sentence}\n`), stderr);
      }
    });

    it(`${server}, whose npm start says to copy .env.example where there is no .env`, async (t) => {
      const { stderr } = run('npm', ['start'], await newProject(t, server), { PATH: process.env['PATH'] ?? '' });
      assert.match(stderr, /^Error: \w+ is not set: set it in \.env \(copy \.env\.example\)/m);
    });
  }
});

describe('the ledger', () => {
  it('of a PHP project of init is one file wherever the server is started from', { skip: noPhp }, async (t) => {
    const project = await newProject(t, 'php');
    copyFileSync(path.join(project, '.env.example'), path.join(project, '.env'));
    const elsewhere = newFolder(t);
    await askPhp(t, elsewhere, path.join(project, 'router.php'));
    assert.deepEqual(readdirSync(elsewhere), []);
    assert.equal(statSync(path.join(project, 'refunds.sqlite')).mode & 0o777, 0o600);
  });
});

describe('a server whose port is taken says so in one sentence', () => {
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

  it('Python', { skip: noPython }, async (t) => {
    const PORT = await takenPort(t);
    const { status, stderr } = run('python3', [path.join(FOLDER, 'python/server.py')], newFolder(t), {
      PORT,
      REFUND_PROVIDER: 'upayments',
      REFUND_UPSTREAM: 'http://127.0.0.1:1',
      REFUND_TOKEN: 'a',
      REFUND_ORDERS: 'http://127.0.0.1:1/{id}',
      REFUND_SESSION: 'a',
    });
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^port ${PORT} cannot be used \\(.*in use\\): set PORT to another one\\n$`));
  });
});
