import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, request, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { describe, it, type TestContext } from 'node:test';

import { parseUpstreams } from '../../../mock-server/bindings/record/upstream.ts';
import { BUILT_IN } from '../../../mock-server/core/providers/index.ts';
import { createSandboxClient, type Sandbox } from '../../../mock-server/index.ts';
import { Merchant, provider, record } from './world.ts';

/** A provider that does as it is told. */
async function upstream(t: TestContext, answer: RequestListener): Promise<Sandbox> {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  return { url, uqpayUrl: `${url}/base`, upaymentsUrl: `${url}/api/v1` } as Sandbox;
}

describe('a call that is recorded', () => {
  it('is passed on as it is, and so is its answer', async (t) => {
    let seen: unknown;
    const to = await upstream(t, (incoming, outgoing) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => answer(incoming, outgoing, Buffer.concat(chunks).toString()));
    });
    const answer = (incoming: IncomingMessage, outgoing: ServerResponse, sent: string) => {
      const { 'x-auth-token': token, 'x-idempotency-key': key, 'content-type': type } = incoming.headers;
      seen = { method: incoming.method, url: incoming.url, token, key, type, body: sent };
      outgoing.writeHead(418, { 'content-type': 'text/plain', 'x-of-the-provider': 'yes' }).end('short and stout');
    };
    const { url } = await record(t, to);
    const body = '{ "amount" :  "1.00", "payment_intent_id": "PI1" }';
    const headers = { 'x-auth-token': 'Bearer one', 'x-idempotency-key': 'two', 'content-type': 'application/json' };
    const reply = await fetch(`${url}/uqpay/api/v2/payment/refunds?a=%20b`, { method: 'POST', headers, body });
    assert.deepEqual(seen, {
      method: 'POST',
      url: '/base/v2/payment/refunds?a=%20b',
      token: 'Bearer one',
      key: 'two',
      type: 'application/json',
      body,
    });
    assert.deepEqual(
      [reply.status, reply.headers.get('x-of-the-provider'), await reply.text()],
      [418, 'yes', 'short and stout'],
    );
  });

  it('reaches its provider from the root as well', async (t) => {
    const urls: (string | undefined)[] = [];
    const to = await upstream(t, (incoming, outgoing) => {
      urls.push(incoming.url);
      outgoing.end('{}');
    });
    const { url } = await record(t, to);
    await fetch(`${url}/api/v2/payment_intents/PI1`);
    await fetch(`${url}/api/v1/check-refund/order-1`);
    assert.deepEqual(urls, ['/base/v2/payment_intents/PI1', '/api/v1/check-refund/order-1']);
  });

  it('is lost for the client where the provider loses it, and is sent once', async (t) => {
    const real = await provider(t, {
      uqpay_intents: [{ id: 'PI3000000000000000001', amount: '20.00', currency: 'USD' }],
    });
    const control = createSandboxClient(real.url);
    const { url } = await record(t, real);
    const merchant = await new Merchant(url).signIn();
    await control.scenario('drop_after_commit');
    const refund = { payment_intent_id: 'PI3000000000000000001', amount: '5.00', reason: 'Return good' };
    await assert.rejects(merchant.uqpay('POST', '/payment/refunds', refund), TypeError);
    assert.equal(await control.count({ route: 'create_refund' }), 1);
  });

  it('is lost within its body where the provider loses it there', async (t) => {
    const to = await upstream(t, (_incoming, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' });
      outgoing.write('{"half":', () => outgoing.destroy());
    });
    const { url, gaps } = await record(t, to);
    await assert.rejects((await fetch(`${url}/uqpay/api/v2/payment_intents/PI1`)).text(), TypeError);
    assert.deepEqual(gaps(), []);
  });

  it('is recorded although the client has gone', async (t) => {
    const asked = new EventEmitter();
    const to = await upstream(t, (_incoming, outgoing) => void asked.emit('asked', outgoing));
    const recording = await record(t, to);
    const client = request(`${recording.url}/uqpay/api/v2/payment_intents/PI1`).end();
    // Its own error is expected.
    const gone = new Promise<void>((resolve) => client.on('error', () => resolve()));
    const [outgoing] = (await once(asked, 'asked')) as [ServerResponse];
    client.destroy();
    await gone;
    outgoing.end('{"another":"form"}');
    const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
    while (recording.gaps().length === 0) await turn();
    assert.deepEqual(recording.gaps(), ['UQPAY: 1 answers had another form than the contract, and are left out.']);
  });

  it('is refused below every other path', async (t) => {
    const { url } = await record(t, await upstream(t, (_incoming, outgoing) => outgoing.end()));
    const answer = await fetch(`${url}/_sandbox/health`);
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /this sandbox records: it passes on \/uqpay\/api\/\.\.\. and \/upayments/);
  });
});

describe('--upstream', () => {
  const faults: readonly [texts: string[], expected: RegExp][] = [
    [['https://api.example'], /expected uqpay=<address> or upayments=<address>, received https/],
    [['stripe=https://api.example'], /expected uqpay=<address> or upayments=<address>/],
    [['uqpay=api.example'], /uqpay: expected an address that begins with https/],
    [['uqpay=ftp://api.example'], /uqpay: expected an address that begins with https/],
    [['uqpay=http://api.example'], /uqpay: expected https:\/\/: the credentials of each call go there/],
    [['uqpay=https://me:secret@api.example'], /without a user name and password/],
    [['uqpay=https://api.example?a=1'], /without a query/],
    [['uqpay=https://a.example', 'uqpay=https://b.example'], /uqpay is there twice/],
  ];
  for (const [texts, expected] of faults) {
    it(`refuses ${texts.join(' ')}`, () => {
      assert.throws(() => parseUpstreams(texts, BUILT_IN.providers), expected);
    });
  }

  it('does not repeat a password', () => {
    const secret = () => parseUpstreams(['uqpay=https://me:secret@api.example'], BUILT_IN.providers);
    assert.throws(secret, (error) => error instanceof Error && !error.message.includes('secret'));
  });
});
