import assert from 'node:assert/strict';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { upayments, uqpay } from '../../proxy/index.ts';
import { prometheusMetrics } from '../../proxy/telemetry/prometheus.ts';
import { readConfig } from '../../proxy/server/stand-alone/config.ts';
import { SecretFile } from '../../proxy/server/stand-alone/secret-file.ts';
import { credential } from '../../proxy/server/stand-alone/schemas.ts';
import { FILE_NAMES } from '../../proxy/server/stand-alone/variables.ts';
import { startProxy, type Environment } from './support/process.ts';
import {
  fetchAt,
  makeRefund,
  ORDER,
  REFUND,
  startTestProxy,
  scriptUqpay,
  START,
  temporaryFolder,
  UQPAY_POST,
  uqpayBody,
  uuid,
} from './support/test-proxy.ts';
import { standAlone, USER } from './support/stand-alone.ts';
import { requestOf, webhook } from './support/webhook.ts';

const TOKEN = 'POST /v1/connect/token';

/** UQPAY with a key that can change. A token belongs to one key, and a new key ends the tokens of the old one. */
function scriptKeyRotation(provider: Awaited<ReturnType<typeof startTestProxy>>['provider']) {
  const refunds = scriptUqpay(provider);
  const state = { key: 'key-1', tokens: 0 };
  const live = () => `${state.key}-token-${state.tokens}`;
  provider.on(TOKEN, ({ headers }) => {
    if (headers['x-api-key'] !== state.key) return { status: 401, json: { error: 'unknown key' } };
    state.tokens += 1;
    return { status: 200, json: { auth_token: live(), expired_at: START / 1000 + 1_800 } };
  });
  provider.on(UQPAY_POST, ({ headers, body }) =>
    headers['x-auth-token'] === `Bearer ${live()}`
      ? { status: 200, json: makeRefund(refunds, headers, body) }
      : { status: 401, json: { error: 'token has expired' } },
  );
  return { refunds, state };
}

test('the proxy fetches a UQPAY token with the new key after a key change, without a restart', async (t) => {
  let key = 'key-1';
  const testProxy = await startTestProxy(t, { name: 'uqpay' });
  const { state } = scriptKeyRotation(testProxy.provider);
  const { refund } = await startTestProxy(t, {
    ledger: testProxy.ledger,
    fetch: fetchAt(() => testProxy.provider.url),
    provider: uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: () => 'client-of-ours', apiKey: async () => key }),
  } as Parameters<typeof startTestProxy>[1]);
  assert.equal((await refund('1.00')).status, 200);
  state.key = 'key-2';
  const refusal = await refund('1.00');
  assert.deepEqual([refusal.problem.code, refusal.problem.effect], ['credentials_refused', 'nothing']);
  key = 'key-2';
  assert.equal((await refund('1.00')).status, 200);
  assert.deepEqual(
    testProxy.provider.callsOf(TOKEN).map(({ headers }) => headers['x-api-key']),
    ['key-1', 'key-1', 'key-2'],
  );
});

test('a refund is carried out once if the key changes while it is being sent', async (t) => {
  let key = 'key-1';
  const testProxy = await startTestProxy(t);
  const { refunds, state } = scriptKeyRotation(testProxy.provider);
  const { refund } = await startTestProxy(t, {
    ledger: testProxy.ledger,
    fetch: fetchAt(() => testProxy.provider.url),
    provider: uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: 'client-of-ours', apiKey: () => key }),
  } as Parameters<typeof startTestProxy>[1]);
  let changes = 0;
  testProxy.provider.on(UQPAY_POST, ({ headers, body }) => {
    if (changes === 0) {
      changes += 1;
      key = 'key-2';
      state.key = 'key-2';
      return { status: 401, json: { error: 'token has expired' } };
    }
    return { status: 200, json: makeRefund(refunds, headers, body) };
  });
  assert.equal((await refund('1.00')).status, 200);
  const keys = testProxy.provider.callsOf(UQPAY_POST).map(({ headers }) => headers['x-idempotency-key']);
  assert.equal(keys.length, 2);
  assert.equal(new Set(keys).size, 1, 'both sends use one idempotency key');
  assert.equal(refunds.size, 1);
  assert.deepEqual(
    testProxy.provider.callsOf(TOKEN).map(({ headers }) => headers['x-api-key']),
    ['key-1', 'key-2'],
  );
});

