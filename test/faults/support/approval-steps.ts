import assert from 'node:assert/strict';

import fc from 'fast-check';

import { aCut, anInstance, anOrder, aTrouble, someUnits } from './breaks.ts';
import type { ProviderName } from './testbed.ts';
import { checkAlways, checkTold, truthOf } from './invariants.ts';
import type { Cut, Trouble } from './network.ts';
import { certainlyFree, checkGranted, isCalm, make, pick, reload, send, type Model, type Step } from './step.ts';
import { isWaiting, read, total, wordOn } from './told.ts';
import { APPROVERS, ASKER, belowOf, type Person, type Press, type Wanted, type World } from './world.ts';

/** What comes between the question and the word of the second person. */
const BETWEEN = ['nothing', 'nothing', 'another refund', 'the asker agrees', 'restart', 'a day'] as const;
/** How it is said. */
const WAYS = ['once', 'once', 'twice at once', 'while it is asked for', 'while it is declined'] as const;

interface Asking {
  readonly order: number;
  readonly units: number;
  readonly between: (typeof BETWEEN)[number];
  readonly way: (typeof WAYS)[number];
  readonly stale: boolean;
  readonly via: number;
  readonly cut: Cut;
  readonly trouble: Trouble | undefined;
}

/** Asked, perhaps overtaken by something else, agreed to, and asked for by its key. */
export async function askAndAgree(
  world: World,
  { order, units, between, way, stale, via, cut, trouble }: Asking,
): Promise<void> {
  const free = certainlyFree(world, order);
  const wasCalm = isCalm(world, order);
  const wanted = world.want(order, units);
  const amount = total(wanted.asked.parts);
  const [asked] = await send(world, [{ wanted, via }]);
  if (wasCalm && amount <= free) checkGranted(world, asked!);
  if (!isWaiting(asked!.told)) return;
  if (stale) await reload(world, { order, via });
  if (between === 'restart') await world.restart(via);
  if (between === 'a day') await world.pass(DAY);
  if (between === 'the asker agrees') await send(world, [{ wanted, via, approver: ASKER }]);
  if (between === 'another refund') await refundMeanwhile(world, order, via);
  const press: Press = {
    wanted,
    via: via + 1,
    approver: APPROVERS[0],
    expected: stale ? world.expected.get(order) : undefined,
  };
  await agree(world, press, { way, cut, trouble });
  const isUntroubled = between === 'nothing' && way === 'once' && !stale && cut === 'none' && !trouble;
  const [again] = await send(world, [{ wanted, via }]);
  const word = wordOn(again!.told, wanted.asked.parts[0]!).says;
  if (isUntroubled && wasCalm && amount <= free) {
    assert.equal(
      word,
      'refunded',
      `an approved refund within what is free was answered ${JSON.stringify(again!.told)}`,
    );
  }
  if (between === 'a day') assert.equal(word, 'nothing', 'what was not approved in time comes to nothing');
}

/** Asked for what is free then, and agreed to when it is free no more, or by whoever asked. */
export function askForMuch(
  world: World,
  { order, between }: { order: number; between: 'another refund' | 'the asker agrees' },
): Promise<void> {
  const units = moreThanHalf(order);
  return askAndAgree(world, {
    order,
    units,
    between,
    way: 'once',
    stale: false,
    via: 0,
    cut: 'none',
    trouble: undefined,
  });
}

/** Of what was captured, in units: two of these are too much. */
function moreThanHalf(order: number): number {
  return order === 0 ? 60 : 35;
}

async function refundMeanwhile(world: World, order: number, via: number): Promise<void> {
  const wanted = world.want(order, moreThanHalf(order));
  const [asked] = await send(world, [{ wanted, via }]);
  if (isWaiting(asked!.told)) await send(world, [{ wanted, via, approver: APPROVERS[1] }]);
}

const DAY = 24 * 3_600_000;

