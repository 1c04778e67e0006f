import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { describe, it } from 'node:test';

import { copyFile, fileFor } from './support/state-files.ts';
import { send, startWorld, type SandboxWorld } from './world.ts';

const PATCH = { method: 'PATCH', headers: { 'content-type': 'application/json' }, body: '{}' };
const status = async (world: SandboxWorld, path: string, init?: RequestInit) => (await world.fetch(path, init)).status;

describe('a sandbox with a state file, after a crash', () => {
  const firstCalls: readonly [what: string, path: string, init: RequestInit | undefined, status: number][] = [
    ['read', '/ns/one/_sandbox/db/uqpay_accounts', undefined, 200],
    ['searched for', '/ns/one/_sandbox/db/uqpay_intents/PI0', undefined, 404],
    ['edited in vain', '/ns/one/_sandbox/db/uqpay_intents/PI0', PATCH, 404],
  ];
  for (const [what, path, init, expected] of firstCalls) {
    it(`knows a namespace in which a row was only ${what}, so that it can be deleted`, async (t) => {
      const db = fileFor(t);
      {
        await using world = await startWorld({ db });
        assert.equal(await status(world, path, init), expected);
        copyFile(db, `${db}.made`);
        assert.equal((await send(`${world.sandbox.url}/ns/one`, { method: 'DELETE' })).status, 200);
        assert.equal((await world.refund()).status, 200);
        copyFile(db, `${db}.copy`);
      }
      await using made = await startWorld({ db: `${db}.made` });
      assert.deepEqual((await made.fetch('/ns')).json['namespaces'], ['one']);
      await using world = await startWorld({ db: `${db}.copy` });
      assert.deepEqual((await world.fetch('/ns')).json['namespaces'], []);
      assert.equal((await world.control.db('uqpay_refunds')).length, 4);
    });
  }

  it('has an edit whose body came after its namespace was deleted in a new namespace of that name', async (t) => {
    const db = fileFor(t);
    const id = 'PI2000000000000000001';
    const path = `/ns/one/_sandbox/db/uqpay_intents/${id}`;
    const idOf = async (world: SandboxWorld) => (await world.fetch(path)).json['merchant_order_id'];
    {
      await using world = await startWorld({ db });
      assert.equal(await idOf(world), 'SG-1042');
      const request = httpRequest(`${world.sandbox.url}${path}`, { method: 'PATCH' });
      const edited = once(request, 'response');
      request.write('{"merchant_order_id":');
      assert.equal(await status(world, '/ns/one', { method: 'DELETE' }), 200);
      request.end('"late"}');
      const [answer] = (await edited) as [IncomingMessage];
      answer.resume();
      assert.equal(answer.statusCode, 200);
      assert.equal(await idOf(world), 'late');
      assert.equal(await status(world, '/ns/one', { method: 'DELETE' }), 200);
      assert.equal(await status(world, '/ns/one', { method: 'DELETE' }), 404);
      copyFile(db, `${db}.copy`);
    }
    await using world = await startWorld({ db: `${db}.copy` });
    assert.deepEqual((await world.fetch('/ns')).json['namespaces'], []);
  });

  it('gives a namespace whose rows were read first the clock that it had', async (t) => {
    const db = fileFor(t);
    let now = 1_793_581_200_000;
    const clockOf = async (world: SandboxWorld) => (await world.fetch('/ns/one/_sandbox/clock')).json['now'];
    let before: unknown;
    {
      await using world = await startWorld({ db, now: () => (now += 1_000) });
      await world.fetch('/ns/one/_sandbox/db');
      before = await clockOf(world);
      copyFile(db, `${db}.copy`);
    }
    await using world = await startWorld({ db: `${db}.copy`, now: () => (now += 1_000) });
    assert.equal(await clockOf(world), before);
  });

  it('still counts the reads of a rate limit, whose refusal is recorded with a scenario', async (t) => {
    const db = fileFor(t);
    const read = (world: SandboxWorld, headers: Record<string, string> = {}) =>
      world.upayments('/get-payment-status/20261101090000000001', undefined, headers);
    {
      await using world = await startWorld({ db });
      for (let reads = 1; reads <= 30; reads += 1) assert.equal((await read(world)).status, 201);
      assert.equal((await read(world, { 'x-sandbox-scenario': 'latency; ms=1' })).status, 429);
      copyFile(db, `${db}.copy`);
    }
    await using world = await startWorld({ db: `${db}.copy` });
    assert.equal((await read(world)).status, 429);
    await world.control.advance('PT1M');
    assert.equal((await read(world)).status, 201);
  });
});
