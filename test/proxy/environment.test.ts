import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { readConfig } from '../../proxy/server/stand-alone/config.ts';
import { NAMES, variable, variablesHelp } from '../../proxy/server/stand-alone/variables.ts';
import { runProxy, startProxy, type Environment } from './support/process.ts';
import { standAlone } from './support/stand-alone.ts';
import { temporaryFolder } from './support/test-proxy.ts';

const SECRET = 'a-secret-of-the-front-end';
/** Says what it is, so that nobody takes it for a real one. */
const SIGNING = `whsec_${btoa('only for the tests of the proxy')}`;

/** The faults and warnings of a valid environment to which `more` is added. */
async function faultsOf(t: TestContext, more: Environment): Promise<{ faults: string[]; warnings: readonly string[] }> {
  const orders = path.join(await temporaryFolder(t), 'orders.json');
  await writeFile(orders, '[]');
  const environment = {
    REFUND_PROXY_DEMO: '1',
    REFUND_USER_HEADER: 'x-user',
    ...(more['REFUND_ORDERS_URL'] === undefined && { REFUND_ORDERS_FILE: orders }),
    ...more,
  };
  try {
    return { faults: [], warnings: (await readConfig(environment)).warnings };
  } catch (error) {
    assert.ok(error instanceof Error && error.name === 'ConfigError', String(error));
    return { faults: error.message.split('\n'), warnings: [] };
  }
}

test('a valid environment has no fault and no warning', async (t) => {
  assert.deepEqual(await faultsOf(t, {}), { faults: [], warnings: [] });
  assert.deepEqual(
    await faultsOf(t, {
      REFUND_PROXY_HOST: '0.0.0.0',
      REFUND_USER_SECRET: SECRET,
      REFUND_PUBLIC_ORIGIN: 'https://admin.example',
      UQPAY_BASE_URL: 'https://api.uqpaytech.com/api/',
      UPAYMENTS_BASE_URL: 'https://apiv2api.upayments.com/api/v1',
      REFUND_ORDERS_URL: 'https://shop.example/orders/{id}',
      REFUND_ORDERS_HEADER: 'authorization: Bearer of-the-shop',
      REFUND_APPROVAL_ABOVE: 'USD 5.00',
      REFUND_APPROVERS: 'chief',
      PATH: '/usr/bin',
    }),
    { faults: [], warnings: [] },
  );
});

test('the demo mode takes the webhook secret of the sandbox, and never at a real address', async (t) => {
  const orders = path.join(await temporaryFolder(t), 'orders.json');
  await writeFile(orders, '[]');
  const hasWebhook = async (more: Environment) => {
    const shared = { REFUND_PROXY_DEMO: '1', REFUND_USER_HEADER: 'x-user', REFUND_ORDERS_FILE: orders };
    const { providers } = await readConfig({ ...shared, ...more });
    return providers.find(({ name }) => name === 'uqpay')?.webhook !== undefined;
  };
  const real = { UQPAY_BASE_URL: 'https://api.uqpaytech.com/api' };
  assert.equal(await hasWebhook({}), true);
  assert.equal(await hasWebhook(real), false);
  assert.equal(await hasWebhook({ ...real, UQPAY_WEBHOOK_SECRET: 'secret-of-the-shop' }), true);
});

const MISSPELT: readonly (readonly [given: string, meant: string])[] = [
  ['REFUND_APPROVAL_ABVE', 'REFUND_APPROVAL_ABOVE'],
  ['REFUND_APPROVER', 'REFUND_APPROVERS'],
  ['REFUND_ALLOWED_ORIGIN', 'REFUND_ALLOWED_ORIGINS'],
  ['REFUND_PORT', 'REFUND_PROXY_PORT'],
  ['REFUND_DB', 'REFUND_PROXY_DB'],
  ['REFUND_PROXY_TIMEOUT', 'REFUND_PROXY_TIMEOUT_MS'],
  ['refund_resolvers', 'REFUND_RESOLVERS'],
  ['UQPAY_APIKEY', 'UQPAY_API_KEY'],
  ['UQPAY_URL', 'UQPAY_BASE_URL'],
  ['UPAYMENT_TOKEN', 'UPAYMENTS_TOKEN'],
  ['UPAYMENTS_NOTIFICATION_URL', 'UPAYMENTS_NOTIFY_URL'],
];

