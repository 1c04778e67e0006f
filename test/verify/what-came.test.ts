import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, test } from 'node:test';

import { FAULTS } from '../../verify/checks/faults.ts';
import { IDEMPOTENCY } from '../../verify/checks/idempotency.ts';
import { Mismatch } from '../../verify/check.ts';
import { crashNote } from '../../verify/crashes.ts';
import type { Exchange } from '../../verify/drive.ts';
import { formatReport } from '../../verify/index.ts';
import type { World } from '../../verify/world.ts';
import { startFaultyProxy } from './faulty-proxy.ts';
import { bench, PROXY_TIMEOUT_MS } from './support.ts';

function exchange(status: number, json?: object, method = 'POST'): Exchange {
  const answer = { status, headers: {}, text: '', json, lost: undefined, ms: 1 };
  return { sent: { method, path: '/', headers: {}, body: undefined }, resent: false, answer };
}

const problemOf = (effect: string) => ({ title: 'The proxy failed', status: 500, code: 'internal_error', effect });

interface Scene {
  readonly answers: readonly Exchange[];
  readonly refunds?: number;
  readonly claim?: string;
  /** The headers of each call that creates a refund at the provider. */
  readonly creates?: readonly Readonly<Record<string, string>>[];
}

/** As much of a world as these checks use: it answers refunds in turn, and has made so many at the provider. */
function worldOf({
  answers,
  refunds = 1,
  claim = 'unknown',
  creates = [{ 'x-idempotency-key': 'key' }],
}: Scene): World {
  const left = [...answers];
  const calls = creates.map((headers) => ({ headers }));
  const scene = {
    profile: {
      keyHeader: 'x-idempotency-key',
      refundPath: '/refunds',
      body: () => ({}),
      refundId: (json?: { id?: string }) => json?.id,
    },
    proxyTimeoutMs: 1,
    clock: { pause: () => Promise.resolve() },
    payment: () => ({ id: 'PI1', currency: 'USD', captured: '250.00' }),
    key: () => 'key',
    scenario: () => undefined,
    refund: () => left.shift() ?? answers.at(-1),
    write: () => left.shift() ?? answers.at(-1),
    refunds: () => refunds,
    claim: () => claim,
    watch: () => ({ creates: () => calls, to: () => calls }),
    together: () => ({ answers, isSeen: true }),
    untilSeen: (round: () => Promise<boolean>) => round(),
  };
  return scene as unknown as World;
}

async function cameOf(id: string, scene: Scene): Promise<string> {
  const check = [...IDEMPOTENCY, ...FAULTS].find((each) => each.id === id);
  assert.ok(check, id);
  try {
    await check.run(worldOf(scene));
  } catch (error) {
    assert.ok(error instanceof Mismatch, String(error));
    return error.came;
  }
  return assert.fail(`${id} passed`);
}

describe('what a failed check says', () => {
  it('does not take a missing refund id for an id', async () => {
    const crashed = { answers: [exchange(200, { id: 'RF1' }), exchange(500)], refunds: 2 };
    assert.equal(await cameOf('two-keys-two-refunds', crashed), 'one was answered 500 and names none');
    const twice = { answers: [exchange(500), exchange(500)], refunds: 2 };
    assert.equal(await cameOf('two-keys-two-refunds', twice), 'one was answered 500 and names none');
    const same = { answers: [exchange(200, { id: 'RF1' }), exchange(200, { id: 'RF1' })], refunds: 2 };
    assert.equal(await cameOf('two-keys-two-refunds', same), 'both answers name the same refund');
    assert.equal(await cameOf('same-key-once', { answers: [exchange(500)] }), 'none names a refund: 500, 500, 500');
  });

  it('does not take a missing key for the same key', async () => {
    const keyless = { answers: [exchange(504)], creates: [{}, {}] };
    assert.equal(await cameOf('never-resent', keyless), 'there were 2');
    assert.equal(await cameOf('same-key-concurrent', keyless), '2 had none');
  });

  it('names the effect with which an answer claims that nothing was done', async () => {
    for (const id of ['lost-answer', 'slow-provider']) {
      const answers = [exchange(500, problemOf('nothing'))];
      const came = '500 with effect: nothing claims that nothing was done';
      assert.equal(await cameOf(id, { answers, claim: 'nothing' }), came);
      const plain = { answers: [exchange(400, { error: 'the refund failed' })], claim: 'nothing' };
      assert.equal(await cameOf(id, plain), '400 claims that nothing was done');
    }
  });
});

describe('a proxy that crashes', () => {
  it('is named when most writes were answered with a 5xx that is no problem of its own', () => {
    const ok = exchange(200, { id: 'RF1' });
    const note = crashNote([ok, exchange(500), exchange(502), exchange(404, undefined, 'GET')]);
    assert.match(note ?? '', /^The proxy answers 500 or 502 to 2 of 3 writes: look at its log first/);
    assert.equal(crashNote([ok, exchange(500), ok, exchange(500)]), undefined);
    assert.equal(crashNote([exchange(500, problemOf('unknown')), exchange(504)]), undefined);
    assert.equal(crashNote([exchange(500, undefined, 'GET')]), undefined);
    assert.equal(crashNote([]), undefined);
  });
});

test('the report of a proxy that crashes after its first refund begins with that', async (t) => {
  const { verify, recorder } = await bench(t);
  const sound = await startFaultyProxy({ provider: 'uqpay', upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS });
  let writes = 0;
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '', headers } = incoming;
    const passOn = async () => {
      const body = await text(incoming);
      if (method === 'POST' && (writes += 1) > 1) return outgoing.writeHead(500).end('Internal Server Error');
      const sent = new Headers(Object.entries(headers).map(([name, value]) => [name, String(value)]));
      for (const name of ['host', 'connection', 'content-length']) sent.delete(name);
      const address = new URL(url, sound.endpoint);
      const answer = await fetch(address, { method, headers: sent, ...(method === 'POST' && { body }) });
      const type = answer.headers.get('content-type') ?? 'text/plain';
      return outgoing.writeHead(answer.status, { 'content-type': type }).end(await answer.text());
    };
    passOn().catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  t.after(async () => {
    server.closeAllConnections();
    server.close();
    await sound.close();
  });
  const { port } = server.address() as AddressInfo;
  const only = ['success-unchanged', 'same-key-once', 'two-keys-two-refunds'];
  const report = await verify(`http://127.0.0.1:${port}/refunds`, { provider: 'uqpay', only });
  assert.match(report.look_first ?? '', /^The proxy answers 500 to 4 of 5 writes: look at its log first/);
  assert.equal(formatReport(report).trimStart().split('\n')[0], report.look_first);
  const before = await verify(sound.endpoint, { provider: 'uqpay', only });
  assert.equal(before.look_first, undefined, formatReport(before));
});
