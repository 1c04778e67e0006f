import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';

import { editRow } from '../../mock-server/bindings/db-edit.ts';
import { SandboxState } from '../../mock-server/core/engine/state.ts';
import { createSandboxClient } from '../../mock-server/index.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { copyFile, fileFor } from './support/state-files.ts';
import { INTENT, startWorld, type SandboxWorld } from './world.ts';

const ROW = `/_sandbox/db/uqpay_intents/${INTENT}`;

const orderOf = async (world: SandboxWorld) => (await world.fetch(ROW)).json['merchant_order_id'];

/** An edit of what was captured, and refunds that do not fit beside it, all at once. */
async function race(world: SandboxWorld, namespace: string): Promise<void> {
  const refund = () =>
    world.fetch(`${namespace}/uqpay/api/v2/payment/refunds`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() },
      body: JSON.stringify({ payment_intent_id: INTENT, amount: '25.00', reason: 'Return good' }),
    });
  const edit = () =>
    world.fetch(`${namespace}${ROW}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: '{"captured_amount":"20.00"}',
    });
  await Promise.all([edit(), refund(), refund(), refund(), refund(), refund()]);
}

const paymentOf = async (world: SandboxWorld, namespace: string) =>
  (await world.fetch(`${namespace}/_sandbox/payments?payment_id=${INTENT}`)).text;

describe('an edit of a row', () => {
  it('is read as JSON whatever its content type is', async () => {
    await using world = await startWorld();
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'application/merge-patch+json', ''];
    for (const [index, type] of types.entries()) {
      const order = `typed-${index}`;
      const body = new TextEncoder().encode(JSON.stringify({ merchant_order_id: order }));
      const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
      const answer = await world.fetch(ROW, { method: 'PATCH', headers, body });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(await orderOf(world), order, type);
    }
  });

  it('makes the same rows through json-server and without it', async () => {
    await using world = await startWorld();
    const without = new SandboxState(stateOptions({}));
    const row = { id: 'added', balance: '10.000', currency: 'KWD' };
    const edits = [
      ['POST', '/upayments_accounts', row],
      ['PATCH', '/upayments_accounts/added', { balance: '11.000' }],
      ['PUT', '/upayments_accounts/added', { ...row, balance: '12.000' }],
      ['DELETE', '/upayments_accounts/added', {}],
    ] as const;
    for (const [method, path, body] of edits) {
      const text = JSON.stringify(body);
      const call = { method, path, query: '', headers: {}, body: text, origin: '' };
      const answer = await world.fetch(`/_sandbox/db${path}`, { method, body: text });
      const edited = editRow(without, call, path);
      assert.ok(edited.ok);
      assert.deepEqual([answer.status, answer.json], [edited.status, edited.body], method);
      const { json } = await world.fetch('/_sandbox/db/upayments_accounts');
      assert.deepEqual(json, without.store.collections['upayments_accounts'], method);
    }
  });

  it('is refused in words that a page of this machine can read, and a body of a read is left alone', async () => {
    await using world = await startWorld();
    const headers = { origin: 'http://localhost:3', 'content-type': 'application/json' };
    const misspelt = await world.fetch('/_sandbox/db', { headers: { ...headers, 'x-sandbox-senario': 'fail' } });
    assert.deepEqual([misspelt.status, misspelt.headers.get('access-control-allow-origin')], [400, headers.origin]);
    const framed = { ...headers, 'content-length': '7' };
    const sending = request(`${world.sandbox.url}${ROW}`, { method: 'GET', headers: framed });
    const answered = once(sending, 'response');
    sending.end('{"not":');
    const [answer] = (await answered) as [IncomingMessage];
    assert.match(await text(answer), new RegExp(`"id": "${INTENT}"`));
  });

  it('is an edit of the rows that are there once its body has come', async () => {
    await using world = await startWorld();
    const sending = request(`${world.sandbox.url}${ROW}`, { method: 'PATCH' });
    const answered = once(sending, 'response');
    sending.write('{"merchant_order_id":');
    await world.control.reset();
    sending.end('"late"}');
    const [answer] = (await answered) as [IncomingMessage];
    assert.match(await text(answer), /"merchant_order_id": "late"/);
    assert.equal(await orderOf(world), 'late');
  });

  it('keeps every rule beside calls that come at the same time, also after a crash', async (t) => {
    const db = fileFor(t);
    const namespaces = Array.from({ length: 10 }, (_, index) => `/ns/round-${index}`);
    const before: string[] = [];
    {
      await using world = await startWorld({ db, dev: true });
      for (const namespace of namespaces) {
        await race(world, namespace);
        const payment = await paymentOf(world, namespace);
        assert.doesNotMatch(payment, /"refundable":"-/);
        before.push(payment);
      }
      copyFile(db, `${db}.left`);
    }
    await using world = await startWorld({ db: `${db}.left`, dev: true });
    for (const [index, namespace] of namespaces.entries()) {
      assert.equal(await paymentOf(world, namespace), before[index]);
      const control = createSandboxClient(`${world.sandbox.url}${namespace}`);
      await control.restore(await control.snapshot());
    }
  });
});
