import assert from 'node:assert/strict';

import fc from 'fast-check';

import { approvalSteps } from './approval-steps.ts';
import { aCut, anInstance, anOrder, aTrouble, someUnits } from './breaks.ts';
import { diskSteps } from './disk-steps.ts';
import type { ProviderName } from './testbed.ts';
import { truthOf } from './invariants.ts';
import { lyingStepsOfUpayments } from './lying-steps-upayments.ts';
import { lyingSteps } from './lying-steps.ts';
import type { Cut, Trouble } from './network.ts';
import { cancel, resolveUnknown } from './person.ts';
import { certainlyFree, checkGranted, isCalm, make, pick, reload, send, some, type Step } from './step.ts';
import { total } from './told.ts';
import { vendorSteps } from './vendor-steps.ts';
import type { World } from './world.ts';

export async function create(
  world: World,
  {
    order,
    units,
    via,
    cut,
    trouble,
    stale,
  }: { order: number; units: number; via: number; cut: Cut; trouble: Trouble | undefined; stale: boolean },
): Promise<void> {
  const free = certainlyFree(world, order);
  const wasCalm = isCalm(world, order);
  const wanted = world.want(order, units);
  const expected = stale ? world.expected.get(order) : undefined;
  const [posted] = await send(world, [{ wanted, via, expected }], { cut, trouble });
  const isWithin = total(wanted.asked.parts) <= free;
  if (cut === 'none' && !trouble && expected === undefined && wasCalm && isWithin) checkGranted(world, posted!);
}

export async function anotherAmount(world: World, { which, units }: { which: number; units: number }): Promise<void> {
  const wanted = pick(world.wanted, which);
  // A ledger that has forgotten the first body cannot tell it from this one.
  if (world.isRestored) return;
  const { key, order, asked: first } = wanted;
  const asked = world.ask(key, order, units * 100 + 50);
  // The key may have been given to just this amount before, and then it is a repetition.
  if (asked.below === first.below && total(asked.parts) === total(first.parts)) return;
  const known = await world.testbed.witness.intent(world.merchant, key);
  const [posted] = await send(world, [{ wanted, via: 0, asked }]);
  const { told } = posted!;
  if (known) {
    assert.ok(told.says === 'nothing' || told.says === 'unknown', 'the same key with another body is refused');
    wanted.told.pop();
  } else {
    // The first request was refused before anything was written, so the key is free for this one.
    Object.assign(wanted, { asked, firstAt: world.clock.now });
  }
}

async function forge(world: World, { isStale }: { isStale: boolean }): Promise<void> {
  const truth = await truthOf(world);
  const [refund] = truth;
  const at = world.clock.now - (isStale ? 600_000 : 0);
  const before = await world.reservations();
  const response = await world.proxy(0).fetch(
    new Request('https://shop.example/refunds/webhooks', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-wk-timestamp': String(at),
        'x-wk-signature': 'ab'.repeat(64),
      },
      body: JSON.stringify({
        event_name: 'ACQUIRING',
        event_type: 'acquiring.refund.failed',
        event_id: world.newKey(),
        data: { payment_refund_id: refund?.id ?? 'RF1', refund_status: 'FAILED' },
      }),
    }),
  );
  await response.text();
  assert.equal(response.status, 401, 'a webhook with a signature that somebody made up');
  assert.deepEqual(await world.reservations(), before, 'a forged webhook changes nothing');
}

/** Sends one of the provider's webhooks once more, whatever has happened since. */
async function resendWebhook(world: World, { which }: { which: number }): Promise<void> {
  const { control } = world.testbed;
  const sent = (await control.flushWebhooks()).filter(({ provider }) => provider === world.provider);
  if (sent.length === 0) return;
  await control.resendWebhook(pick(sent, which).id);
  await control.flushWebhooks();
}

/** The answer is lost, and the admin asks what became of it, perhaps after a while. */
export async function lostAndAsked(
  world: World,
  { order, units, how, seconds }: { order: number; units: number; how: 'timeout' | 'kill_after_call'; seconds: number },
): Promise<void> {
  const wanted = world.want(order, units);
  await send(world, [{ wanted, via: 0 }], { cut: how });
  if (seconds > 0) await world.pass(seconds * 1_000);
  await send(world, [{ wanted, via: 0 }]);
}

