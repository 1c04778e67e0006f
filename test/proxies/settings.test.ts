import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';

import { buildGo, whyNoGo } from './go.ts';
import { askPhp, newFolder, newProject, noFlask, noPhp, noPython, run } from './starting.ts';
import { FOLDER } from './support.ts';

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
      [project, 'public/router.php', 'in .env (copy .env.example) or '],
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

const UPSTREAM =
  'an address that begins with https://, or with http:// to this machine or with REFUND_ALLOW_PLAIN_HTTP=1';

/** A variable with a value that is wrong, and what was expected in its place. */
const WRONG = [
  ['REFUND_PROVIDER', 'paypal', 'uqpay or upayments'],
  ['REFUND_PROVIDER', 'uqpai', 'uqpay or upayments'],
  ['REFUND_UPSTREAM', 'api.example/v1', UPSTREAM],
  ['REFUND_UPSTREAM', 'http://api.example/v1', UPSTREAM],
  ['REFUND_UPSTREAM', 'http://127.0.0.1.example/v1', UPSTREAM],
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
    wrong: readonly (readonly [string, string, string, object?])[],
    place: string,
    answer: (more: Readonly<Record<string, string>>) => Promise<string> | string,
  ) => {
    const clear = { REFUND_UPSTREAM: 'http://sandbox/v1', REFUND_ALLOW_PLAIN_HTTP: '1' };
    // Allowed, so the next fault is named.
    const allowed = ['REFUND_TIMEOUT', 'abc', 'a number of seconds above 0, such as 20', clear] as const;
    for (const [name, value, expected, others] of [...wrong, allowed]) {
      const said = await answer({ ...SETTINGS_OF_ALL, ...others, [name]: value });
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
    await says(WRONG, ENV_FILE, async (more) => detail(await askPhp(t, project, 'public/router.php', more)));
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
    await askPhp(t, elsewhere, path.join(project, 'public/router.php'));
    assert.deepEqual(readdirSync(elsewhere), []);
    assert.equal(statSync(path.join(project, 'refunds.sqlite')).mode & 0o777, 0o600);
  });
});
