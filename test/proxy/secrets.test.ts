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

/** UQPAY whose key can change: a token is of one key, and a change kills the tokens of the key before. */
function rotating(provider: Awaited<ReturnType<typeof startTestProxy>>['provider']) {
  const made = scriptUqpay(provider);
  const state = { key: 'key-1', tokens: 0 };
  const live = () => `${state.key}-token-${state.tokens}`;
  provider.on(TOKEN, ({ headers }) => {
    if (headers['x-api-key'] !== state.key) return { status: 401, json: { error: 'unknown key' } };
    state.tokens += 1;
    return { status: 200, json: { auth_token: live(), expired_at: START / 1000 + 1_800 } };
  });
  provider.on(UQPAY_POST, ({ headers, body }) =>
    headers['x-auth-token'] === `Bearer ${live()}`
      ? { status: 200, json: makeRefund(made, headers, body) }
      : { status: 401, json: { error: 'token has expired' } },
  );
  return { made, state };
}

test('a token of UQPAY is fetched with the new key once the key has changed, without a restart', async (t) => {
  let key = 'key-1';
  const set = await startTestProxy(t, { name: 'uqpay' });
  const { state } = rotating(set.provider);
  const { refund } = await startTestProxy(t, {
    ledger: set.ledger,
    fetch: fetchAt(() => set.provider.url),
    provider: uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: () => 'client-of-ours', apiKey: async () => key }),
  } as Parameters<typeof startTestProxy>[1]);
  assert.equal((await refund('1.00')).status, 200);
  state.key = 'key-2';
  const refused = await refund('1.00');
  assert.deepEqual([refused.problem.code, refused.problem.effect], ['credentials_refused', 'nothing']);
  key = 'key-2';
  assert.equal((await refund('1.00')).status, 200);
  assert.deepEqual(
    set.provider.callsOf(TOKEN).map(({ headers }) => headers['x-api-key']),
    ['key-1', 'key-1', 'key-2'],
  );
});

test('a refund on its way is carried out once though the key changes meanwhile', async (t) => {
  let key = 'key-1';
  const set = await startTestProxy(t);
  const { made, state } = rotating(set.provider);
  const { refund } = await startTestProxy(t, {
    ledger: set.ledger,
    fetch: fetchAt(() => set.provider.url),
    provider: uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: 'client-of-ours', apiKey: () => key }),
  } as Parameters<typeof startTestProxy>[1]);
  let changes = 0;
  set.provider.on(UQPAY_POST, ({ headers, body }) => {
    if (changes === 0) {
      changes += 1;
      key = 'key-2';
      state.key = 'key-2';
      return { status: 401, json: { error: 'token has expired' } };
    }
    return { status: 200, json: makeRefund(made, headers, body) };
  });
  assert.equal((await refund('1.00')).status, 200);
  const sent = set.provider.callsOf(UQPAY_POST).map(({ headers }) => headers['x-idempotency-key']);
  assert.equal(sent.length, 2);
  assert.equal(new Set(sent).size, 1, 'under one key');
  assert.equal(made.size, 1);
  assert.deepEqual(
    set.provider.callsOf(TOKEN).map(({ headers }) => headers['x-api-key']),
    ['key-1', 'key-2'],
  );
});

test('a token of UPayments that changed is taken where the old one is refused, and only then is it tried again', async (t) => {
  let token = 'token-1';
  let live = 'token-1';
  const set = await startTestProxy(t, { name: 'upayments' });
  const { refund } = await startTestProxy(t, {
    name: 'upayments',
    ledger: set.ledger,
    fetch: fetchAt(() => set.provider.url),
    provider: upayments({ baseUrl: 'http://127.0.0.1:1', token: () => token }),
  } as Parameters<typeof startTestProxy>[1]);
  const used: unknown[] = [];
  set.provider.on(`GET /check-refund/${ORDER}`, { status: 500, text: '' });
  set.provider.on('POST /create-refund', ({ headers }) => {
    used.push(headers.authorization);
    if (headers.authorization === `Bearer ${live}`) return { status: 500, text: '' };
    if (live === 'token-2') token = 'token-2';
    return { status: 401, json: {} };
  });
  live = 'token-2';
  assert.equal((await refund('1.000')).problem.code, 'outcome_unknown');
  assert.deepEqual(used, ['Bearer token-1', 'Bearer token-2']);
});