/** A proxy of UPayments that asks for its token before each call, and the provider that it calls. */
async function startWithToken(t: TestContext, token: () => string) {
  const { ledger, provider } = await startTestProxy(t, { name: 'upayments' });
  const { refund } = await startTestProxy(t, {
    name: 'upayments',
    ledger,
    fetch: fetchAt(() => provider.url),
    provider: upayments({ baseUrl: 'http://127.0.0.1:1', token }),
  } as Parameters<typeof startTestProxy>[1]);
  return { refund, provider };
}

test('a new UPayments token is used when the old one is refused, and only then is the request repeated', async (t) => {
  let token = 'token-1';
  let live = 'token-1';
  const { refund, provider } = await startWithToken(t, () => token);
  const headersSent: unknown[] = [];
  provider.on(`GET /check-refund/${ORDER}`, { status: 500, text: '' });
  provider.on('POST /create-refund', ({ headers }) => {
    headersSent.push(headers.authorization);
    if (headers.authorization === `Bearer ${live}`) return { status: 500, text: '' };
    if (live === 'token-2') token = 'token-2';
    return { status: 401, json: {} };
  });
  live = 'token-2';
  assert.equal((await refund('1.000')).problem.code, 'outcome_unknown');
  assert.deepEqual(headersSent, ['Bearer token-1', 'Bearer token-2']);
});

test('a token that no header can hold sends nothing, and the same key works with the next one', async (t) => {
  let token = '\u201ctoken\u201d';
  const { refund, provider } = await startWithToken(t, () => token);
  const { status, problem, text } = await refund('1.000', { key: uuid(1) });
  assert.deepEqual([status, problem.code, problem.effect], [502, 'provider_unreachable', 'nothing']);
  assert.match(problem.detail ?? '', /a credential holds characters that no header can/);
  assert.ok(!text.includes('token\u201d'));
  assert.equal(provider.calls.length, 0);
  token = 'token';
  await refund('1.000', { key: uuid(1) });
  const sent = provider.callsOf('POST /create-refund').map(({ headers }) => headers.authorization);
  assert.deepEqual(sent, ['Bearer token']);
});

test('a secret function that fails or returns nothing stops the send, and its error text is not repeated', async (t) => {
  let give: () => unknown = () => '';
  const { refund, provider, logged } = await startTestProxy(t, {
    provider: uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: 'c', apiKey: () => give() as string }),
  } as Parameters<typeof startTestProxy>[1]);
  const empty = await refund('1.00');
  assert.deepEqual([empty.status, empty.problem.effect], [502, 'nothing']);
  assert.match(empty.problem.detail ?? '', /apiKey: its function gave a string of 0 characters/);
  give = () => {
    throw new Error('the-key-itself');
  };
  const failed = await refund('1.00');
  assert.match(failed.problem.detail ?? '', /apiKey: its function failed \(Error\)/);
  assert.ok(![failed.text, ...logged].join('\n').includes('the-key-itself'));
  assert.equal(provider.calls.length, 0);
});

const [OLD, NEW] = ['webhook-secret-old', 'webhook-secret-new'];

test('two webhook secrets are accepted at a time, and metrics and log name the one that signed', async (t) => {
  const metrics = prometheusMetrics();
  let secrets = [NEW, OLD] as const;
  const { proxy, logged } = await startTestProxy(t, {
    metrics,
    provider: uqpay({
      baseUrl: 'http://127.0.0.1:1',
      clientId: 'c',
      apiKey: 'k',
      webhookSecret: () => secrets[0],
      previousWebhookSecret: () => secrets[1],
    }),
  } as Parameters<typeof startTestProxy>[1]);
  const statusOf = async (secret: string) =>
    (await proxy.fetch(requestOf(webhook({ refund: 'RF1', status: 'SUCCEEDED' }, { secret })))).status;
  assert.deepEqual([await statusOf(OLD), await statusOf(NEW), await statusOf('of-somebody-else')], [200, 200, 401]);
  const metricsText = await metrics.text({});
  for (const which of ['current', 'previous']) {
    assert.ok(
      metricsText.includes(`refund_proxy_webhook_signatures_total{provider="uqpay",secret="${which}"} 1`),
      metricsText,
    );
  }
  const signers = logged.flatMap((line) => (JSON.parse(line) as { signed_by?: string }).signed_by ?? []);
  assert.deepEqual(signers, ['previous', 'current']);
  // The old secret is no longer used: both options hold the new one.
  secrets = [NEW, NEW];
  assert.deepEqual([await statusOf(OLD), await statusOf(NEW)], [401, 200]);
  assert.throws(
    () => uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: 'c', apiKey: 'k', previousWebhookSecret: OLD }),
    /previousWebhookSecret: is given without webhookSecret/,
  );
});

