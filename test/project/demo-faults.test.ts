import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { FAULTS, faultOf, faultsFor, isSet, leftOf, PROVIDER_TIMEOUT_MS, rulesFor } from '../../demo/faults.ts';
import { ORDERS } from '../../demo/orders.ts';
import type { FaultName } from '../../demo/texts/faults/en.ts';
import { createSandbox } from '../../mock-server/index.ts';

interface Listed {
  readonly known: readonly { name: string; kind: string; on?: string[]; providers: string[] }[];
  readonly active: readonly { scenario: string; route?: string; params: Record<string, unknown> }[];
}

const names = Object.keys(FAULTS) as FaultName[];
const NOT_OF_A_REFUND = ['payment_declined', 'requires_action', 'cancel_fails', 'succeed'];

describe('the faults of the console', () => {
  it('are all that the sandbox can do to a refund, each for an order of the shop', async () => {
    await using sandbox = await createSandbox();
    const { known } = (await (await fetch(`${sandbox.url}/_sandbox/scenarios`)).json()) as Listed;
    const offered = new Set(names.flatMap((name) => FAULTS[name].rules.map(({ scenario }) => scenario)));
    const missing = known.map(({ name }) => name).filter((name) => !offered.has(name));
    assert.deepEqual(missing.toSorted(), NOT_OF_A_REFUND.toSorted());
    const supporters = new Map(known.map(({ name, providers }) => [name, providers]));
    const reachable = new Set(ORDERS.flatMap((order) => faultsFor(order, supporters)));
    assert.deepEqual(
      names.filter((name) => !reachable.has(name)),
      [],
    );
  });

  for (const name of names) {
    it(`can be set, and are found again: ${name}`, async () => {
      await using sandbox = await createSandbox();
      for (const { scenario, params, route, times } of FAULTS[name].rules) {
        const body = JSON.stringify({ scenario, params, route, times });
        const { status } = await fetch(`${sandbox.url}/_sandbox/scenarios`, { method: 'POST', body });
        assert.equal(status, 201);
      }
      const { active } = (await (await fetch(`${sandbox.url}/_sandbox/scenarios`)).json()) as Listed;
      assert.equal(faultOf(active), name);
      assert.equal(isSet(name, active), true);
      assert.equal(isSet(name, active.slice(1)), false);
    });
  }

  it('are for orders that can meet them', () => {
    const everywhere = new Map(
      names.flatMap((name) => FAULTS[name].rules.map(({ scenario }) => [scenario, ['uqpay', 'upayments']])),
    );
    const plain = faultsFor({ provider: 'upayments' }, everywhere);
    assert.equal(plain.includes('vendor_short'), false);
    assert.equal(plain.includes('lost_for_good'), false);
    assert.equal(faultsFor({ provider: 'upayments', vendors: {} }, everywhere).includes('vendor_short'), true);
    assert.deepEqual(faultsFor({ provider: 'uqpay' }, new Map()), []);
  });

  it('are for the order that they were set for, and for every one where they say so', () => {
    const set = { scenario: 'fast_fail', params: {}, provider: 'uqpay', payment_id: 'PI1' };
    const down = { scenario: 'drop_before_commit', params: {}, route: '*', provider: 'uqpay' };
    const anyOrder = { scenario: 'fail', params: {} };
    const active = [set, down, anyOrder];
    assert.deepEqual(rulesFor({ provider: 'uqpay', payment_id: 'PI1' }, active), active);
    assert.deepEqual(rulesFor({ provider: 'uqpay', payment_id: 'PI2' }, active), [down, anyOrder]);
    assert.deepEqual(rulesFor({ provider: 'upayments', payment_id: 'up1' }, active), [anyOrder]);
  });

  it('time out after the proxy has stopped to wait', () => {
    const [rule] = FAULTS.timeout.rules;
    assert.ok(Number(rule?.params?.['ms']) > PROVIDER_TIMEOUT_MS);
  });

  it('are known by what is left of one that has met a refund', () => {
    const rest = [{ scenario: 'server_error', route: 'list_refunds', params: {} }];
    assert.deepEqual([faultOf(rest), leftOf(rest)], [undefined, 'lost_for_good']);
    assert.equal(leftOf([]), undefined);
    assert.equal(leftOf([{ scenario: 'payment_declined', params: {} }]), undefined);
  });
});
