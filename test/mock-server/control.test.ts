import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createSandbox, createSandboxClient, PortTakenError, SandboxControlError } from '../../mock-server/index.ts';
import { INTENT, KNET, send, startWorld, statusOf } from './world.ts';

describe('the control API', () => {
  it('reports its health and lists its routes', async () => {
    await using world = await startWorld();
    const health = await world.control.health();
    assert.equal(health.status, 'ok');
    assert.equal(health.rows['uqpay_intents'], 11);
    const { json } = await world.fetch('/_sandbox');
    assert.ok((json['routes'] as unknown[]).length > 10);
  });

  it('resets to the seed', async () => {
    await using world = await startWorld();
    const first = await world.refund();
    await world.control.scenario('fail');
    await world.control.advance('P1D');
    await world.control.reset();
    assert.equal((await world.control.clock()).now, '2026-11-02T09:00:00+08:00');
    assert.deepEqual(await world.control.journal(), []);
    assert.equal((await world.refund()).text, first.text);
  });

  it('moves the clock and carries out the events that are due', async () => {
    await using world = await startWorld();
    const refund = await world.refund();
    assert.equal((await world.control.clock()).next_due, '2026-11-02T09:00:05+08:00');
    const clock = await world.control.setClock({ set: '2026-11-02T10:00:00+08:00', advance: 'PT1M' });
    assert.deepEqual([clock.now, clock.due], ['2026-11-02T10:01:00+08:00', 0]);
    assert.equal(await statusOf(world, refund), 'SUCCEEDED');
    assert.equal((await world.control.setClock({ mode: 'running' })).mode, 'running');
  });

  it('carries out the next event when a clock that ran is set to it', async () => {
    await using world = await startWorld();
    await world.control.setClock({ advance: 'PT0.4S' });
    const refund = await world.refund();
    const { next_due: next } = await world.control.clock();
    assert.equal(next, '2026-11-02T09:00:06+08:00');
    await world.control.setClock({ set: next });
    assert.equal(await statusOf(world, refund), 'PROCESSING');
  });

  it('refuses an invalid change of the clock', async () => {
    await using world = await startWorld();
    for (const [change, message] of [
      [{ advance: '4h' }, /advance: expected a duration/],
      [{ advance: '-PT1H' }, /advance/],
      [{ advance: 'P1M' }, /days or less/],
      [{ set: 'noon' }, /set: expected a time/],
      [{ mode: 'stopped' }, /mode: expected one of running, frozen/],
      [{ forward: 1 }, /does not take "forward"/],
    ] as const) {
      const { status, json } = await world.fetch('/_sandbox/clock', { method: 'POST', body: JSON.stringify(change) });
      assert.equal(status, 400);
      assert.match(String(json['error']), message);
    }
    assert.equal((await world.fetch('/_sandbox/clock', { method: 'POST', body: '{' })).status, 400);
    assert.equal((await world.fetch('/_sandbox/reset')).status, 405);
    assert.equal((await world.fetch('/_sandbox/nothing')).status, 404);
    assert.equal((await world.fetch('/')).status, 404);
    await assert.rejects(world.control.advance('soon'), SandboxControlError);
  });

  it('records every provider call without secrets and personal data, and filters the journal', async () => {
    await using world = await startWorld();
    await world.refund();
    await world.upayments('/create-refund', {
      orderId: KNET,
      totalPrice: 1,
      customerFirstName: 'Huda',
      customerEmail: 'huda@example.com',
      customerMobileNumber: '+96512345678',
    });
    await world.refund({ amount: '0' });
    assert.equal(await world.control.count(), 5);
    assert.equal(await world.control.count({ provider: 'upayments' }), 1);
    assert.equal(await world.control.count({ route: 'create_refund', status: 400 }), 1);
    assert.equal((await world.control.journal({ payment_id: INTENT })).length, 2);
    assert.deepEqual(
      (await world.control.journal({ limit: 2 })).map(({ sequence }) => sequence),
      [4, 5],
    );
    const text = JSON.stringify(await world.control.journal());
    for (const secret of ['Huda', 'huda@', '+965', 'sandbox-key', 'jtest123', 'eyJ']) {
      assert.ok(!text.includes(secret), secret);
    }
    const { status, json } = await world.fetch('/_sandbox/journal?colour=red');
    assert.deepEqual(
      [status, json['error']],
      [
        400,
        'colour: is not a filter of this call: expected one of provider, route, method, path, status, payment_id, refund_id, idempotency_key, replayed, scenario, wire, after, limit',
      ],
    );
  });

  it('keeps the last calls in the journal and counts the dropped ones', async () => {
    await using world = await startWorld({ journalCapacity: 3 });
    for (const id of ['a', 'b', 'c', 'd', 'e']) await world.upayments(`/check-refund/${id}`);
    const { json } = await world.fetch('/_sandbox/journal');
    assert.deepEqual([json['total'], json['dropped']], [5, 2]);
    assert.deepEqual(
      (json['entries'] as { path: string }[]).map(({ path }) => path.slice(-1)),
      ['c', 'd', 'e'],
    );
  });
});

