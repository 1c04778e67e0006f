import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import fc from 'fast-check';

import { Clock } from '../../mock-server/core/engine/clock.ts';
import { DueQueue } from '../../mock-server/core/engine/due.ts';
import { makeMatcher } from '../../mock-server/core/engine/match.ts';
import { Namespaces } from '../../mock-server/core/namespaces.ts';
import { fingerprint, Random } from '../../mock-server/core/engine/random.ts';
import { redact } from '../../mock-server/core/engine/redact.ts';
import { parseDuration, parseInstant, toRfc3339 } from '../../mock-server/core/engine/time.ts';
import { toPlainDateTime } from '../../mock-server/core/providers/upayments/time.ts';
import { monthsBefore } from '../../mock-server/core/providers/uqpay/months.ts';
import { rowFault, rulesFault } from '../../mock-server/core/engine/rules.ts';
import { BUILT_IN, DEFAULT_SEED, type Collections } from '../../mock-server/core/providers/index.ts';
import { stateOptions } from '../../mock-server/options.ts';
import { START } from './world.ts';

const SEED = 20_261_121;

describe('the queue of due events', () => {
  it('returns events by time, and events of the same time in the order of planning', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 60 }), (times) => {
        const queue = new DueQueue();
        for (const [step, at] of times.entries()) queue.plan({ at, kind: 'any', id: String(at), step });
        const taken: { at: number; step: number }[] = [];
        for (let event = queue.take(20); event; event = queue.take(20)) taken.push({ at: event.at, step: event.step });
        const expected = times.map((at, step) => ({ at, step })).sort((a, b) => a.at - b.at || a.step - b.step);
        assert.deepEqual(taken, expected);
      }),
      { seed: SEED },
    );
  });

  it('keeps an event until it is due', () => {
    const queue = new DueQueue();
    queue.plan({ at: 10, kind: 'any', id: 'a', step: 0 });
    assert.equal(queue.take(9), undefined);
    assert.equal(queue.nextAt, 10);
    assert.equal(queue.take(10)?.id, 'a');
    assert.equal(queue.size, 0);
  });
});

describe('the virtual clock', () => {
  it('follows its source from the time to which it was set', () => {
    let real = 1_000;
    const clock = new Clock({ mode: 'running', source: () => real });
    clock.advance(500);
    real += 10;
    assert.equal(clock.now(), 1_510);
    clock.set(5);
    real += 10;
    assert.equal(clock.now(), 15);
  });

  it('stands still while frozen, and continues without a jump', () => {
    let real = 1_000;
    const clock = new Clock({ mode: 'frozen', source: () => real });
    real += 10_000;
    assert.equal(clock.now(), 1_000);
    clock.switchTo('running');
    assert.equal(clock.now(), 1_000);
    real += 7;
    assert.equal(clock.now(), 1_007);
    clock.switchTo('frozen');
    real += 7;
    assert.equal(clock.now(), 1_007);
  });
});

describe('times', () => {
  it('are written in the format of each provider', () => {
    assert.equal(toRfc3339(START), '2026-11-02T09:00:00+08:00');
    assert.equal(toRfc3339(START + 999), '2026-11-02T09:00:00+08:00');
    assert.equal(toPlainDateTime(START), '2026-11-02 04:00:00');
  });

  it('are read only when they are complete', () => {
    assert.equal(parseInstant('2026-11-02T09:00:00+08:00'), START);
    assert.equal(parseInstant('2026-11-02'), undefined);
    assert.equal(parseInstant('yesterday'), undefined);
    assert.equal(parseDuration('PT4H'), 14_400_000);
    assert.equal(parseDuration('P2DT1M'), 172_860_000);
    assert.equal(parseDuration('P1M'), undefined);
    assert.equal(parseDuration('4h'), undefined);
  });

  it('can be moved back by calendar months', () => {
    assert.equal(toRfc3339(monthsBefore(START, 1)), '2026-10-02T09:00:00+08:00');
  });
});

describe('random values', () => {
  it('are the same for the same seed and stream, and differ for others', () => {
    assert.equal(new Random(7, 'a').base62(40), new Random(7, 'a').base62(40));
    assert.notEqual(new Random(7, 'a').base62(40), new Random(7, 'b').base62(40));
    assert.notEqual(new Random(7, 'a').base62(40), new Random(8, 'a').base62(40));
  });

  it('repeat after a restored snapshot', () => {
    const random = new Random(7, 'a');
    const state = random.snapshot();
    const digits = random.digits(19);
    random.restore(state);
    assert.equal(random.digits(19), digits);
    assert.match(digits, /^\d{19}$/);
  });

  it('fingerprints differ exactly when the bodies differ', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => (a === b) === (fingerprint(a) === fingerprint(b))),
      { seed: SEED },
    );
  });
});