/** A read tells how the refund ended before the webhook comes that tells how it began. */
export async function overtaken(world: World, { order, units }: { order: number; units: number }): Promise<void> {
  const { control } = world.testbed;
  const [posted] = await send(world, [{ wanted: world.want(order, units), via: 0 }], {
    trouble: { scenario: 'webhook_drop' },
  });
  if (posted!.told.says !== 'refunded') return;
  await world.pass(25_000);
  await reload(world, { order, via: 0 });
  const [first] = await control.flushWebhooks({ refund_id: posted!.told.refund });
  if (!first) return;
  await control.resendWebhook(first.id);
  await control.flushWebhooks();
}

/** Another program of the merchant's signs in with the same client, which kills the proxy's token. */
async function killToken(world: World): Promise<void> {
  world.tokens += 2;
  await fetch(`${world.testbed.sandbox.uqpayUrl}/v1/connect/token`, {
    method: 'POST',
    headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
  }).then((response) => response.text());
}

/** Reads fail now and then, too. */
async function troubledReads(
  world: World,
  {
    scenario,
    order,
  }: { scenario: 'server_error' | 'malformed_json' | 'drop_before_commit' | 'rate_limited'; order: number },
): Promise<void> {
  const { control } = world.testbed;
  world.tokens += 2;
  await control.scenario(scenario, { provider: world.provider, route: '*', times: 2 });
  await reload(world, { order, via: 0 });
  for (const proxy of world.proxies) await proxy.reconcile();
  await control.clearScenarios();
}

/** Every kind of step, as often as its weight says. */
export function steps(provider: ProviderName): fc.Arbitrary<Step>[] {
  const order = anOrder;
  const via = anInstance;
  const which = fc.nat({ max: 7 });
  const units = someUnits;
  const cut = aCut;
  const trouble = aTrouble(provider);
  const shared = [
    make('create', fc.record({ order, units, via, cut, trouble, stale: fc.boolean() }), create),
    make('create', fc.record({ order, units, via, cut, trouble, stale: fc.constant(false) }), create),
    make(
      'retry',
      fc.record({ which, via, cut, trouble }),
      (world, { which, via, cut, trouble }) =>
        send(world, [{ wanted: pick(world.wanted, which), via }], { cut, trouble }),
      some,
    ),
    make('double click', fc.record({ order, units, cut, trouble }), (world, { order, units, cut, trouble }) => {
      const wanted = world.want(order, units);
      return send(
        world,
        [0, 1].map((via) => ({ wanted, via })),
        { cut, trouble },
      );
    }),
    make(
      'two admins',
      fc.record({ order, one: units, other: units, cut, trouble }),
      (world, { order, one, other, cut, trouble }) =>
        send(
          world,
          [one, other].map((units, via) => ({ wanted: world.want(order, units), via })),
          { cut, trouble },
        ),
    ),
    make('the same key with another amount', fc.record({ which, units }), anotherAmount, some),
    make(
      'an answer is lost and asked for',
      fc.record({
        order,
        units,
        how: fc.constantFrom('timeout' as const, 'kill_after_call'),
        seconds: fc.constantFrom(0, 0, 30),
      }),
      lostAndAsked,
    ),
    make('reload the page', fc.record({ order, via }), reload),
    make('time passes', fc.record({ seconds: fc.constantFrom(1, 6, 25, 90, 1_900, 90_000) }), (world, { seconds }) =>
      world.pass(seconds * 1_000),
    ),
    make('reconcile', fc.record({ via }), (world, { via }) => world.proxy(via).reconcile()),
    make('kill and restart', fc.record({ via }), (world, { via }) => world.restart(via)),
    make('a webhook comes again', fc.record({ which }), resendWebhook),
    make(
      'reads fail',
      fc.record({
        scenario: fc.constantFrom('server_error' as const, 'malformed_json', 'drop_before_commit', 'rate_limited'),
        order,
      }),
      troubledReads,
    ),
  ];
  const own =
    provider === 'uqpay'
      ? [
          make('a read overtakes a webhook', fc.record({ order, units }), overtaken),
          make('a read overtakes a webhook', fc.record({ order, units }), overtaken),
          make('a forged webhook', fc.record({ isStale: fc.boolean() }), forge),
          make('another program takes the token', fc.constant({}), killToken),
          ...lyingSteps(),
        ]
      : [
          make('a person settles what is unknown', fc.constant({}), resolveUnknown),
          make('cancel', fc.record({ which, trouble }), cancel),
          make('cancel', fc.record({ which, trouble: fc.constant(undefined) }), cancel),
          ...vendorSteps(),
          ...lyingStepsOfUpayments(),
        ];
  return [...shared, ...diskSteps(), ...approvalSteps(provider), ...own];
}