test('a misspelt variable stops the start, and the message names the variable that was meant', async (t) => {
  for (const [misspelling, rightName] of MISSPELT.filter(([name]) => name !== 'UPAYMENTS_NOTIFICATION_URL')) {
    const { faults } = await faultsOf(t, { [misspelling]: 'chief' });
    assert.deepEqual(faults, [`${misspelling}: there is no such variable; is ${rightName} meant?`]);
  }
});

test('an unknown variable causes a warning and does not stop the start, because other programs may have set it', async (t) => {
  const services = {
    REFUND_PROXY_SERVICE_HOST: '10.0.0.1',
    REFUND_PROXY_PORT_4020_TCP_ADDR: '10.0.0.1',
    UQPAY_MERCHANT_NAME: 'ours',
    REFUND_EMAIL_SENDER: '',
    // This is close to a variable that is set too, so it is not a misspelling of that one.
    REFUND_USER_HEADERS: 'x-user',
  };
  assert.deepEqual(await faultsOf(t, services), {
    faults: [],
    warnings: [
      'REFUND_PROXY_SERVICE_HOST, REFUND_PROXY_PORT_4020_TCP_ADDR, UQPAY_MERCHANT_NAME, REFUND_USER_HEADERS: ' +
        'not a variable of the proxy, so it does nothing',
    ],
  });
});

