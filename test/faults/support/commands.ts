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
import {
  certainlyFree,
  checkGranted,
  hasNothingUnknown,
  anyStep,
  pick,
  reload,
  send,
  hasIntents,
  type Step,
} from './step.ts';
import { total } from './answer.ts';
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
  const wasNothingUnknown = hasNothingUnknown(world, order);
  const intent = world.newIntent(order, units);
  const expected = stale ? world.refundableRead.get(order) : undefined;
  const [exchange] = await send(world, [{ intent, via, expected }], { cut, trouble });
  const isWithin = total(intent.request.parts) <= free;
  if (cut === 'none' && !trouble && expected === undefined && wasNothingUnknown && isWithin)
    checkGranted(world, exchange!);
}

/** The ledger's trial has said that both fit: what it says when the first one is admitted must count. */
export async function refundWhileRead(
  world: World,
  { order, one, other }: { order: number; one: number; other: number },
): Promise<void> {
  const [first, second] = [one, other].map((units) => world.newIntent(order, units));
  await send(world, [{ intent: first!, via: 0 }], {
    duringRead: () => send(world, [{ intent: second!, via: 1 }]),
  });
}

export async function reuseKeyWithAnotherAmount(
  world: World,
  { which, units }: { which: number; units: number },
): Promise<void> {
  const intent = pick(world.intents, which);
  // A ledger that has lost the first body cannot see that this one is different.
  if (world.isRestored) return;
  const { key, order, request: firstRequest } = intent;
  const request = world.requestFor(key, order, units * 100 + 50);
  // The key may already have been used for this very amount; then this is a repetition.
  if (request.path === firstRequest.path && total(request.parts) === total(firstRequest.parts)) return;
  const knownIntent = await world.testbed.witness.intent(world.merchant, key);
  const [exchange] = await send(world, [{ intent, via: 0, request }]);
  const { answer } = exchange!;
  if (knownIntent) {
    assert.ok(answer.says === 'nothing' || answer.says === 'unknown', 'the same key with another body is refused');
    intent.answers.pop();
  } else {
    // The first request was refused before anything was written, so the key is free for this one.
    Object.assign(intent, { request, firstAt: world.clock.now });
  }
}

async function forgeWebhook(world: World, { isStale }: { isStale: boolean }): Promise<void> {
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
  assert.equal(response.status, 401, 'a webhook with a forged signature is refused');
  assert.deepEqual(await world.reservations(), before, 'a forged webhook changes nothing');
}

/** Sends one of the provider's webhooks again, whatever has happened since. */
async function resendWebhook(world: World, { which }: { which: number }): Promise<void> {
  const { control } = world.testbed;
  const webhooks = (await control.flushWebhooks()).filter(({ provider }) => provider === world.provider);
  if (webhooks.length === 0) return;
  await control.resendWebhook(pick(webhooks, which).id);
  await control.flushWebhooks();
}

/** The answer is lost, and the admin sends the same request again, perhaps later. */
export async function loseAnswerAndRetry(
  world: World,
  { order, units, how, seconds }: { order: number; units: number; how: 'timeout' | 'kill_after_call'; seconds: number },
): Promise<void> {
  const intent = world.newIntent(order, units);
  await send(world, [{ intent, via: 0 }], { cut: how });
  if (seconds > 0) await world.passTime(seconds * 1_000);
  await send(world, [{ intent, via: 0 }]);
}

/** A read reports how the refund ended before the first webhook reports how it began. */
export async function readBeforeWebhook(
  world: World,
  { order, units }: { order: number; units: number },
): Promise<void> {
  const { control } = world.testbed;
  const [exchange] = await send(world, [{ intent: world.newIntent(order, units), via: 0 }], {
    trouble: { scenario: 'webhook_drop' },
  });
  if (exchange!.answer.says !== 'refunded') return;
  await world.passTime(25_000);
  await reload(world, { order, via: 0 });
  const [first] = await control.flushWebhooks({ refund_id: exchange!.answer.refund });
  if (!first) return;
  await control.resendWebhook(first.id);
  await control.flushWebhooks();
}

