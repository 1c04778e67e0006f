import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SandboxProvider } from '../../mock-server/client/overview.ts';
import { curlOf } from '../../mock-server/inspector/logic/curl.ts';
import { INTENT, KNET, startWorld, type SandboxWorld } from './world.ts';

const KEY = '00000000-0000-4000-8000-00000000000a';
/** As Python's `json.dumps` writes it: with spaces, and escapes for what is not ASCII. */
const BODY = String.raw`{"payment_intent_id": "${INTENT}", "amount": "1.00", "reason": "Gr\u00f6\u00dfe"}`;

const send = async (world: SandboxWorld, body: string) =>
  world.uqpay('/v2/payment/refunds', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-idempotency-key': KEY },
    body,
  });

/** The newest refund as the window copies it. */
async function copied(world: SandboxWorld): Promise<string> {
  const [call] = await world.control.journal({ route: 'create_refund', provider: 'uqpay', limit: 1 });
  const { json } = await world.fetch('/_sandbox/providers');
  const [uqpay] = json['providers'] as SandboxProvider[];
  return curlOf(call ?? assert.fail(), uqpay ?? assert.fail(), world.sandbox.url).text;
}

describe('a command that is copied from the journal', () => {
  it('sends the bytes of the call, so that its key is answered again', async () => {
    await using world = await startWorld();
    const first = await send(world, BODY);
    assert.equal(first.status, 200, first.text);
    const body = / -d '(.*)'$/.exec(await copied(world))?.[1] ?? '';
    assert.equal(body, BODY);
    assert.equal((await send(world, body)).text, first.text);
  });

  it('sends also a member that is there twice, as it came', async () => {
    await using world = await startWorld();
    const twice = `{"payment_intent_id":"${INTENT}","amount":"2.00","amount":"1.00","reason":"a","metadata":{"a":"1","a":"2"}}`;
    const first = await send(world, twice);
    assert.equal(first.status, 200, first.text);
    const body = / -d '(.*)'$/.exec(await copied(world))?.[1] ?? '';
    assert.equal(body, twice);
    assert.equal((await send(world, body)).text, first.text);
  });

  it('has the text of a body in the journal only where nothing in it is personal', async () => {
    await using world = await startWorld();
    const order = `"orderId": "${KNET}", "totalPrice": 1`;
    const bodies = [
      `{${order}, "customerFirstName": "Huda"}`,
      `{${order}, "email": "h@shop.example", "email": null}`,
      `{${order}, "reference": "h@shop.example"}`,
      `{${order}, "email": "Huda", "email": null}`,
      `{${order}, "a": [{"b": {"customerFirstName": "Huda"}, "b": 1}]}`,
    ];
    for (const body of bodies) {
      const headers = { authorization: 'Bearer jtest123', 'content-type': 'application/json' };
      await world.fetch('/upayments/api/v1/create-refund', { method: 'POST', headers, body });
      const { text } = await world.fetch('/_sandbox/journal?limit=1');
      assert.match(text, /"request_text":null/, body);
      assert.doesNotMatch(text, /Huda|h@shop/, body);
    }
  });
});