const WRONG: readonly (readonly [environment: Environment, fault: RegExp])[] = [
  [
    { UQPAY_BASE_URL: 'https://api.uqpaytech.com' },
    /^UQPAY_BASE_URL: expected an address that ends in \/api; received https:\/\/api\.uqpaytech\.com$/,
  ],
  [
    { UQPAY_BASE_URL: 'https://api.uqpaytech.com/api/v2' },
    /^UQPAY_BASE_URL: expected an address that ends in \/api; received /,
  ],
  [{ UQPAY_BASE_URL: 'https://api.uqpaytech.com/api?x=1' }, /^UQPAY_BASE_URL: .*without a query/],
  [{ UPAYMENTS_BASE_URL: 'https://apiv2api.upayments.com/api' }, /^UPAYMENTS_BASE_URL: .*ends in \/api\/v1; received /],
  [{ UQPAY_BASE_URL: 'http://api.uqpaytech.com/api' }, /^UQPAY_BASE_URL: http:\/\/ would send credentials in clear/],
  [{ UPAYMENTS_BASE_URL: 'http://10.0.0.7/api/v1' }, /^UPAYMENTS_BASE_URL: http:.*REFUND_ALLOW_PLAIN_HTTP=1/],
  [
    { UQPAY_BASE_URL: 'https://api.uqpaytech.com/api', NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    /^NODE_TLS_REJECT_UNAUTHORIZED: 0 takes any certificate .*NODE_EXTRA_CA_CERTS$/,
  ],
  [
    { REFUND_ORDERS_URL: 'https://shop.example/{id}', NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    /^NODE_TLS_REJECT_UNAUTHORIZED: 0 takes any certificate for that of REFUND_ORDERS_URL, /,
  ],
  [{ UQPAY_BASE_URL: 'ftp://uqpay.example/api' }, /^UQPAY_BASE_URL: expected an http\(s\) address/],
  [{ UQPAY_BASE_URL: 'https://me:pass@uqpay.example/api' }, /^UQPAY_BASE_URL: .*without credentials/],
  [{ UQPAY_API_KEY: 'key-with-a-line-end\r' }, /^UQPAY_API_KEY: expected ASCII characters without spaces/],
  [
    { REFUND_ORDERS_URL: 'http://orders.example/{id}', REFUND_ORDERS_HEADER: 'x-key: k' },
    /^REFUND_ORDERS_URL: http:\/\/ would send/,
  ],
  [
    { REFUND_ORDERS_URL: 'http://orders.example/{id}' },
    /^REFUND_ORDERS_URL: over http:\/\/ the captured amounts can be read, and changed, .*REFUND_ALLOW_PLAIN_HTTP=1/,
  ],
  [{ UPAYMENTS_NOTIFY_URL: 'http://admin.example/hook' }, /^UPAYMENTS_NOTIFY_URL: http:.*REFUND_ALLOW_PLAIN_HTTP=1$/],
  [
    { REFUND_ORDERS_URL: 'https://{id}.example/' },
    /^REFUND_ORDERS_URL: .*with \{id\} in its path or query; received "https:/,
  ],
  [{ REFUND_ORDERS_URL: 'https://orders.example/' }, /^REFUND_ORDERS_URL: expected \{id\}/],
  [
    { REFUND_ORDERS_URL: 'https://orders.example/{id}', REFUND_ORDERS_HEADER: 'Bearer of-the-shop' },
    /^REFUND_ORDERS_HEADER: expected "name: value"/,
  ],
  [{ REFUND_ORDERS_HEADER: 'x-key: k' }, /^REFUND_ORDERS_HEADER: .*REFUND_ORDERS_URL, which is not set$/],
  [
    { REFUND_PROXY_HOST: '0.0.0.0' },
    /^REFUND_USER_HEADER: anybody who reaches .* could send this header and act as any user/,
  ],
  [{ REFUND_PROXY_HOST: '10.1.2.3' }, /^REFUND_USER_HEADER: .*REFUND_USER_SECRET.*X-Refund-User-Secret$/],
  [{ REFUND_PROXY_HOST: '127.0.0.1.example' }, /^REFUND_USER_HEADER: anybody who reaches/],
  [{ REFUND_USER_SECRET: 'short' }, /^REFUND_USER_SECRET: expected at least 16 characters$/],
  [
    { REFUND_USER_HEADER: 'x-refund-user-secret', REFUND_USER_SECRET: SECRET },
    /^REFUND_USER_HEADER: .*name another header$/,
  ],
  [
    { REFUND_USER_HEADER: '', REFUND_ALLOW_ANONYMOUS: '1', REFUND_USER_SECRET: SECRET },
    /^REFUND_USER_SECRET: proves who sends REFUND_USER_HEADER/,
  ],
  [
    { REFUND_WEBHOOK_PATH: '/create-refund' },
    /^REFUND_WEBHOOK_PATH: .* of POST \/create-refund of \/refunds\/upayments; received "\/create-refund"$/,
  ],
  [{ REFUND_WEBHOOK_PATH: '/v2/payment/refunds' }, /^REFUND_WEBHOOK_PATH: .* of \/refunds\/uqpay; received/],
  [{ REFUND_PUBLIC_ORIGIN: 'https://admin.example/' }, /^REFUND_PUBLIC_ORIGIN: expected an origin such as/],
  [{ REFUND_PUBLIC_ORIGIN: 'admin.example' }, /^REFUND_PUBLIC_ORIGIN: .*; received "admin\.example"$/],
  [{ REFUND_PUBLIC_ORIGIN: 'https://a.example, https://b.example' }, /^REFUND_PUBLIC_ORIGIN: expected an origin/],
  [{ REFUND_ALLOWED_ORIGINS: '*' }, /^REFUND_ALLOWED_ORIGINS: .*without \*; received "\*"$/],
  [
    { REFUND_PROXY_TIMEOUT_MS: '0' },
    /^REFUND_PROXY_TIMEOUT_MS: expected a whole number from 1 to 600000; received "0"$/,
  ],
  [{ REFUND_APPROVAL_HOURS: '0' }, /^REFUND_APPROVAL_HOURS: expected a whole number from 1 to 8760; received "0"$/],
  [
    { REFUND_PROXY_DEMO: 'yes', UQPAY_BASE_URL: 'https://uqpay.example/api' },
    /^REFUND_PROXY_DEMO: expected 1 or 0; received "yes"$/,
  ],
  [
    { REFUND_PROXY_PORT: 'tcp://10.0.0.1:4020' },
    /^REFUND_PROXY_PORT: .* from 0 to 65535; received "tcp:\/\/10\.0\.0\.1:4020"$/,
  ],
  // A token may be in the query, and a password before the @.
  [{ REFUND_NOTIFY_URL: 'ftp://shop.example/?token=of-the-shop', REFUND_NOTIFY_SECRET: SIGNING }, /address[^;]*$/],
  [
    { REFUND_APPROVAL_ABOVE: 'KWD 150.000, USD 500.001' },
    /^REFUND_APPROVAL_ABOVE: .*: of "USD 500\.001", the amount has more than the 2 decimals of USD; received /,
  ],
  [
    { REFUND_APPROVAL_ABOVE: 'USD 500.00, USD 600.00' },
    /^REFUND_APPROVAL_ABOVE: .*: of "USD 600\.00", the currency is named for the second time, .*; received /,
  ],
  [{ REFUND_RESOLVERS: 'a ; b' }, /^REFUND_RESOLVERS: expected users separated by commas.*; received "a ; b"$/],
  [{ REFUND_APPROVERS: 'chief, a;b' }, /^REFUND_APPROVERS: expected users separated by commas/],
  [{ REFUND_APPROVAL_ABOVE: 'USD500' }, /^REFUND_APPROVAL_ABOVE: .*: of "USD500", a currency in capital letters, one/],
];

test('each wrong value causes one fault, which names the variable and shows what came unless it is a secret', async (t) => {
  for (const [environment, fault] of WRONG) {
    const { faults } = await faultsOf(t, environment);
    assert.equal(faults.length, 1, `${fault}: ${faults.join('\n') || 'none'}`);
    assert.match(faults[0]!, fault);
    for (const secret of ['of-the-shop', 'key-with', 'me:pass', SECRET]) assert.ok(!faults[0]!.includes(secret));
  }
});

test('a setting that is not essential causes only a warning', async (t) => {
  const cases: readonly (readonly [Environment, RegExp])[] = [
    [{ UQPAY_BASE_URL: 'http://127.0.0.1:4010' }, /^UQPAY_BASE_URL: expected an address that ends in \/api; received /],
    [{ REFUND_APPROVAL_ABOVE: 'USD 5.00' }, /^REFUND_APPROVAL_ABOVE: .*nobody can approve/],
    [{ REFUND_ALLOW_ANONYMOUS: '1' }, /^REFUND_ALLOW_ANONYMOUS: does nothing/],
  ];
  for (const [environment, warning] of cases) {
    const { faults, warnings } = await faultsOf(t, environment);
    assert.deepEqual([faults, warnings.length], [[], 1]);
    assert.match(warnings[0]!, warning);
  }
  const containers = {
    REFUND_ALLOW_PLAIN_HTTP: '1',
    UQPAY_BASE_URL: 'http://sandbox:4010/uqpay/api',
    UPAYMENTS_BASE_URL: 'http://sandbox:4010/upayments/api/v1',
    UPAYMENTS_NOTIFY_URL: 'http://proxy:4020/refunds/upayments/webhooks',
    REFUND_ORDERS_FILE: '',
    REFUND_ORDERS_URL: 'http://shop:8080/orders/{id}',
  };
  assert.deepEqual(await faultsOf(t, containers), { faults: [], warnings: [] });
});

test('the process prints each fault on its own line, and a warning before it starts', async (t) => {
  const { environment } = await standAlone(t);
  const wrong = await runProxy({
    ...environment,
    REFUND_APPROVER: 'chief',
    REFUND_PROXY_PORT: 'x',
    REFUND_METRICS: 'on',
  });
  assert.deepEqual(
    [wrong.code, wrong.stderr.trim().split('\n')],
    [
      1,
      [
        'REFUND_APPROVER: there is no such variable; is REFUND_APPROVERS meant?',
        'REFUND_PROXY_PORT: expected a whole number from 0 to 65535; received "x"',
        'REFUND_METRICS: expected 1 or 0; received "on"',
      ],
    ],
  );
  const wrongHost = await runProxy({ ...environment, REFUND_PROXY_HOST: '192.0.2.1', REFUND_USER_SECRET: SECRET });
  const [newLedger, ...faults] = wrongHost.stderr.trimEnd().split('\n');
  assert.match(newLedger!, /^Warning: REFUND_PROXY_DB: made a new, empty ledger .* this is not its ledger$/);
  assert.deepEqual(
    [wrongHost.code, faults],
    [1, ['REFUND_PROXY_HOST: is no address of this machine; received 192.0.2.1']],
  );
  const uri = await runProxy({ ...environment, REFUND_PROXY_DB: `file:${environment['REFUND_PROXY_DB']}` });
  assert.deepEqual([uri.code, uri.stderr], [1, 'REFUND_PROXY_DB: expected the path of a file without file:\n']);
  for (const args of [[], ['intents']]) {
    const memory = await runProxy({ ...environment, REFUND_PROXY_DB: ':memory:' }, ...args);
    assert.equal(memory.code, 1);
    assert.match(
      memory.stderr,
      /^REFUND_PROXY_DB: expected the path of a file; received ":memory:", which is gone with/,
    );
    const schema = await runProxy({ ...environment, REFUND_PROXY_DB_SCHEMA: 'refunds' }, ...args);
    assert.equal(schema.code, 1);
    assert.match(schema.stderr, /REFUND_PROXY_DB_SCHEMA: is for PostgreSQL only, .* the file .*; received "refunds"/);
  }
  for (const db of [
    '"postgres://u:s3cret@127.0.0.1:5432/r"',
    ' postgres://u:s3cret@127.0.0.1:5432/r',
    'postgres:/u:s3cret@127.0.0.1:5432/r',
    'postgress://u:s3cret@127.0.0.1:5432/r',
    'u:s3cret@127.0.0.1:5432/r',
    'host=127.0.0.1 password=s3cret',
  ]) {
    for (const args of [[], ['intents'], ['backup', 'copy.sqlite'], ['rollback-schema']]) {
      const { code, stdout, stderr } = await runProxy({ ...environment, REFUND_PROXY_DB: db }, ...args);
      assert.equal(code, 1, `${db} ${args.join(' ')}`);
      assert.match(stderr, /^REFUND_PROXY_DB: expected the path of a file or postgres:/, db);
      assert.doesNotMatch(stdout + stderr, /s3cret/, db);
    }
  }
  const command = await runProxy({ REFUND_PROXY_BD: 'elsewhere.sqlite' }, 'intents');
  assert.match(command.stderr, /^REFUND_PROXY_BD: there is no such variable; is REFUND_PROXY_DB meant\?$/m);
  const proxy = await startProxy(t, { ...environment, REFUND_PROXY_SERVICE_HOST: '10.0.0.1' });
  assert.equal(await proxy.stop(), 0);
});

test('each variable is in the help, and its default value fits its schema', () => {
  const help = variablesHelp();
  for (const name of NAMES) {
    const { about, default: usual, demo, schema } = variable(name);
    assert.ok(help.includes(`  ${name} `) && help.includes(about), name);
    for (const value of [usual, demo]) {
      if (value !== undefined) assert.ok(schema.safeParse(value).success, `${name}=${value}`);
    }
    assert.equal(schema.safeParse(undefined).success, usual === undefined, `${name} has a default or may be left out`);
  }
});