/** A secret in a file, and the log lines about it. */
async function secretFile(t: TestContext, first = 'secret-1') {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'secret');
  await writeFile(file, first, { mode: 0o600 });
  const lines: string[] = [];
  const logAt = (level: string) => (message: string, fields: object) =>
    lines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  const logger = { info: logAt('info'), warn: logAt('warn') };
  const secret = new SecretFile('X_FILE', file, credential, () => logger);
  return { folder, file, lines, secret };
}

/** Writes a second file and renames it over the first, so nobody reads a partial file. */
async function replace(file: string, text: string, mode = 0o600): Promise<void> {
  await writeFile(`${file}.new`, text, { mode });
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}

test('a secret is read again after its file was replaced or overwritten, without its line end', async (t) => {
  const { file, secret, lines } = await secretFile(t, 'secret-1\n');
  assert.deepEqual(secret.readFirst(), { faults: [], warnings: [], value: 'secret-1' });
  await replace(file, 'secret-2\r\n');
  assert.equal(await secret.current(), 'secret-2');
  await writeFile(file, 'secret-3');
  assert.equal(await secret.current(), 'secret-3');
  assert.deepEqual(
    lines,
    Array.from({ length: 2 }, () => 'info: a secret was read anew from its file {"field":"X_FILE"}'),
  );
});

test('a secret behind symbolic links is read again after the folder was exchanged, as Kubernetes does it', async (t) => {
  const { folder, lines } = await secretFile(t);
  const give = async (version: string, text: string) => {
    const versioned = path.join(folder, version);
    await mkdir(versioned);
    await writeFile(path.join(versioned, 'token'), text, { mode: 0o640 });
    await symlink(version, path.join(folder, '..data_tmp'));
    await rename(path.join(folder, '..data_tmp'), path.join(folder, '..data'));
  };
  await give('..v1', 'secret-1');
  await symlink('..data/token', path.join(folder, 'token'));
  const secret = new SecretFile('X_FILE', path.join(folder, 'token'), credential, () => ({
    info: () => undefined,
    warn: (message) => void lines.push(message),
  }));
  assert.equal(secret.readFirst().value, 'secret-1');
  // Both secrets have the same length, so the size of the file does not show the change.
  await give('..v2', 'secret-2');
  assert.equal(await secret.current(), 'secret-2');
  await rm(path.join(folder, '..v1'), { recursive: true });
  assert.equal(await secret.current(), 'secret-2');
  assert.deepEqual(lines, []);
});

test('the old secret stays in use while its file is missing, empty or wrong, with one warning for each', async (t) => {
  const { file, secret, lines } = await secretFile(t);
  secret.readFirst();
  await rm(file);
  for (let times = 0; times < 3; times += 1) assert.equal(await secret.current(), 'secret-1');
  await replace(file, '\n');
  for (let times = 0; times < 3; times += 1) assert.equal(await secret.current(), 'secret-1');
  await replace(file, 'secret with spaces');
  assert.equal(await secret.current(), 'secret-1');
  await replace(file, 'secret-2');
  assert.equal(await secret.current(), 'secret-2');
  await replace(file, '');
  assert.equal(await secret.current(), 'secret-2');
  const reasons = lines.map((line) => /"the file ([^"]*)"/.exec(line)?.[1] ?? line.slice(0, 4));
  assert.deepEqual(reasons, [
    'cannot be read (ENOENT)',
    'is empty',
    'is wrong: expected ASCII characters without spaces: is a space or a line end left in it?',
    'info',
    'is empty',
  ]);
  for (const line of lines) assert.doesNotMatch(line, /secret-\d|with spaces/);
});

