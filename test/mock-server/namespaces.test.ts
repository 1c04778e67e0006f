import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { DEFAULT_SEED, SandboxControlError } from '../../mock-server/index.ts';
import { INTENT, KNET, send, startWorld, PAGE_VENDORS } from './world.ts';

describe('namespaces on one server', () => {
  it('keep parallel tests apart', async () => {
    await using world = await startWorld();
    const names = Array.from({ length: 20 }, (_, index) => `test-${index}`);
    const results = await Promise.all(
      names.map(async (name, index) => {
        const base = `${world.sandbox.url}/ns/${name}`;
        const control = world.control.namespace(name);
        const signIn = await send(`${base}/uqpay/api/v1/connect/token`, {
          method: 'POST',
          headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
        });
        const refund = (n: number) =>
          send(`${base}/uqpay/api/v2/payment/refunds`, {
            method: 'POST',
            headers: {
              'content-type': 'application/json',
              'x-auth-token': `Bearer ${String(signIn.json['auth_token'])}`,
              // All namespaces use the same keys, because keys also belong to one namespace.
              'x-idempotency-key': `00000000-0000-4000-8000-00000000000${n}`,
            },
            body: JSON.stringify({ payment_intent_id: INTENT, amount: '100.00', reason: 'r' }),
          });
        await control.advance(`PT${index + 1}S`);
        const answers = [await refund(1), await refund(2), await refund(1), await refund(3)];
        return {
          statuses: answers.map(({ status }) => status),
          ids: answers.slice(0, 2).map(({ json }) => json['payment_refund_id']),
          now: (await control.clock()).now,
          count: await control.count(),
          rows: (await control.db('uqpay_refunds')).length,
        };
      }),
    );
    for (const [index, result] of results.entries()) {
      assert.deepEqual(result.statuses, [200, 200, 200, 400], 'the third hundred is beyond what was captured');
      assert.deepEqual(result.ids, results[0]?.ids, 'each draws from its own seed');
      assert.equal(result.now, `2026-11-02T09:00:${String(index + 1).padStart(2, '0')}+08:00`);
      assert.deepEqual([result.count, result.rows], [5, 5]);
    }
    assert.equal(await world.control.count(), 0);
    assert.equal((await world.control.db('uqpay_refunds')).length, 3);
    assert.deepEqual((await world.control.namespaces()).toSorted(), names.toSorted());
  });

  it('find a call by its path, with the name of the namespace or without it', async () => {
    await using world = await startWorld();
    const control = world.control.namespace('one');
    const below = '/upayments/api/v1/create-refund';
    const headers = { authorization: 'Bearer jtest123', 'content-type': 'application/json' };
    const create = (path: string) =>
      world.fetch(path, { method: 'POST', headers, body: JSON.stringify({ orderId: KNET, totalPrice: 1 }) });
    assert.equal((await create(`/ns/one${below}`)).status, 201);
    assert.equal((await create(`/ns/one${below}/`)).status, 201);
    assert.equal((await create('/ns/one/api/v1/create-refund')).status, 201);
    for (const path of [
      below,
      `/ns/one${below}`,
      `${below}/`,
      '/api/v1/create-refund',
      '/ns/one/api/v1/create-refund',
    ]) {
      assert.equal(await control.count({ path }), 3, path);
      const never = await control.verify({ path }, { never: true });
      assert.equal(never.ok, false, never.explanation);
      assert.equal((await control.journal({ path })).length, 3);
      assert.equal(await world.control.count({ path: below }), 0, 'the default namespace has none');
    }
    const [entry] = await control.journal();
    assert.equal(entry?.path, `/ns/one${below}`, 'the journal has the path as it came');
    for (const path of [`/ns/two${below}`, `/ns/on${below}`, `/ns/one/ns/one${below}`, `/ns${below}`]) {
      await assert.rejects(control.verify({ path }, { never: true }), /filter\.path: /, path);
    }
    await assert.rejects(control.count({ path: '/create-refund' }), /expected one such as \/ns\/one\/uqpay\/api/);
    await assert.rejects(world.control.count({ path: `/ns/one${below}` }), /path: .* is of another namespace/);
  });

  it('are not made by a call whose header is misspelt, and a refusal has the path as it came', async () => {
    await using world = await startWorld();
    for (const path of ['/_sandbox/clock', '/_sandbox/db', '/uqpay/api/v1/connect/token']) {
      const headers = { 'x-sandbox-namespace': 'exsting' };
      const { status, text } = await world.fetch(`/ns/one${path}`, { headers });
      assert.ok(status >= 400 && status < 500, text);
      assert.match(text, /x-sandbox-namespace: expected existing, or no such header, received the string/);
    }
    assert.deepEqual(await world.control.namespaces(), []);
    // Without a namespace in the path, too: the header does not choose one.
    const headers = { 'x-sandbox-namespace': 'one' };
    const refund = await world.refund({}, headers);
    assert.deepEqual([refund.status, refund.json['type']], [400, 'not_found'], refund.text);
    assert.match(String(refund.json['message']), /x-sandbox-namespace: expected existing/);
    const atRoot = await world.fetch(`/api/v1/check-refund/${KNET}`, { headers });
    assert.deepEqual([atRoot.status, atRoot.json['status']], [404, false], atRoot.text);
    for (const path of ['/_sandbox/clock', '/_sandbox/db', '/ns']) {
      const reply = await world.fetch(path, { headers });
      assert.equal(reply.status, 400, path);
      assert.match(String(reply.json['error']), /x-sandbox-namespace: expected existing/);
    }
    assert.equal((await world.control.db('uqpay_refunds')).length, 3);
    const { json } = await world.fetch('/ns/two');
    assert.match(String(json['error']), /^no "GET \/ns\/two": expected /);
  });

  it('can be deleted, and are created again on the next use', async () => {
    await using world = await startWorld();
    const one = world.control.namespace('one');
    await one.advance('P1D');
    await world.control.deleteNamespace('one');
    assert.deepEqual(await world.control.namespaces(), []);
    assert.equal((await one.clock()).now, (await world.control.clock()).now);
    await assert.rejects(world.control.deleteNamespace('two'), /there is no namespace "two"/);
    assert.deepEqual(await one.namespaces(), ['one'], 'and lie beside each other, not in each other');
  });

  it('have a limit, and beyond it every API answers with its own error', async () => {
    await using world = await startWorld({ namespaceLimit: 2 });
    await world.control.namespace('a').clock();
    await world.control.namespace('b').clock();
    await assert.rejects(world.control.namespace('c').clock(), (error) => {
      assert.ok(error instanceof SandboxControlError);
      assert.equal(error.status, 409);
      assert.match(error.message, /there are 2 namespaces already: DELETE \/ns\/<name> those that are done/);
      return true;
    });
    const uqpay = await world.fetch('/ns/c/uqpay/api/v2/payment/refunds');
    assert.deepEqual([uqpay.status, uqpay.json['type']], [400, 'not_found']);
    const upayments = await world.fetch(`/ns/c/upayments/api/v1/check-refund/${KNET}`);
    assert.deepEqual([upayments.status, upayments.json['status']], [404, false]);
    assert.equal((await world.fetch('/ns/c/_sandbox/db')).status, 409);
    await world.control.deleteNamespace('a');
    assert.equal((await world.control.namespace('c').health()).status, 'ok');
  });

  it('can be reset with thousands of rows', async () => {
    await using world = await startWorld();
    const one = world.control.namespace('one');
    await one.seed({
      uqpay_intents: Array.from({ length: 2_500 }, (_, index) => ({
        id: `PI${String(index).padStart(19, '0')}`,
        amount: '1.00',
        currency: 'USD',
      })),
    });
    await one.reset();
    assert.equal((await one.health()).rows['uqpay_attempts'], 2_500);
  });

  it('reset to the unchanged rows of their seed', async () => {
    const data = structuredClone(DEFAULT_SEED);
    await using world = await startWorld({ data });
    const first = await world.control.db('uqpay_intents');
    await world.refund();
    await world.upayments('/create-refund', { orderId: KNET, totalPrice: 1 });
    await world.upayments('/create-refund', { orderId: PAGE_VENDORS, totalPrice: 1 });
    const edit = await world.fetch(`/_sandbox/db/uqpay_intents/${INTENT}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { note: 'changed' }, description: 'changed' }),
    });
    assert.equal(edit.status, 200, edit.text);
    await world.control.advance('P3D');
    assert.deepEqual(data, DEFAULT_SEED);
    await world.control.reset();
    assert.deepEqual(await world.control.db('uqpay_intents'), first);
  });
});