test('a function that gives nothing or fails sends nothing, and what it throws is repeated nowhere', async (t) => {
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

test('two webhook secrets are believed at a time, a third is not, and numbers and log say which one signed', async (t) => {
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
  const counted = await metrics.text({});
  for (const which of ['current', 'previous']) {
    assert.ok(counted.includes(`refund_proxy_webhook_signatures_total{provider="uqpay",secret="${which}"} 1`), counted);
  }
  const signers = logged.flatMap((line) => (JSON.parse(line) as { signed_by?: string }).signed_by ?? []);
  assert.deepEqual(signers, ['previous', 'current']);
  // The old one has gone: its place holds the new one too.
  secrets = [NEW, NEW];
  assert.deepEqual([await statusOf(OLD), await statusOf(NEW)], [401, 200]);
  assert.throws(
    () => uqpay({ baseUrl: 'http://127.0.0.1:1', clientId: 'c', apiKey: 'k', previousWebhookSecret: OLD }),
    /previousWebhookSecret: is given without webhookSecret/,
  );
});

/** A secret in a file, and what was told of it. */
async function secretFile(t: TestContext, first = 'secret-1') {
  const folder = await temporaryFolder(t);
  const file = path.join(folder, 'secret');
  await writeFile(file, first, { mode: 0o600 });
  const told: string[] = [];
  const tell = (level: string) => (message: string, fields: object) =>
    told.push(`${level}: ${message} ${JSON.stringify(fields)}`);
  const tellers = { info: tell('info'), warn: tell('warn') };
  const secret = new SecretFile('X_FILE', file, credential, () => tellers);
  return { folder, file, told, secret };
}

/** Beside it, then renamed over it: nobody reads a part. */
async function replace(file: string, text: string, mode = 0o600): Promise<void> {
  await writeFile(`${file}.new`, text, { mode });
  await chmod(`${file}.new`, mode);
  await rename(`${file}.new`, file);
}

test('a secret is read again when its file was renamed over or overwritten, and line ends are stripped', async (t) => {
  const { file, secret, told } = await secretFile(t, 'secret-1\n');
  assert.deepEqual(secret.readFirst(), { faults: [], warnings: [], value: 'secret-1' });
  await replace(file, 'secret-2\r\n');
  assert.equal(await secret.current(), 'secret-2');
  await writeFile(file, 'secret-3');
  assert.equal(await secret.current(), 'secret-3');
  assert.deepEqual(
    told,
    Array.from({ length: 2 }, () => 'info: a secret was read anew from its file {"field":"X_FILE"}'),
  );
});

test('a secret behind links is read again when the folder is exchanged, as Kubernetes does it', async (t) => {
  const { folder, told } = await secretFile(t);
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
    warn: (message) => void told.push(message),
  }));
  assert.equal(secret.readFirst().value, 'secret-1');
  // Of the same length, so that no size tells.
  await give('..v2', 'secret-2');
  assert.equal(await secret.current(), 'secret-2');
  await rm(path.join(folder, '..v1'), { recursive: true });
  assert.equal(await secret.current(), 'secret-2');
  assert.deepEqual(told, []);
});

test('while its file is missing, empty or wrong the secret of before stays, and each is warned of once', async (t) => {
  const { file, secret, told } = await secretFile(t);
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
  const reasons = told.map((line) => /"the file ([^"]*)"/.exec(line)?.[1] ?? line.slice(0, 4));
  assert.deepEqual(reasons, [
    'cannot be read (ENOENT)',
    'is empty',
    'is wrong: expected ASCII characters without spaces: is a space or a line end left in it?',
    'info',
    'is empty',
  ]);
  for (const line of told) assert.doesNotMatch(line, /secret-\d|with spaces/);
});

test('a file that others can reach is warned of, at the start and later', async (t) => {
  const { file, secret, told } = await secretFile(t);
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
  assert.match(told.at(-1) ?? '', /^warn: .*has mode 644/);
});

async function faultsOf(environment: Environment): Promise<string[]> {
  const read = await readConfig(environment).catch((error: unknown) => error);
  return read instanceof Error ? read.message.split('\n') : [];
}

test('each secret has a twin that names a file; both at once, and a file that cannot be used, stop the start', async (t) => {
  const { environment } = await standAlone(t);
  const { file } = await secretFile(t, 'x-key: a-secret-of-16-characters');
  assert.equal(FILE_NAMES.length, 8);
  for (const twin of FILE_NAMES) {
    const name = twin.replace(/_FILE$/, '');
    const both = await faultsOf({ ...environment, [name]: 'x-key: a-secret-of-16-characters', [twin]: file });
    assert.ok(both.includes(`${name} and ${twin}: both are set, so it is not clear which one holds; leave one out`));
    const none = await faultsOf({ ...environment, [name]: '', [twin]: `${file}-none` });
    assert.ok(none.includes(`${twin}: the file cannot be read (ENOENT)`), none.join());
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

test('the stand-alone proxy takes changed files without a restart: of the provider and of the sign-in in front', async (t) => {
  const { environment, provider } = await standAlone(t);
  const { state, made } = rotating(provider);
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
    return (await fetch(`${proxy.url}/uqpay${REFUND}`, { method: 'POST', headers, body })).status;
  };
  assert.equal(await refund(1, 'secret-of-the-front-1'), 200);
  state.key = 'key-2';
  await replace(key, 'key-2');
  await replace(front, 'secret-of-the-front-2');
  assert.equal(await refund(2, 'secret-of-the-front-1'), 401);
  assert.equal(await refund(2, 'secret-of-the-front-2'), 200);
  assert.equal(made.size, 2);
  assert.equal(await proxy.stop(), 0);
});
