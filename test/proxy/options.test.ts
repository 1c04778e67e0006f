import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { test, type TestContext } from 'node:test';

import { createRefundProxy, nodeHandler, serveProxies, upayments, uqpay } from '../../proxy/index.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { startTestProxy } from './support/test-proxy.ts';

async function validOptions(t: TestContext) {
  return {
    provider: uqpay({ baseUrl: 'https://api.uqpaytech.com/api', clientId: 'c', apiKey: 'very-secret-key' }),
    basePath: '/refunds/uqpay',
    ledger: (await ledgerPlace(t)).open(),
    orders: async () => undefined,
    authorize: async () => ({ user: 'admin-1' }),
  };
}

/** Creates a proxy like a caller without type checks. */
function make(options: unknown): void {
  createRefundProxy(options as Parameters<typeof createRefundProxy>[0]);
}

test('every missing required option is named at once', () => {
  assert.throws(() => make(undefined), {
    name: 'TypeError',
    message: 'createRefundProxy: expected an object of options, received nothing',
  });
  assert.throws(
    () => make({}),
    (error: Error) => {
      const names = error.message
        .split('\n')
        .map((line) => /^createRefundProxy: (\w+): is missing; expected /.exec(line)?.[1]);
      assert.deepEqual(names, ['provider', 'basePath', 'ledger', 'orders', 'authorize']);
      return true;
    },
  );
});

