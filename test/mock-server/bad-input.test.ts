import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';

import { upaymentsError, uqpayAnyError } from '../../contract/index.ts';
import { CONTROL_ROUTES } from '../../mock-server/core/control/control.ts';
import { REFUND, startWorld, type SandboxWorld } from './world.ts';

interface Raw {
  readonly status: number;
  readonly text: string;
}

function post(
  world: SandboxWorld,
  path: string,
  headers: Record<string, string | string[]>,
  body: Buffer | string,
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${world.sandbox.url}${path}`, { method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

const nested = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;

const BODIES: readonly [what: string, body: Buffer | string][] = [
  ['nothing', ''],
  ['malformed JSON', '{"amount": "1'],
  ['an array', '[]'],
  ['null', 'null'],
  ['a number', '1e999'],
  ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])],
  ['10,000 levels', nested(10_000)],
  ['10,000 levels where text belongs', `{"amount":${nested(10_000)},"orderId":${nested(10_000)}}`],
  ['10,000 levels in metadata', `{"payment_intent_id":"a","amount":"1","reason":"r","metadata":${nested(10_000)}}`],
  ['__proto__', '{"__proto__":{"amount":"1.00","orderId":"x"},"constructor":{"prototype":{}}}'],
  ['a body over the limit', `{"reason":"${'x'.repeat(1_100_000)}"}`],
  ['NUL characters', '{"payment_intent_id":"\\u0000","amount":"\\u0000","reason":"\\u0000","orderId":"\\u0000"}'],
  ['lone surrogates', '{"payment_intent_id":"\\ud800","amount":"1","reason":"\\ud800","orderId":"\\ud800"}'],
];

describe('bad input', () => {
  it('gets an error of the provider on every write, shows no stack and makes no refund', async () => {
    await using world = await startWorld();
    const token = await world.signIn();
    const before = (await world.fetch('/_sandbox/db')).text;
    const uqpay = { ...token, 'content-type': 'application/json' };
    const upayments = { authorization: 'Bearer jtest123', 'content-type': 'application/json' };
    for (const [what, body] of BODIES) {
      const key = { 'x-idempotency-key': world.newKey() };
      const first = await post(world, '/uqpay/api/v2/payment/refunds', { ...uqpay, ...key }, body);
      assert.equal(first.status, 400, `${what}: ${first.text}`);
      assert.ok(uqpayAnyError.safeParse(JSON.parse(first.text)).success, first.text);
      for (const path of ['create-refund', 'create-multivendor-refund', 'delete-refund', 'delete-multivendor-refund']) {
        const answer = await post(world, `/upayments/api/v1/${path}`, upayments, body);
        assert.ok(answer.status === 422 || answer.status === 413, `${what} on ${path}: ${answer.text}`);
        assert.ok(upaymentsError.safeParse(JSON.parse(answer.text)).success, answer.text);
        assert.doesNotMatch(answer.text, /\bat .*\.ts/);
      }
    }
    assert.equal((await world.fetch('/_sandbox/db')).text, before);
    assert.equal((await world.fetch('/_sandbox/journal')).status, 200);
  });

  it('with a wrong content type gets an error of the provider', async () => {
    await using world = await startWorld();
    const token = await world.signIn();
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
      const headers = { ...token, 'content-type': type, 'x-idempotency-key': world.newKey() };
      const answer = await post(world, '/uqpay/api/v2/payment/refunds', headers, JSON.stringify(REFUND));
      assert.equal(answer.status, 400, type);
      assert.match(answer.text, /content-type/);
    }
    const charset = {
      ...token,
      'content-type': 'application/json; charset=UTF-8',
      'x-idempotency-key': world.newKey(),
    };
    assert.equal((await post(world, '/uqpay/api/v2/payment/refunds', charset, JSON.stringify(REFUND))).status, 200);
  });

  it('that is compressed gets told so', async () => {
    await using world = await startWorld();
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const told = /the body is not valid UTF-8: expected it without content-encoding, received the string \\?"gzip/;
    const token = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    for (const [path, more] of [
      ['/uqpay/api/v2/payment/refunds', token],
      ['/upayments/api/v1/create-refund', { authorization: 'Bearer jtest123' }],
      ['/_sandbox/seed', {}],
    ] as const) {
      const answer = await post(world, path, { ...headers, ...more }, gzipSync(JSON.stringify(REFUND)));
      assert.ok(answer.status >= 400 && answer.status < 500, path);
      assert.match(answer.text, told);
    }
  });

  it('with two idempotency keys is refused', async () => {
    await using world = await startWorld();
    const token = await world.signIn();
    const headers = {
      ...token,
      'content-type': 'application/json',
      'x-idempotency-key': [world.newKey(), world.newKey()],
    };
    const answer = await post(world, '/uqpay/api/v2/payment/refunds', headers, JSON.stringify(REFUND));
    assert.equal(answer.status, 400);
    assert.match(answer.text, /idempotency_key_invalid/);
  });

  it('in a path or method gets a 4xx and does not stop the server', async () => {
    await using world = await startWorld();
    const paths = [
      '/uqpay/api',
      '/uqpay/api/',
      '/uqpay/apiary',
      '/uqpay/api/v2/payment/refunds/%00',
      '/uqpay/api/v2/payment/refunds/%E0%A4%A',
      '/uqpay/api/v2/payment/refunds/__proto__',
      '/upayments/api/v1/check-refund/constructor',
      '/upayments/api/v1/../v1',
      '//',
      '/%2e%2e/',
      '/?a=%',
    ];
    const token = await world.signIn();
    for (const path of paths) {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']) {
        const { status, text } = await world.fetch(path, {
          method,
          headers: { ...token, authorization: 'Bearer jtest123' },
        });
        assert.ok(status >= 400 && status < 500, `${method} ${path}: ${status}`);
        if (method !== 'HEAD') assert.equal(typeof JSON.parse(text), 'object', `${method} ${path}: ${text}`);
      }
    }
    assert.equal((await world.control.health()).status, 'ok');
  });

  it('that is not HTTP, or that ends too early, does not stop the server', async () => {
    await using world = await startWorld();
    const say = (text: string) =>
      new Promise<string>((resolve, reject) => {
        let heard = '';
        const socket = connect(world.sandbox.port, '127.0.0.1', () => socket.end(text));
        socket.on('error', reject);
        socket.on('data', (chunk: Buffer) => (heard += chunk.toString()));
        socket.on('close', () => resolve(heard));
      });
    assert.match(await say('HELLO\r\n\r\n'), /^HTTP\/1.1 400/);
    await say('POST /uqpay/api/v2/payment/refunds HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"amount"');
    const ending = 'connection: close\r\n\r\n';
    for (const head of [
      'GET /uqpay/api/v2\\payment HTTP/1.1\r\nhost: x\r\n',
      'GET /uqpay/api/v2 HTTP/1.1\r\nhost: a b\r\n',
      'GET /uqpay/api/v2 HTTP/1.0\r\n',
    ]) {
      assert.match(await say(head + ending), /^HTTP\/1.1 400[^{]*\{"type":"not_found","code":"path_not_found"/, head);
    }
    assert.match(await say(`GET http://[::1 HTTP/1.1\r\nhost: x\r\n${ending}`), /^HTTP\/1.1 404[^{]*\{"error"/);
    const long = `GET /uqpay/api/v2 HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(20_000)}\r\n${ending}`;
    assert.match(
      await say(long),
      /^HTTP\/1.1 431[^{]*\{"type":"invalid_request_error".*"status":false.*"error":"the head/,
    );
    assert.match(
      await say(`nothing${ending}`),
      /^HTTP\/1.1 400[^{]*\{"type":"invalid_request_error".*"error":"this is no/,
    );
    assert.equal((await world.control.health()).status, 'ok');
  });

  it('to the control API or json-server gets an error message and changes nothing', async () => {
    await using world = await startWorld();
    const before = (await world.fetch('/_sandbox/db')).text;
    const paths = CONTROL_ROUTES.filter(({ method, path }) => method === 'POST' && path.startsWith('/_sandbox/')).map(
      ({ path }) => path.replaceAll(/\{\w+\}/g, 'none'),
    );
    assert.ok(paths.length >= 7);
    const json = { 'content-type': 'application/json' };
    for (const [what, body] of BODIES) {
      for (const path of [...paths, '/_sandbox/db/uqpay_refunds', '/_sandbox/db/upayments_orders']) {
        if (['/_sandbox/reset', '/_sandbox/webhooks/flush'].includes(path)) continue;
        const { status, text } = await post(world, path, json, body);
        assert.ok(status >= 400 && status < 500, `${what} on ${path}: ${status} ${text.slice(0, 200)}`);
        assert.match(String((JSON.parse(text) as Record<string, unknown>)['error']), /\w+ \w+/, `${what} on ${path}`);
        assert.doesNotMatch(text, /\bat .*\.[jt]s/);
      }
    }
    const yaml = { 'content-type': 'application/yaml' };
    for (const body of [
      'a: &a [*a]',
      '<<: {a: 1}',
      `${'- '.repeat(5_000)}x`,
      '? {a: 1}\n: 2',
      '!!js/function "x"',
      '\u0000',
    ]) {
      const { status, text } = await post(world, '/_sandbox/seed', yaml, body);
      assert.ok(status >= 400 && status < 500, `${body.slice(0, 30)}: ${status} ${text.slice(0, 200)}`);
    }
    assert.equal((await world.fetch('/_sandbox/db')).text, before);
    assert.equal((await world.control.health()).status, 'ok');
  });

  it('with two tokens is refused', async () => {
    await using world = await startWorld();
    const { 'x-auth-token': token = '' } = await world.signIn();
    const body = JSON.stringify(REFUND);
    const headers = { 'content-type': 'application/json', 'x-idempotency-key': world.newKey() };
    const uqpay = await post(
      world,
      '/uqpay/api/v2/payment/refunds',
      { ...headers, 'x-auth-token': [token, token] },
      body,
    );
    assert.equal(uqpay.status, 401, uqpay.text);
    assert.equal((await world.control.db('uqpay_refunds')).length, 3);
  });
});