test('a file that others can read or write causes a warning, at the start and later', async (t) => {
  const { file, secret, lines } = await secretFile(t);
  for (const mode of [0o604, 0o660, 0o602]) {
    await chmod(file, mode);
    assert.match(secret.readFirst().warnings.join(), new RegExp(`^X_FILE: the file has mode ${mode.toString(8)}, `));
  }
  for (const mode of [0o600, 0o400, 0o440, 0o640]) {
    await chmod(file, mode);
    assert.deepEqual(secret.readFirst().warnings, []);
  }
  await replace(file, 'secret-2', 0o644);
  assert.equal(await secret.current(), 'secret-2');
  assert.match(lines.at(-1) ?? '', /^warn: .*has mode 644/);
});

async function faultsOf(environment: Environment): Promise<string[]> {
  const read = await readConfig(environment).catch((error: unknown) => error);
  return read instanceof Error ? read.message.split('\n') : [];
}

test('each secret can be given as a file, and the start fails if both forms are set or the file cannot be used', async (t) => {
  const { environment } = await standAlone(t);
  const { file } = await secretFile(t, 'x-key: a-secret-of-16-characters');
  assert.equal(FILE_NAMES.length, 8);
  for (const twin of FILE_NAMES) {
    const name = twin.replace(/_FILE$/, '');
    const bothFaults = await faultsOf({ ...environment, [name]: 'x-key: a-secret-of-16-characters', [twin]: file });
    assert.ok(
      bothFaults.includes(`${name} and ${twin}: both are set, so it is not clear which one holds; leave one out`),
    );
    const missingFaults = await faultsOf({ ...environment, [name]: '', [twin]: `${file}-none` });
    assert.ok(missingFaults.includes(`${twin}: the file cannot be read (ENOENT)`), missingFaults.join());
  }
  const { UQPAY_API_KEY: _key, ...rest } = environment;
  await replace(file, 'a key');
  assert.deepEqual(await faultsOf({ ...rest, UQPAY_API_KEY_FILE: file }), [
    'UQPAY_API_KEY_FILE: the file is wrong: expected ASCII characters without spaces: is a space or a line end left in it?',
  ]);
  assert.deepEqual(await faultsOf({ ...environment, UQPAY_PREVIOUS_WEBHOOK_SECRET: OLD }), [
    'UQPAY_PREVIOUS_WEBHOOK_SECRET: is set without UQPAY_WEBHOOK_SECRET; set the secret of now too',
  ]);
  assert.deepEqual(await faultsOf({ ...rest, UQPAY_API_KEY_FIL: file }), [
    'UQPAY_API_KEY_FIL: there is no such variable; is UQPAY_API_KEY_FILE meant?',
  ]);
});

test('the stand-alone proxy reads changed secret files without a restart: the provider’s key and the front end’s secret', async (t) => {
  const { environment, provider } = await standAlone(t);
  const { state, refunds } = scriptKeyRotation(provider);
  const key = (await secretFile(t, 'key-1\n')).file;
  const front = (await secretFile(t, 'secret-of-the-front-1')).file;
  const { UQPAY_API_KEY: _key, ...rest } = environment;
  const proxy = await startProxy(t, { ...rest, UQPAY_API_KEY_FILE: key, REFUND_USER_SECRET_FILE: front });
  const refund = async (number: number, secret: string) => {
    const headers = {
      ...USER,
      'x-refund-user-secret': secret,
      'content-type': 'application/json',
      'x-refund-form': '1',
      'idempotency-key': uuid(number),
    };
    const body = JSON.stringify(uqpayBody('1.00'));
    return (await fetch(`${proxy.url}/refunds/uqpay${REFUND}`, { method: 'POST', headers, body })).status;
  };
  assert.equal(await refund(1, 'secret-of-the-front-1'), 200);
  state.key = 'key-2';
  await replace(key, 'key-2');
  await replace(front, 'secret-of-the-front-2');
  assert.equal(await refund(2, 'secret-of-the-front-1'), 401);
  assert.equal(await refund(2, 'secret-of-the-front-2'), 200);
  assert.equal(refunds.size, 2);
  assert.equal(await proxy.stop(), 0);
});