/** Another program of the merchant signs in with the same client, which makes the proxy's token invalid. */
async function killToken(world: World): Promise<void> {
  world.tokens += 2;
  await fetch(`${world.testbed.sandbox.uqpayUrl}/v1/connect/token`, {
    method: 'POST',
    headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
  }).then((response) => response.text());
}

/** Reads at the provider fail. */
async function failReads(
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

/** Every kind of step. A kind listed twice is taken twice as often. */
export function steps(provider: ProviderName): fc.Arbitrary<Step>[] {
  const order = anOrder;
  const via = anInstance;
  const which = fc.nat({ max: 7 });
  const units = someUnits;
  const cut = aCut;
  const trouble = aTrouble(provider);
  const shared = [
    anyStep('create', fc.record({ order, units, via, cut, trouble, stale: fc.boolean() }), create),
    anyStep('create', fc.record({ order, units, via, cut, trouble, stale: fc.constant(false) }), create),
    anyStep(
      'retry',
      fc.record({ which, via, cut, trouble }),
      (world, { which, via, cut, trouble }) =>
        send(world, [{ intent: pick(world.intents, which), via }], { cut, trouble }),
      hasIntents,
    ),
    anyStep('double click', fc.record({ order, units, cut, trouble }), (world, { order, units, cut, trouble }) => {
      const intent = world.newIntent(order, units);
      return send(
        world,
        [0, 1].map((via) => ({ intent, via })),
        { cut, trouble },
      );
    }),
    anyStep(
      'two admins',
      fc.record({ order, one: units, other: units, cut, trouble }),
      (world, { order, one, other, cut, trouble }) =>
        send(
          world,
          [one, other].map((units, via) => ({ intent: world.newIntent(order, units), via })),
          { cut, trouble },
        ),
    ),
    anyStep(
      'two admins, one after the other has read',
      fc.record({ order, one: units, other: units }),
      refundWhileRead,
    ),
    anyStep('the same key with another amount', fc.record({ which, units }), reuseKeyWithAnotherAmount, hasIntents),
    anyStep(
      'an answer is lost and asked for',
      fc.record({
        order,
        units,
        how: fc.constantFrom('timeout' as const, 'kill_after_call'),
        seconds: fc.constantFrom(0, 0, 30),
      }),
      loseAnswerAndRetry,
    ),
    anyStep('reload the page', fc.record({ order, via }), reload),
    anyStep('time passes', fc.record({ seconds: fc.constantFrom(1, 6, 25, 90, 1_900, 90_000) }), (world, { seconds }) =>
      world.passTime(seconds * 1_000),
    ),
    anyStep('reconcile', fc.record({ via }), (world, { via }) => world.proxy(via).reconcile()),
    anyStep('kill and restart', fc.record({ via }), (world, { via }) => world.restart(via)),
    anyStep('a webhook comes again', fc.record({ which }), resendWebhook),
    anyStep(
      'reads fail',
      fc.record({
        scenario: fc.constantFrom('server_error' as const, 'malformed_json', 'drop_before_commit', 'rate_limited'),
        order,
      }),
      failReads,
    ),
  ];
  const own =
    provider === 'uqpay'
      ? [
          anyStep('a read overtakes a webhook', fc.record({ order, units }), readBeforeWebhook),
          anyStep('a read overtakes a webhook', fc.record({ order, units }), readBeforeWebhook),
          anyStep('a forged webhook', fc.record({ isStale: fc.boolean() }), forgeWebhook),
          anyStep('another program takes the token', fc.constant({}), killToken),
          ...lyingSteps(),
        ]
      : [
          anyStep('a person settles what is unknown', fc.constant({}), resolveUnknown),
          anyStep('cancel', fc.record({ which, trouble }), cancel),
          anyStep('cancel', fc.record({ which, trouble: fc.constant(undefined) }), cancel),
          ...vendorSteps(),
          ...lyingStepsOfUpayments(),
        ];
  return [...shared, ...diskSteps(), ...approvalSteps(provider), ...own];
}
