import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createSandboxClient } from '../../mock-server/index.ts';
import { readDocument, type Document } from '../fuzz/document.ts';
import { testpay } from './support/testpay.ts';
import { assertDropped, startWorld, type SandboxWorld } from './world.ts';

async function startShop() {
  const world = await startWorld({ providers: [testpay] });
  const control = createSandboxClient<'testpay'>(world.sandbox.url);
  const refund = (amount: number, headers: Record<string, string> = {}) =>
    world.fetch('/testpay/refunds', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ payment: 'pay-1', amount }),
    });
  return { world, control, refund, [Symbol.asyncDispose]: () => world.sandbox.close() };
}

const statusOf = async (world: SandboxWorld, id: unknown) =>
  (await world.fetch(`/testpay/refunds/${String(id)}`)).json['status'];

describe('a provider that a test adds', () => {
  it('refunds over HTTP and settles by the clock, next to the built-in providers', async () => {
    await using shop = await startShop();
    const { world } = shop;
    const creation = await shop.refund(400);
    assert.deepEqual([creation.status, creation.json['status']], [201, 'open']);
    assert.equal((await shop.refund(601)).status, 422, 'what is left is 600');
    await shop.control.advance('PT1M');
    assert.equal(await statusOf(world, creation.json['id']), 'paid');
    assert.equal((await world.refund()).status, 200);
    assert.equal((await shop.control.health()).rows['testpay_refunds'], 1);
    await shop.control.reset();
    assert.equal(await statusOf(world, creation.json['id']), undefined, 'a reset forgets it');
    assert.equal((await shop.refund(1_000)).status, 201);
  });

  it('carries out scenarios and faults, and refuses unsupported ones', async () => {
    await using shop = await startShop();
    const { world, control } = shop;
    await control.scenario('fail', { provider: 'testpay', payment_id: 'pay-1' });
    const failing = await shop.refund(100);
    await control.advance('PT1M');
    assert.equal(await statusOf(world, failing.json['id']), 'failed');
    assert.equal((await shop.refund(100, { 'x-sandbox-scenario': 'over_refund' })).status, 422);
    await control.scenario('drop_after_commit', { provider: 'testpay' });
    await assertDropped(shop.refund(100));
    assert.equal((await control.health()).rows['testpay_refunds'], 2, 'the lost answer was carried out');
    assert.equal((await shop.refund(1, { 'x-sandbox-scenario': 'server_error; status=503' })).status, 503);
    const foreign = await shop.refund(1, { 'x-sandbox-scenario': 'reversal' });
    assert.match(String(foreign.json['problem']), /scenario reversal is not one of testpay/);
    await assert.rejects(control.scenario('reversal', { provider: 'testpay' }), /is for uqpay only/);
    await assert.rejects(control.scenario('fail', { provider: 'testpay', payment_id: 'pay-2' }), /such as "pay-1"/);
  });

  it('appears in the journal, in the data view and in the OpenAPI documents', async () => {
    await using shop = await startShop();
    const { world, control } = shop;
    const creation = await shop.refund(250, { 'x-sandbox-scenario': 'slow_body; ms=1' });
    const [entry] = await control.journal({ provider: 'testpay', refund_id: String(creation.json['id']) });
    assert.deepEqual([entry?.route, entry?.payment_id, entry?.wire], ['create_refund', 'pay-1', 'slow_body']);
    const result = await control.verify({ provider: 'testpay', request: { amount: 250 } }, { exactly: 1 });
    assert.ok(result.ok, result.explanation);
    const rows = await world.fetch(`/_sandbox/db/testpay_refunds/${String(creation.json['id'])}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ amount: 1_001 }),
    });
    assert.match(String(rows.json['error']), /the refunds of "pay-1" are above its amount/);
    const document = (await world.fetch('/_sandbox/openapi/testpay.json')).json as unknown as Document;
    const operation = document.paths['/refunds']!['post']!;
    const reader = readDocument(document);
    assert.deepEqual(reader.faults(operation.responses['201']!.content['application/json']!.schema, creation.json), []);
  });

  it('is restored from a snapshot with its rows and timers', async () => {
    await using shop = await startShop();
    const creation = await shop.refund(400);
    const snapshot = await shop.control.snapshot();
    await shop.control.reset();
    await shop.control.restore(snapshot);
    await shop.control.advance('PT1M');
    assert.equal(await statusOf(shop.world, creation.json['id']), 'paid');
  });

  it('is refused when its name is taken', async () => {
    await assert.rejects(
      startWorld({ providers: [{ ...testpay, name: 'uqpay' }] }),
      /the provider "uqpay" belongs to two/,
    );
    await assert.rejects(startWorld({ providers: [testpay, testpay] }), /belongs to two providers/);
  });
});
