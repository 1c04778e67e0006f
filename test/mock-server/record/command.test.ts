import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';

import { readSeedFile } from '../../../mock-server/cli/seed-file.ts';
import { toRfc3339 } from '../../../mock-server/core/engine/time.ts';
import { createSandbox, RecordFileError } from '../../../mock-server/index.ts';
import { folder, Merchant, START } from './world.ts';

const PROGRAM = path.resolve('bin/refund-form.js');
const PAYMENT = 'PI1234567890123456789';

interface Command {
  readonly url: string;
  readonly printed: () => string;
  readonly stop: () => Promise<number | null>;
}

/** Starts the sandbox's command on a free port, and resolves when it has printed its address. */
async function start(t: TestContext, ...args: string[]): Promise<Command> {
  const child = spawn(process.execPath, [PROGRAM, 'sandbox', '--port', '0', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let printed = '';
  child.stderr.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      printed += `${line}\n`;
      const [found] = /http:\/\/127\.0\.0\.1:\d+/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    child.once('exit', () => reject(new Error(printed)));
  });
  const stop = async () => {
    const closed = once(child, 'close') as Promise<[number | null]>;
    child.kill('SIGTERM');
    return (await closed)[0];
  };
  return { url, printed: () => printed, stop };
}

function run(...args: string[]): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, 'sandbox', '--port', '0', ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  });
}

describe('refund-form sandbox --record', () => {
  it('makes a seed of what another sandbox answers, and says what moves', async (t) => {
    const file = path.join(await folder(t), 'shop.yaml');
    const real = await start(t);
    const recording = await start(t, '--record', file, '--upstream', `uqpay=${real.url}/uqpay/api`);
    const merchant = await new Merchant(recording.url).signIn();
    const refund = { payment_intent_id: PAYMENT, amount: '10.00', reason: 'Return good' };
    const { payment_refund_id: id } = await merchant.uqpay('POST', '/payment/refunds', refund, 'fast_success');
    assert.equal(await recording.stop(), 0);
    assert.match(recording.printed(), /a refund moves REAL MONEY/);
    assert.match(recording.printed(), /the payment of RF\S+ was not read/);
    assert.ok(!readFileSync(file, 'utf8').includes('uqpay_intents'));

    const again = path.join(path.dirname(file), 'again.yaml');
    const second = await start(t, '--record', again, '--upstream', `uqpay=${real.url}/uqpay/api`);
    const client = await new Merchant(second.url).signIn();
    await client.uqpay('GET', `/payment_intents/${PAYMENT}`);
    const told = await client.uqpay('GET', `/payment/refunds/${String(id)}`);
    assert.equal(await second.stop(), 0);
    const replayed = await start(t, '--seed', again);
    const answered = await (await new Merchant(replayed.url).signIn()).uqpay('GET', `/payment/refunds/${String(id)}`);
    assert.deepEqual({ ...answered, reason: told['reason'] }, told);
    assert.equal(answered['refund_status'], 'SUCCEEDED');
  });

  it('makes a seed of its own rows without an upstream', async (t) => {
    const file = path.join(await folder(t), 'own.yaml');
    const sandbox = await createSandbox({ clock: 'frozen', startAt: START, record: file });
    const merchant = await new Merchant(sandbox.url).signIn();
    const refund = {
      payment_intent_id: PAYMENT,
      amount: '10.00',
      reason: 'For Ali',
      metadata: { email: 'a@b.example' },
    };
    const { payment_refund_id: id } = await merchant.uqpay('POST', '/payment/refunds', refund);
    const IBAN = 'KW81CBKU0000000000001234560101';
    const account = { id: `${IBAN}-KWD`, currency: 'KWD', balance: '1.000' };
    const added = await fetch(`${sandbox.url}/_sandbox/db/upayments_accounts`, {
      method: 'POST',
      body: JSON.stringify(account),
    });
    assert.equal(added.status, 201, await added.text());
    await sandbox.close();
    const data = await readSeedFile(file, START);
    assert.ok(data.upayments_accounts?.some((row) => row.id === 'KW81****0101-KWD'));
    assert.ok(!readFileSync(file, 'utf8').includes(IBAN));
    // A payment that waits expires by the clock that this line is for.
    assert.equal(
      readFileSync(file, 'utf8').split('\n')[0],
      `# Recorded until ${toRfc3339(START)} by refund-form sandbox --record.`,
    );
    const made = data.uqpay_refunds?.find((row) => row.id === id);
    assert.deepEqual([made?.amount, made?.reason, made?.metadata], ['10.00', 'Recorded', { email: '[redacted]' }]);
    await using again = await createSandbox({ clock: 'frozen', startAt: START, data });
    const answered = await (await new Merchant(again.url).signIn()).uqpay('GET', `/payment/refunds/${String(id)}`);
    assert.equal(answered['refund_status'], 'INITIATED');
  });

  it('refuses a file that is there before it listens, and leaves none when it cannot listen', async (t) => {
    const at = await folder(t);
    const old = path.join(at, 'old.json');
    await writeFile(old, '{}');
    for (const upstream of [[], ['--upstream', 'uqpay=https://api.example']]) {
      const { status, stderr } = run('--record', old, ...upstream);
      assert.equal(status, 3);
      assert.equal(stderr, `--record: ${old} is there already: name another file, or move this one away\n`);
    }
    await assert.rejects(createSandbox({ record: old }), RecordFileError);
    const file = path.join(at, 'new.json');
    await using sandbox = await createSandbox();
    assert.equal(run('--record', file, '--port', String(sandbox.port)).status, 1);
    assert.ok(!existsSync(file));
  });

  it('refuses a name that is no seed as any other wrong flag', () => {
    const { status, stderr } = run('--record', 'seed.txt');
    assert.deepEqual(
      [status, stderr.includes('Expected a file that ends with .json, .yaml or .yml.')],
      [2, true],
      stderr,
    );
    const latency = run('--latency', 'abc');
    assert.deepEqual([latency.status, /from 0 to 600000: 300, or 100-500\./.test(latency.stderr)], [2, true]);
  });

  it('refuses flags that would have no effect', async (t) => {
    const file = path.join(await folder(t), 'new.json');
    const upstream = ['--upstream', 'uqpay=https://api.example'];
    const alone = run(...upstream);
    assert.deepEqual([alone.status, alone.stderr], [2, '--upstream: expected --record <file> with it\n']);
    const idle = run('--record', file, ...upstream, '--clock', 'frozen', '--db', 'state.db');
    assert.equal(idle.status, 2);
    assert.match(idle.stderr, /--clock, --db would have no effect/);
    assert.ok(!existsSync(file));
  });
});