async function agree(
  world: World,
  press: Press,
  { way, cut, trouble }: Pick<Asking, 'way' | 'cut' | 'trouble'>,
): Promise<void> {
  const { wanted, via } = press;
  switch (way) {
    case 'once':
      await send(world, [press], { cut, trouble });
      return;
    case 'twice at once':
      await send(world, [press, { ...press, via: via + 1, approver: APPROVERS[1] }], { cut, trouble });
      return;
    case 'while it is asked for':
      await send(world, [{ wanted, via: via + 1 }, press], { cut, trouble });
      return;
    case 'while it is declined': {
      const [, posted] = await Promise.all([decline(world, wanted, APPROVERS[1]), world.post([press])]);
      checkTold(posted, await checkAlways(world));
      await staysDeclined(world, wanted);
      return;
    }
    default:
      way satisfies never;
  }
}

/** Whatever has been told to wait once, however it stands by now. */
async function decide(
  world: World,
  {
    which,
    deed,
    via,
    cut,
    trouble,
  }: { which: number; deed: (typeof DEEDS)[number]; via: number; cut: Cut; trouble: Trouble | undefined },
): Promise<void> {
  const waited = world.wanted.filter(hasWaited);
  if (waited.length === 0) return;
  const wanted = pick(waited, which);
  if (deed === 'decline') {
    await decline(world, wanted, ASKER);
    await staysDeclined(world, wanted);
    return;
  }
  await send(world, [{ wanted, via, approver: deed === 'agree' ? APPROVERS[1] : ASKER }], { cut, trouble });
}

const DEEDS = ['agree', 'agree', 'the asker agrees', 'decline'] as const;

const hasWaited = ({ told }: Wanted) => told.some(isWaiting);

async function decline(world: World, wanted: Wanted, who: Person): Promise<void> {
  const response = await world.send(`${belowOf(wanted)}/decline`, { reason: 'as the shelf shows it' }, { who });
  const text = await response.text();
  if (response.status === 200) {
    world.declined.add(wanted.key);
    return;
  }
  const told = read(response, text, wanted.asked);
  checkTold([{ wanted, asked: wanted.asked, isApproval: true, told }], await truthOf(world));
}

/** What was declined is not sent by its key either. */
async function staysDeclined(world: World, wanted: Wanted): Promise<void> {
  if (!world.declined.has(wanted.key)) return;
  const [again] = await send(world, [{ wanted, via: 0 }]);
  assert.equal(again!.told.says, 'nothing', 'what was declined comes to nothing');
}

/** Steps of a shop where some refunds need a second person. */
export function approvalSteps(provider: ProviderName): fc.Arbitrary<Step>[] {
  const breaks = { via: anInstance, cut: aCut, trouble: aTrouble(provider) };
  const asking = {
    order: anOrder,
    units: fc.oneof(someUnits, fc.constant(35)),
    between: fc.constantFrom(...BETWEEN),
    way: fc.constantFrom(...WAYS),
    stale: fc.boolean(),
  };
  const hasSome = ({ wanted }: Readonly<Model>) => wanted.some(hasWaited);
  const isOn = ({ approvalAbove }: Readonly<Model>) => approvalAbove !== undefined;
  return [
    make('ask and agree', fc.record({ ...asking, ...breaks }), askAndAgree, isOn),
    make('ask and agree', fc.record({ ...asking, ...breaks }), askAndAgree, isOn),
    make(
      'ask for much',
      fc.record({
        order: anOrder,
        between: fc.constantFrom('another refund' as const, 'another refund', 'the asker agrees'),
      }),
      askForMuch,
      isOn,
    ),
    make(
      'decide',
      fc.record({ which: fc.nat({ max: 7 }), deed: fc.constantFrom(...DEEDS), ...breaks }),
      decide,
      hasSome,
    ),
    make(
      'decide',
      fc.record({ which: fc.nat({ max: 7 }), deed: fc.constantFrom(...DEEDS), ...breaks }),
      decide,
      hasSome,
    ),
  ];
}
