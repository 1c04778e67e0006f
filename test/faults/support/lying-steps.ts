import fc from 'fast-check';

import { anInstance, anOrder, someUnits } from './breaks.ts';
import { UQPAY_LIES, type UqpayLie } from './lies.ts';
import { anyStep, pick, reload, send, hasIntents, type Step } from './step.ts';
import type { World } from './world.ts';

interface LieValues {
  readonly lie: UqpayLie;
  readonly order: number;
  readonly units: number;
  readonly isLost: boolean;
  readonly seconds: number;
}

/** Makes a refund, perhaps with a lost answer, and then reads it in every way while the provider lies. */
export async function refundWhileLying(world: World, { lie, order, units, isLost, seconds }: LieValues): Promise<void> {
  // The cached answer must be to a request with the same amount.
  if (lie === 'replayed answer') await send(world, [{ intent: world.newIntent(order, units), via: 0 }]);
  const intent = world.newIntent(order, units);
  const isAnswer = lie === 'replayed answer' || lie === 'wrong intent' || lie === 'wrong commit';
  if (isAnswer) world.lie(lie);
  await send(world, [{ intent, via: 0 }], { cut: isLost ? 'timeout' : 'none' });
  world.lie(lie);
  if (lie === 'wrong commit') await reload(world, { order, via: 0 });
  await world.passTime(seconds * 1_000);
  for (let reads = 0; reads < 2; reads += 1) await reload(world, { order, via: reads });
  for (const proxy of world.proxies) await proxy.reconcile();
  await send(world, [{ intent, via: 1 }]);
  world.lie(undefined);
}

/** The provider reports every refund of the order as failed, and later as it really is. */
export async function reportFalseFailure(
  world: World,
  { order, units }: { order: number; units: number },
): Promise<void> {
  await send(world, [{ intent: world.newIntent(order, units), via: 0 }]);
  const { payment_id } = world.orders[order]!;
  const read = () => world.get(`/payments/${payment_id}`).then((response) => response.text());
  world.lie('false failure');
  await read();
  world.lie(undefined);
  await world.passTime(90_000);
  await read();
  await reload(world, { order, via: 0 });
}

/** Lies about a refund that an earlier step asked for. */
export async function lieAgain(world: World, { which, lie }: { which: number; lie: UqpayLie }): Promise<void> {
  const intent = pick(world.intents, which);
  world.lie(lie);
  await reload(world, { order: intent.order, via: 0 });
  for (const proxy of world.proxies) await proxy.reconcile();
  await send(world, [{ intent, via: 0 }]);
  if (lie === 'wrong commit') await reload(world, { order: intent.order, via: 0 });
  world.lie(undefined);
}

/** Sets the merchant's clocks back by more than the time for which a provider remembers a key, and reconciles. */
async function setClockBack(world: World, { seconds, via }: { seconds: number; via: number }): Promise<void> {
  world.setClocksBack(seconds * 1_000);
  await world.proxy(via).reconcile();
}

/** Loses an answer, sets the clock back by a day, and repeats the request after a day has passed. */
export async function loseAnswerAndSetClockBack(
  world: World,
  { order, units }: { order: number; units: number },
): Promise<void> {
  const intent = world.newIntent(order, units);
  await send(world, [{ intent, via: 0 }], { cut: 'timeout' });
  await setClockBack(world, { seconds: A_DAY_AND_MORE, via: 0 });
  await world.passTime(A_DAY_AND_MORE * 1_000);
  await send(world, [{ intent, via: 0 }]);
}

const A_DAY_AND_MORE = 90_000;

/**
 * The provider refunds more than the request said and the answer is lost, or it answers with another request's
 * answer.
 */
const BELIEVABLE_LIES = [
  { lie: 'wrong commit', isLost: true },
  { lie: 'replayed answer', isLost: false },
] as const;

export function lyingSteps(): fc.Arbitrary<Step>[] {
  const lie = fc.constantFrom(...UQPAY_LIES);
  const seconds = fc.constantFrom(0, 1, 30, 90_000);
  // Two of these fit into an order, so only the lie can make the proxy refuse the first.
  const fewUnits = fc.constantFrom(10, 20);
  return [
    anyStep(
      'the provider lies',
      fc.record({ lie, order: anOrder, units: fewUnits, isLost: fc.boolean(), seconds }),
      refundWhileLying,
    ),
    anyStep(
      'the provider lies where it is believed most easily',
      fc.record({ worst: fc.constantFrom(...BELIEVABLE_LIES), order: anOrder, units: fewUnits, seconds }),
      (world, { worst, ...rest }) => refundWhileLying(world, { ...rest, ...worst }),
    ),
    anyStep(
      'the provider tells of a failure that was none',
      fc.record({ order: anOrder, units: someUnits }),
      reportFalseFailure,
    ),
    anyStep('the provider lies again', fc.record({ which: fc.nat({ max: 7 }), lie }), lieAgain, hasIntents),
    anyStep('lost, and the clock set back', fc.record({ order: anOrder, units: someUnits }), loseAnswerAndSetClockBack),
    anyStep(
      'the clock is set back',
      fc.record({ seconds: fc.constantFrom(60, 3_600, 90_000), via: anInstance }),
      setClockBack,
    ),
  ];
}
