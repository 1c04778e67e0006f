import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { currencies, fractionDigits, parseDecimal } from '../../contract/money.ts';
import { MAGIC_AMOUNTS, magicScenario, writeMagic } from '../../mock-server/core/engine/magic.ts';
import { scenario, SCENARIO_NAMES } from '../../mock-server/core/engine/scenarios/catalogue.ts';
import { parseScenarios } from '../../mock-server/core/engine/scenarios/parse.ts';
import { PROVIDERS } from '../../mock-server/core/providers/index.ts';
import { assertDropped, KNET, PAGE_VENDORS, startWorld, statusOf } from './world.ts';

describe('magic amounts', () => {
  it('cover every scenario of a refund, and each belongs to some provider', () => {
    const covered = new Set(Object.values(MAGIC_AMOUNTS).map((text) => text.split(';')[0]));
    for (const name of SCENARIO_NAMES) {
      const { on = ['create_refund'] } = scenario(name);
      const ofRefunds = on.some((route) => route.includes('refund'));
      assert.equal(covered.has(name), ofRefunds, name);
    }
    for (const text of Object.values(MAGIC_AMOUNTS)) {
      assert.ok(
        PROVIDERS.some((provider) => parseScenarios(text, provider).ok),
        text,
      );
    }
  });

  it('mean the same in every currency, with any number of decimals', () => {
    for (const currency of currencies()) {
      const text = writeMagic(601, currency);
      const amount = parseDecimal(text, currency);
      assert.ok(amount.ok, `${text} ${currency}`);
      assert.equal(magicScenario({ minor: amount.minor, currency }), 'fail', currency);
      if (fractionDigits(currency) > 2) assert.equal(magicScenario({ minor: amount.minor + 1n, currency }), undefined);
    }
    assert.deepEqual(
      ['USD', 'JPY', 'KWD'].map((currency) => writeMagic(633, currency)),
      ['6.33', '633', '6.330'],
    );
  });

  it('do not look like ordinary prices', () => {
    for (const amount of Object.keys(MAGIC_AMOUNTS)) assert.notEqual(Number(amount) % 5, 0, amount);
  });

  it('decide the outcome of a UQPAY refund', async () => {
    await using world = await startWorld();
    const failing = await world.refund({ amount: '6.01' });
    assert.equal(failing.json['refund_status'], 'INITIATED');
    const yen = await world.refund({ payment_intent_id: 'PI2000000000000000003', amount: '601' });
    const dinar = await world.refund({ payment_intent_id: 'PI2000000000000000004', amount: '6.010' });
    await world.control.advance('PT20S');
    for (const refund of [failing, yen, dinar]) assert.equal(await statusOf(world, refund), 'FAILED');
    assert.equal((await world.refund({ amount: '6.14' })).json['code'], 'payment_not_refundable');
    assert.equal((await world.control.journal({ route: 'create_refund' }))[0]?.scenario, 'fail');
  });

  it('decide the outcome of a UPayments refund', async () => {
    await using world = await startWorld();
    const create = (totalPrice: number) => world.upayments('/create-refund', { orderId: KNET, totalPrice });
    assert.match(String((await create(6.12)).json['message']), /insufficient balance/);
    assert.equal((await create(6.01)).status, 201, 'an amount of the other provider is an ordinary one');
    assert.equal((await create(6.26)).status, 403);
    const refusal = await create(6.27);
    assert.deepEqual([refusal.status, refusal.json['status']], [201, false]);
    const late = await create(6.16);
    const tooLate = await world.upayments('/delete-refund', late.json['data'] as object);
    assert.equal(tooLate.status, 422);
    assert.match(String(tooLate.json['message']), /refunded already and cannot be deleted/);
  });

  it('apply to the vendor whose row has one', async () => {
    await using world = await startWorld();
    for (const [amount, list] of [
      [6.17, 'dataTempered'],
      [6.18, 'refundIssue'],
      [6.19, 'insufficientBalance'],
    ] as const) {
      const { json } = await world.upayments('/create-refund', { orderId: PAGE_VENDORS, totalPrice: 2 });
      const [first, second] = (json['data'] as { refundPayload: object[] }).refundPayload;
      const answer = await world.upayments('/create-multivendor-refund', {
        orderId: PAGE_VENDORS,
        refundPayload: [
          { ...first, amountToRefund: 1 },
          { ...second, amountToRefund: amount },
        ],
      });
      const { responseData } = answer.json['data'] as { responseData: Record<string, object[]> };
      assert.equal(responseData['generated']?.length, 1, list);
      assert.deepEqual(
        responseData[list]?.map((row) => (row as { amountToRefund: number }).amountToRefund),
        [amount],
      );
    }
  });

  it('apply once for each idempotency key, so that a repeated request gets its refund', async () => {
    await using world = await startWorld();
    const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
    await assertDropped(world.refund({ amount: '6.33' }, headers));
    const again = await world.refund({ amount: '6.33' }, headers);
    assert.deepEqual([again.status, again.json['amount']], [200, '6.33']);
    assert.equal((await world.control.db('uqpay_refunds')).length, 4);
    await assertDropped(world.refund({ amount: '6.33' }));
  });

  it('give way to a named scenario, and can be switched off', async () => {
    await using world = await startWorld();
    const chosen = await world.refund({ amount: '6.01', metadata: { sandbox_scenario: 'fast_success' } });
    assert.equal(chosen.json['refund_status'], 'SUCCEEDED');
    await using plain = await startWorld({ magicAmounts: false });
    const refund = await plain.refund({ amount: '6.01' });
    await plain.control.advance('PT20S');
    assert.equal(await statusOf(plain, refund), 'SUCCEEDED');
  });
});