const WRONG: readonly (readonly [option: string, value: unknown, fault: RegExp])[] = [
  ['provider', uqpay, /^provider: expected what uqpay\(\{ \.\.\. \}\) or .* returns, received a function$/],
  ['provider', 'uqpay', /received a string of 5 characters$/],
  ['basePath', '/refunds/', /^basePath: expected a path such as .*, received the string "\/refunds\/"$/],
  ['basePath', 'refunds', /received the string "refunds"$/],
  ['basePath', '/', /'' for the root, received the string "\/"$/],
  ['basePath', 'https://shop.example/refunds', /^basePath: expected a path/],
  ['ledger', 'refunds.sqlite', /^ledger: expected a ledger such as new SqliteLedger\(/],
  ['ledger', { file: 'refunds.sqlite' }, /^ledger: .*received an object$/],
  ['merchant', '', /^merchant: .*received an empty string$/],
  ['orders', [], /^orders: expected a function that resolves with .*, received an array$/],
  ['authorize', { user: 'admin-1' }, /^authorize: expected a function; it decides who may refund, received an object$/],
  ['authorize', null, /^authorize: .*received null$/],
  ['publicOrigin', 'https://admin.example/', /^publicOrigin: expected an origin such as/],
  ['publicOrigin', 'admin.example', /^publicOrigin: /],
  ['allowedOrigins', 'https://admin.example', /^allowedOrigins: expected an array of origins .*, received a string of/],
  ['allowedOrigins', ['*'], /^allowedOrigins: .*without \*/],
  ['allowedOrigins', ['null'], /^allowedOrigins: /],
  ['allowedOrigins', ['https://admin.example/'], /^allowedOrigins: /],
  ['rateLimit', 120, /^rateLimit: expected \{ writes, perMs \}.*received the number 120$/],
  ['rateLimit', { writes: 120 }, /^rateLimit: /],
  ['rateLimit', { writes: 0, perMs: 60_000 }, /^rateLimit: .*leave it out for no limit/],
  ['rateLimit', { write: 1, perMs: 60_000 }, /^rateLimit: /],
  ['timeoutMs', 0, /^timeoutMs: expected a whole number of milliseconds above 0, received the number 0$/],
  ['timeoutMs', '20000', /^timeoutMs: .*received a string of 5 characters$/],
  ['timeoutMs', Number.NaN, /^timeoutMs: .*received the number NaN$/],
  ['approvalMs', -1, /^approvalMs: /],
  ['maxBodyBytes', 1.5, /^maxBodyBytes: .*received the number 1.5$/],
  ['webhookPath', 'webhooks', /^webhookPath: expected a path below basePath such as \/webhooks/],
  [
    'webhookPath',
    '/v2/payment/refunds',
    /^webhookPath: expected a path of its own .* take the place of POST \/v2\/pay/,
  ],
  ['webhookPath', '/v2/payment/refunds/hook', /GET \/v2\/payment\/refunds\/:refund$/],
  ['webhookPath', '/intents', /GET \/intents$/],
  ['webhookPath', '/intents/hook/resolve', /POST \/intents\/:intent\/resolve$/],
  ['webhookPath', '/payments/hook', /"\/payments\/hook": it would take the place of GET \/payments\/:payment$/],
  ['webhookPath', '/events', /GET \/events$/],
  ['events', { heartbeat: 5 }, /^events: expected an object with some of heartbeatMs, /],
  ['metrics', {}, /^metrics: expected what prometheusMetrics\(\) returns/],
  ['logger', console.log, /^logger: expected a pino logger, .*received a function$/],
  ['now', 5, /^now: expected a function, received the number 5$/],
  ['fetch', {}, /^fetch: /],
  ['newId', 'x', /^newId: /],
  ['ratelimit', { writes: 1, perMs: 1 }, /^ratelimit: is no option; is rateLimit meant\?$/],
  ['allowedOrigin', ['https://admin.example'], /^allowedOrigin: is no option; is allowedOrigins meant\?$/],
  ['authorise', async () => true, /^authorise: is no option; is authorize meant\?$/],
];

test('each wrong option is named, and no credential is shown', async (t) => {
  const options = await validOptions(t);
  for (const [name, value, fault] of WRONG) {
    const { authorize, ...rest } = options;
    const whole = { ...rest, ...(name !== 'authorise' && { authorize }), [name]: value };
    assert.throws(
      () => make(whole),
      (error) => {
        assert.ok(error instanceof TypeError);
        const lines = error.message.split('\n').map((line) => line.replace('createRefundProxy: ', ''));
        assert.ok(
          lines.some((line) => fault.test(line)),
          `${fault} in ${error.message}`,
        );
        assert.equal(lines.length, name === 'authorise' ? 2 : 1, error.message);
        assert.ok(!error.message.includes('very-secret'));
        return true;
      },
      name,
    );
  }
});

test('valid options are accepted: the minimum, all of them, undefined values and unknown names', async (t) => {
  const options = await validOptions(t);
  make(options);
  make({ ...options, basePath: '', merchant: undefined, rateLimit: undefined, database: 'of somebody else' });
  make({
    ...options,
    publicOrigin: 'https://admin.example',
    allowedOrigins: [],
    events: { most: 5, mostPayments: 3, heartbeatMs: undefined },
    logger: console,
    webhookPath: '/from/uqpay',
  });
  // A path of the other provider is free here.
  make({ ...options, webhookPath: '/create-refund' });
  make({ ...options, webhookPath: '/ready' });
  const atRoot = { ...options, basePath: '', webhookPath: '/ready' };
  assert.throws(() => make(atRoot), /webhookPath: .* it would take the place of GET \/ready$/);
});

test('a provider without its credentials is refused, with the name of the missing one', () => {
  const none = undefined as unknown as string;
  const wrong: readonly (readonly [make: () => unknown, fault: RegExp])[] = [
    [() => uqpay(undefined as unknown as Parameters<typeof uqpay>[0]), /^uqpay: clientId: expected a string/],
    [
      () => uqpay({ baseUrl: none, clientId: 'c', apiKey: 'k' }),
      /^uqpay: baseUrl: expected an http\(s\) address .*nothing$/,
    ],
    [() => uqpay({ baseUrl: 'uqpay.example/api', clientId: 'c', apiKey: 'k' }), /^uqpay: baseUrl: /],
    [() => uqpay({ baseUrl: 'https://u:p@uqpay.example', clientId: 'c', apiKey: 'k' }), /^uqpay: baseUrl: [^@]*$/],
    [
      () => uqpay({ baseUrl: 'https://uqpay.example/api', clientId: none, apiKey: 'k' }),
      /^uqpay: clientId: .*nothing$/,
    ],
    [
      () => uqpay({ baseUrl: 'https://uqpay.example/api', clientId: 'c', apiKey: ' ' }),
      /^uqpay: apiKey: .*1 characters$/,
    ],
    [
      () => uqpay({ baseUrl: 'https://uqpay.example/api', clientId: 'c', apiKey: 'k', webhookSecret: '' }),
      /^uqpay: webhookSecret: expected a string that is not empty, a function that gives one, or leave it out/,
    ],
    [() => upayments({ baseUrl: 'https://upayments.example/api/v1', token: none }), /^upayments: token: .*nothing$/],
    ...['s3cret\n\u0000', 's3cret\u200b', '\u201cs3cret\u201d'].flatMap((text) => [
      [
        () => upayments({ baseUrl: 'https://upayments.example/api/v1', token: text }),
        /^upayments: token: expected characters that a header can hold(?!.*s3cret)/,
      ] as const,
      [
        () => uqpay({ baseUrl: 'https://uqpay.example/api', clientId: 'c', apiKey: 'k', onBehalfOf: text }),
        /^uqpay: onBehalfOf: expected characters that a header can hold(?!.*s3cret)/,
      ] as const,
    ]),
  ];
  for (const [of, fault] of wrong) assert.throws(of, { name: 'TypeError', message: fault });
});

test('a provider at http:// of another machine is refused, unless that network is said to be one of its own', () => {
  const ofUqpay = (baseUrl: string, more = {}) => uqpay({ baseUrl, clientId: 'c', apiKey: 'very-secret-key', ...more });
  const ofUpayments = (baseUrl: string, more = {}) => upayments({ baseUrl, token: 'very-secret-token', ...more });
  for (const host of ['pay.example', '10.0.0.7', '127.0.0.1.pay.example', '[2001:db8::1]', 'localhost.pay.example']) {
    for (const [provider, make] of Object.entries({ uqpay: ofUqpay, upayments: ofUpayments })) {
      const message = new RegExp(`^${provider}: baseUrl: http:// would send .*allowPlainHttp: true(?!.*very-secret)`);
      const path = provider === 'uqpay' ? '/api' : '/api/v1';
      assert.throws(() => make(`http://${host}${path}`), { name: 'TypeError', message }, host);
      assert.throws(
        () => make(`HTTP://${host}${path}`, { allowPlainHttp: false }),
        { name: 'TypeError', message },
        host,
      );
      make(`http://${host}${path}`, { allowPlainHttp: true });
      make(`https://${host}${path}/`);
    }
  }
  for (const host of ['127.0.0.1:4010', 'localhost', '[::1]:4010', '127.5.0.1']) ofUqpay(`http://${host}/api`);
  const yes = { allowPlainHttp: 'yes' as unknown as boolean };
  assert.throws(() => ofUqpay('http://pay.example/api', yes), { message: /^uqpay: allowPlainHttp: expected true or / });
});

test('the address for the callbacks of UPayments is one that it can call', () => {
  const make = (notifyUrl: string, more = {}) =>
    upayments({ baseUrl: 'https://upayments.example/api/v1', token: 't', notifyUrl, ...more });
  for (const address of [
    'javascript:alert(1)',
    '/webhooks',
    'shop.example',
    'http://shop.example/hook?k=of-the-shop',
  ]) {
    assert.throws(() => make(address), {
      name: 'TypeError',
      message: /^upayments: notifyUrl: expected an https:\/\/ address(?!.*of-the-shop)/,
    });
  }
  assert.throws(() => make('https://me:of-the-shop@shop.example'), { message: /without credentials(?!.*of-the-shop)/ });
  for (const address of ['https://shop.example/hook?k=1', 'http://127.0.0.1:4020/hook']) make(address);
  make('http://shop:8080/hook', { allowPlainHttp: true });
});

test('the log names the members that are no options', async (t) => {
  const warnings: string[] = [];
  const none = () => undefined;
  const warn = ({ field }: Record<string, unknown>, words: string) =>
    void warnings.push(`${words}: ${field as string}`);
  const options = { ...(await validOptions(t)), logger: { info: none, warn, error: none } };
  make(options);
  make({ ...options, webhookSecret: 'of the provider', rate: undefined, origins: [] });
  assert.deepEqual(warnings, [
    'createRefundProxy was given members that are no options of it, and do nothing: webhookSecret, origins',
  ]);
});

test('every option of a provider that is wrong is named at once', () => {
  const wrong = { baseUrl: 'https://api.uqpaytech.com/', clientId: 'Bearer c', apikey: 'k', webhookSecret: 'short' };
  assert.throws(() => uqpay(wrong as unknown as Parameters<typeof uqpay>[0]), {
    name: 'TypeError',
    message:
      'uqpay: clientId: expected no space or line end in it; the name of a scheme, such as Bearer, is no part of it; ' +
      'apiKey: expected a string that is not empty, a function that gives one, received nothing; ' +
      'webhookSecret: expected at least 8 characters, received a string of 5 characters; ' +
      'apikey: is no option; is apiKey meant?; baseUrl: expected an address that ends in /api',
  });
  const ofUpayments = { baseUrl: 'https://apiv2api.upayments.com/api', token: 'Bearer t', notifyUrl: 'x' };
  assert.throws(() => upayments(ofUpayments), {
    message:
      /^upayments: token: expected no space or line end .*; baseUrl: expected an address that ends in \/api\/v1; notifyUrl: /,
  });
  // A gateway, and a sandbox on another machine, may have any path.
  uqpay({ baseUrl: 'https://gateway.example/uqpay', clientId: 'c', apiKey: 'k' });
  upayments({ baseUrl: 'http://sandbox:4010/upayments', token: 't', allowPlainHttp: true });
});

test('a misspelt option of a provider is named', () => {
  const options = { baseUrl: 'https://uqpay.example/api', clientId: 'c', apiKey: 'k' };
  for (const [name, meant] of [
    ['onBehalfof', 'onBehalfOf'],
    ['webhookSecrets', 'webhookSecret'],
  ]) {
    assert.throws(() => uqpay({ ...options, [name!]: 'x'.repeat(20) }), {
      name: 'TypeError',
      message: `uqpay: ${name}: is no option; is ${meant} meant?`,
    });
  }
  uqpay({ ...options, database: 'of somebody else' } as typeof options);
});

test('a server is refused without a proxy, with another object, or with two proxies at one path', async (t) => {
  const { proxy } = await startTestProxy(t);
  const asProxy = (value: unknown) => value as typeof proxy;
  assert.throws(() => nodeHandler(), /^TypeError: nodeHandler: proxies: expected at least one proxy/);
  assert.throws(
    () => nodeHandler(asProxy(async () => new Response())),
    /^TypeError: nodeHandler: proxies\[0\]: expected what createRefundProxy returned, received a function$/,
  );
  assert.throws(() => nodeHandler(proxy, proxy), /proxies\[1\]: the basePath \/refunds is another proxy's already$/);
  await assert.rejects(
    serveProxies({ proxies: [asProxy(undefined)], port: 0, host: '127.0.0.1' }),
    /^TypeError: serveProxies: proxies\[0\]: .*received nothing$/,
  );
});

test('an occupied port rejects the promise of serveProxies', async (t) => {
  const { proxy } = await startTestProxy(t);
  const otherServer = createServer().listen(0, '127.0.0.1');
  await once(otherServer, 'listening');
  t.after(() => otherServer.close());
  const { port } = otherServer.address() as AddressInfo;
  await assert.rejects(serveProxies({ proxies: [proxy], port, host: '127.0.0.1' }), {
    code: 'EADDRINUSE',
    message: `listen EADDRINUSE: address already in use 127.0.0.1:${port}`,
  });
});