describe('namespaces', () => {
  it('have their own data, clock and journal, and are created on first use', async () => {
    await using world = await startWorld();
    const one = createSandboxClient(`${world.sandbox.url}/ns/one`);
    await one.advance('P1D');
    await send(`${world.sandbox.url}/ns/one/upayments/api/v1/create-refund`, {
      method: 'POST',
      headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
      body: JSON.stringify({ orderId: KNET, totalPrice: 1 }),
    });
    assert.equal((await one.db('upayments_refunds')).length, 3);
    assert.equal((await world.control.db('upayments_refunds')).length, 2);
    assert.equal(await one.count(), 1);
    assert.equal(await world.control.count(), 0);
    assert.notEqual((await one.clock()).now, (await world.control.clock()).now);
    assert.equal((await createSandboxClient(`${world.sandbox.url}/ns/two`).db('upayments_refunds')).length, 2);
  });

  it('appear in the address of the second step', async () => {
    await using world = await startWorld();
    const { json } = await send(`${world.sandbox.url}/ns/one/upayments/api/v1/create-refund`, {
      method: 'POST',
      headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
      body: JSON.stringify({
        orderId: 'x9qgyobGKN2022101012552551446691695107275189570586650948cbbbbb0',
        totalPrice: 1,
      }),
    });
    const { multivendor_refund_end_point: address } = json['data'] as Record<string, string>;
    assert.equal(address, `${world.sandbox.url}/ns/one/upayments/api/v1/create-multivendor-refund`);
  });

  it('need a valid name', async () => {
    await using world = await startWorld();
    for (const path of ['/ns/', '/ns//_sandbox/health', `/ns/${'n'.repeat(65)}/_sandbox/health`, '/ns/a%2F/x']) {
      const { status, json } = await world.fetch(path);
      assert.equal(status, 404, path);
      assert.match(String(json['error']), /a namespace has 1 to 64/);
    }
  });
});

describe('the server', () => {
  it('reports a port that is taken', async () => {
    await using first = await createSandbox();
    await assert.rejects(createSandbox({ port: first.port }), (error) => {
      assert.ok(error instanceof PortTakenError);
      assert.match(error.message, new RegExp(`Port ${first.port} on 127.0.0.1 is taken`));
      return true;
    });
  });

  it('sends CORS headers only to pages of this machine', async () => {
    await using world = await startWorld();
    const ask = (origin: string) =>
      world.fetch('/uqpay/api/v2/payment/refunds', {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'x-auth-token,x-idempotency-key',
        },
      });
    const allowed = await ask('http://localhost:4000');
    assert.equal(allowed.status, 204);
    assert.equal(allowed.headers.get('access-control-allow-origin'), 'http://localhost:4000');
    assert.equal(allowed.headers.get('access-control-allow-headers'), 'x-auth-token,x-idempotency-key');
    assert.equal((await ask('https://evil.example')).headers.get('access-control-allow-origin'), null);
    const health = await world.fetch('/_sandbox/health', { headers: { origin: 'http://127.0.0.1:1' } });
    assert.equal(health.headers.get('access-control-allow-origin'), 'http://127.0.0.1:1');
    const foreign = await world.fetch('/_sandbox/health', { headers: { origin: 'http://localhost.evil.example' } });
    assert.equal(foreign.headers.get('access-control-allow-origin'), null);
  });
});

describe('the typed client', () => {
  it('refuses a member that is undefined: without it an expectation, a scenario or a seed would be of more', async () => {
    await using world = await startWorld();
    const { control } = world;
    const order: { id?: string } = {};
    const missing = order.id as string;
    const calls = [
      [() => control.verify({ route: 'create_refund', payment_id: missing }, { exactly: 1 }), 'filter.payment_id'],
      [() => control.verify({ request: { totalPrice: missing } }, { never: true }), 'filter.request.totalPrice'],
      [() => control.scenario('fail', { payment_id: missing }), 'payment_id'],
      [() => control.seed({ uqpay_intents: missing as never }), 'uqpay_intents'],
    ] as const;
    for (const [call, member] of calls) {
      await assert.rejects(
        async () => call(),
        new TypeError(`${member} is undefined: leave it out, or give it a value`),
      );
    }
    for (const name of ['..', '.', '', 'a/b', missing])
      assert.throws(() => control.namespace(name), /^TypeError: a namespace/);
    await control.namespace('one').health();
    assert.match(JSON.stringify(await control.namespaces()), /"one"/);
  });
});