describe('the same calls after the same seed', () => {
  const script = (namespaces: Namespaces, prefix: string): string[] => {
    const call = (method: string, path: string, headers: Record<string, string>, body = '') =>
      namespaces.handle({ method, path: prefix + path, query: '', headers, body, origin: 'http://sandbox.test' }).body;
    const json = { 'content-type': 'application/json' };
    const token = JSON.parse(
      call('POST', '/uqpay/api/v1/connect/token', { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' }),
    ).auth_token as string;
    const uqpay = { ...json, 'x-auth-token': `Bearer ${token}`, 'x-client-id': 'sandbox-client' };
    const create = JSON.stringify({ payment_intent_id: 'PI1234567890123456789', amount: '1.00', reason: 'r' });
    const key = { 'x-idempotency-key': '00000000-0000-4000-8000-000000000001' };
    return [
      call('POST', '/uqpay/api/v2/payment/refunds', { ...uqpay, ...key }, create),
      call(
        'POST',
        '/upayments/api/v1/create-refund',
        { ...json, authorization: 'Bearer jtest123' },
        JSON.stringify({
          orderId: 'up20261101knet0000000000000000000000000000000000000000000000000001',
          totalPrice: 1,
        }),
      ),
    ];
  };

  const START_OF = { seed: 42, now: () => START, clock: 'frozen' } as const;

  it('give the same bytes in any namespace and after a reset', () => {
    const namespaces = new Namespaces(stateOptions(START_OF));
    const first = script(namespaces, '');
    assert.deepEqual(script(namespaces, '/ns/other'), first);
    namespaces.main.reset();
    assert.deepEqual(script(namespaces, ''), first);
    assert.match(first[0]!, /"payment_refund_id":"RF\d{19}"/);
  });

  it('give no id twice with fresh ids: in no namespace and after no reset', () => {
    const options = stateOptions({ ...START_OF, freshIds: true });
    const run = () => {
      const namespaces = new Namespaces(options);
      const answers = [script(namespaces, ''), script(namespaces, '/ns/other')];
      namespaces.main.reset();
      return [...answers, script(namespaces, '')].map(([uqpay = '', upayments = '']) => [
        /RF\d{19}/.exec(uqpay)?.[0],
        /"refundOrderId":"(\w{32})"/.exec(upayments)?.[1],
      ]);
    };
    const ids = run();
    assert.equal(new Set(ids.flat().filter((id) => id !== undefined)).size, 6, JSON.stringify(ids));
    assert.deepEqual(run(), ids, 'the same calls after the same start');
  });
});

describe('the matcher', () => {
  const match = makeMatcher([
    { method: 'GET', path: '/refunds' },
    { method: 'POST', path: '/refunds' },
    { method: 'GET', path: '/refunds/{id}' },
  ]);

  it('finds a route and decodes its parameters', () => {
    assert.deepEqual(match('GET', '/refunds/a%2Fb'), {
      kind: 'found',
      route: { method: 'GET', path: '/refunds/{id}' },
      params: { id: 'a/b' },
    });
  });

  it('distinguishes a wrong method from an unknown path', () => {
    assert.deepEqual(match('PUT', '/refunds'), { kind: 'wrong_method', allowed: ['GET', 'POST'] });
    assert.deepEqual(match('POST', '/refunds/1'), { kind: 'wrong_method', allowed: ['GET'] });
    for (const path of ['/refund', '/refunds/', '/refunds/1/2', '/refunds/%E0%A4%A', '']) {
      assert.equal(match('GET', path).kind, 'unknown_path', path);
    }
  });
});

describe('redaction', () => {
  it('removes tokens, names, addresses and most of an IBAN, and keeps ids', () => {
    assert.deepEqual(
      redact(
        {
          auth_token: 'a.b.c',
          customerFirstName: 'Huda',
          customerEmail: 'huda@example.com',
          customerMobileNumber: '+96512345678',
          note: 'write to huda@example.com',
          rows: [{ ibanNumber: 'KW91KFHO0000000000051010173254' }],
          payment_intent_id: 'PI1234567890123456789',
        },
        0,
      ),
      {
        auth_token: '[redacted]',
        customerFirstName: '[redacted]',
        customerEmail: '[redacted]',
        customerMobileNumber: '[redacted]',
        note: 'write to [redacted]',
        rows: [{ ibanNumber: 'KW91****3254' }],
        payment_intent_id: 'PI1234567890123456789',
      },
    );
  });

  it('stops at a maximum depth', () => {
    const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;
    assert.match(JSON.stringify(redact(deep, 0)), /deeper/);
  });
});

const exampleRows = () => BUILT_IN.data.clone(DEFAULT_SEED) as unknown as Collections;

describe('the rules of the rows', () => {
  it('hold for the default seed', () => {
    const rows = exampleRows();
    for (const [name, collection] of Object.entries(rows)) {
      for (const row of collection) assert.equal(rowFault(BUILT_IN.data, name, row), undefined, JSON.stringify(row));
    }
    assert.equal(rulesFault(BUILT_IN.data, rows), undefined);
  });

  it('name the rule that a row breaks', () => {
    const rows = exampleRows();
    const [refund] = rows.uqpay_refunds;
    assert.match(
      rowFault(BUILT_IN.data, 'uqpay_refunds', { ...refund, amount: '1,5' }) ?? '',
      /amount: expected a decimal string/,
    );
    assert.match(
      rowFault(BUILT_IN.data, 'uqpay_refunds', { ...refund, refund_status: 'DONE' }) ?? '',
      /expected one of INITIATED/,
    );
    assert.match(
      rowFault(BUILT_IN.data, 'uqpay_refunds', { ...refund, amount: '1.005' }) ?? '',
      /is not an amount in USD/,
    );
    assert.match(rowFault(BUILT_IN.data, 'uqpay_refunds', { ...refund, extra: 1 }) ?? '', /does not take "extra"/);
  });

  it('refuse an excessive refund, a missing reference and a repeated id', () => {
    const over = exampleRows();
    over.uqpay_refunds[0]!.amount = '89.91';
    assert.match(rulesFault(BUILT_IN.data, over) ?? '', /more than was captured/);
    const dangling = exampleRows();
    dangling.uqpay_intents.splice(5, 1);
    assert.match(rulesFault(BUILT_IN.data, dangling) ?? '', /which is not there/);
    const twice = exampleRows();
    twice.upayments_orders.push({ ...twice.upayments_orders[0]! });
    assert.match(rulesFault(BUILT_IN.data, twice) ?? '', /is there twice/);
  });
});
