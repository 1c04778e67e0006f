import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { createSandbox, DEFAULT_SEED, SandboxOptionsError } from '../../mock-server/index.ts';
import { createSandboxHandlers } from '../../mock-server/msw.ts';
import { testpay } from './support/testpay.ts';

/** As plain JavaScript passes them: with no type that a typo could break. */
const plain = (options: object): never => options as never;

const intent = { ...DEFAULT_SEED.uqpay_intents?.[0] };
const { captured_amount: _captured, ...partial } = intent;
const endpoint = { provider: 'uqpay', url: 'http://127.0.0.1:9/' };

const COMMON: readonly [options: object, why: RegExp][] = [
  [{ clok: 'frozen' }, /^options: does not take "clok": expected providers, seed, .*clock/],
  [{ clock: 'freeze' }, /^clock: expected one of running, frozen, received the string "freeze"$/],
  [{ amounts: 'trim' }, /^amounts: expected one of as-sent, trimmed, received the string "trim"$/],
  [{ refundCallbacks: 'no' }, /^refundCallbacks: expected a boolean, received the string "no"$/],
  [{ seed: 'abc' }, /^seed: expected a number, received the string "abc"$/],
  [{ now: 7 }, /^now: expected a function, received the number 7$/],
  [{ latency: { ms: 300, max: 100 } }, /^latency: expected a max that is at least ms, received an object$/],
  [{ latency: 'abc' }, /^latency: expected an object, received the string "abc"$/],
  [{ magicAmounts: 'no' }, /^magicAmounts: expected a boolean/],
  [{ credentials: { uqpayApiKye: 'k' } }, /^credentials: does not take "uqpayApiKye": expected .*uqpayApiKey/],
  [{ webhooks: { endpoint: [] } }, /^webhooks: does not take "endpoint": expected endpoints/],
  [
    { webhooks: { endpoints: [{ ...endpoint, provider: 'uqpa' }] } },
    /^webhooks\.endpoints\.0\.provider: expected one of/,
  ],
  [{ data: { uqpay_intent: [] } }, /^data\.uqpay_intent: no such collection, expected uqpay_intents/],
  [{ data: { uqpay_intents: {} } }, /^data\.uqpay_intents: expected an array, received an object$/],
  [
    { data: { uqpay_intents: [{ ...partial, captured_amout: '1.00' }] } },
    /^data\.uqpay_intents\.0\.captured_amount: is required.*data\.uqpay_intents\.0: does not take "captured_amout"/,
  ],
  [
    { data: { uqpay_refunds: DEFAULT_SEED.uqpay_refunds } },
    /^uqpay_refunds "RF\d+" refers to "PI\d+", which is not there$/,
  ],
];

const isRefusal = (why: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SandboxOptionsError, String(error));
  assert.match(error.message, why);
  return true;
};

describe('an option that is misspelt, or has a value that is not taken, is refused', () => {
  for (const [options, why] of [
    ...COMMON,
    [{ port: 'abc' }, /^port: expected a number, received the string "abc"$/],
    [{ port: 65_536 }, /^port: must be at most 65535/],
    [{ host: '' }, /^host: must not be empty$/],
    [{ onCall: 'log' }, /^onCall: expected a function/],
    [{ baseUrl: 'https://a.test' }, /^options: does not take "baseUrl"/],
  ] as const) {
    it(`by createSandbox: ${JSON.stringify(options).slice(0, 80)}`, async () => {
      const start = async () => (await createSandbox(plain(options))).close();
      await assert.rejects(start(), isRefusal(why));
    });
  }
  for (const [options, why] of [
    ...COMMON.map(([given, reason]) => [{ baseUrl: 'https://a.test', ...given }, reason] as const),
    [{}, /^baseUrl: expected an address such as https:\/\/sandbox\.test, .*, received nothing$/],
    [{ baseUrl: 'a.test' }, /^baseUrl: expected an address such as .*, received the string "a\.test"$/],
    [{ baseUrl: '', port: 0 }, /^options: does not take "port"/],
  ] as const) {
    it(`by createSandboxHandlers: ${JSON.stringify(options).slice(0, 80)}`, () => {
      assert.throws(() => createSandboxHandlers(plain(options)), isRefusal(why));
    });
  }
});

describe('the options that there are', () => {
  it('are taken, with rows and credentials of a provider that is added', async () => {
    await using sandbox = await createSandbox({
      providers: [testpay],
      seed: 7,
      clock: 'frozen',
      startAt: Date.UTC(2026, 10, 1),
      data: { ...DEFAULT_SEED },
      credentials: { upaymentsToken: 'mine' },
      latency: { ms: 0, max: 1 },
      webhooks: { endpoints: [{ provider: 'uqpay', url: 'http://127.0.0.1:9/' }], timeout: 1 },
      amounts: 'trimmed',
      upaymentsGetStatus: 200,
      refundCallbacks: false,
    });
    const headers = { authorization: 'Bearer mine' };
    const answer = await fetch(`${sandbox.upaymentsUrl}/get-payment-status/20261101090000000001`, { headers });
    assert.equal(answer.status, 200);
    assert.ok(createSandboxHandlers({ baseUrl: '', dev: true }).length > 0);
  });
});
