import assert from 'node:assert/strict';

import fc from 'fast-check';

import { aCut, anInstance, anOrder, aTrouble, someUnits } from './breaks.ts';
import type { ProviderName } from './testbed.ts';
import { checkAlways, checkAnswers, truthOf } from './invariants.ts';
import type { Cut, Trouble } from './network.ts';
import {
  certainlyFree,
  checkGranted,
  hasNothingUnknown,
  anyStep,
  pick,
  reload,
  send,
  type Model,
  type Step,
} from './step.ts';
import { isWaiting, readAnswer, total, answerFor } from './answer.ts';
import { APPROVERS, ASKER, intentPath, type Person, type Press, type AdminIntent, type World } from './world.ts';

/** What happens between the request and the approval. */
const BETWEEN = ['nothing', 'nothing', 'another refund', 'the asker agrees', 'restart', 'a day'] as const;
/** How the approval is given. */
const WAYS = ['once', 'once', 'twice at once', 'while it is asked for', 'while it is declined'] as const;

interface ApprovalValues {
  readonly order: number;
  readonly units: number;
  readonly between: (typeof BETWEEN)[number];
  readonly way: (typeof WAYS)[number];
  readonly stale: boolean;
  readonly via: number;
  readonly cut: Cut;
  readonly trouble: Trouble | undefined;
}

/** Requests a refund, lets something else happen, approves it, and sends the same key again. */
export async function askAndAgree(
  world: World,
  { order, units, between, way, stale, via, cut, trouble }: ApprovalValues,
): Promise<void> {
  const free = certainlyFree(world, order);
  const wasNothingUnknown = hasNothingUnknown(world, order);
  const intent = world.newIntent(order, units);
  const amount = total(intent.request.parts);
  const [exchange] = await send(world, [{ intent, via }]);
  if (wasNothingUnknown && amount <= free) checkGranted(world, exchange!);
  if (!isWaiting(exchange!.answer)) return;
  if (stale) await reload(world, { order, via });
  if (between === 'restart') await world.restart(via);
  if (between === 'a day') await world.passTime(DAY);
  if (between === 'the asker agrees') await send(world, [{ intent, via, approver: ASKER }]);
  if (between === 'another refund') await refundMeanwhile(world, order, via);
  const press: Press = {
    intent,
    via: via + 1,
    approver: APPROVERS[0],
    expected: stale ? world.refundableRead.get(order) : undefined,
  };
  await agree(world, press, { way, cut, trouble });
  const isUntroubled = between === 'nothing' && way === 'once' && !stale && cut === 'none' && !trouble;
  const [repeat] = await send(world, [{ intent, via }]);
  const outcome = answerFor(repeat!.answer, intent.request.parts[0]!).says;
  if (isUntroubled && wasNothingUnknown && amount <= free) {
    assert.equal(
      outcome,
      'refunded',
      `an approved refund within what is free was answered ${JSON.stringify(repeat!.answer)}`,
    );
  }
  if (between === 'a day') assert.equal(outcome, 'nothing', 'a request not approved in time comes to nothing');
}

/** Requests an amount that is free then, and approves it when it is no longer free, or lets the asker approve it. */
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

/** More than half of the captured amount, in units: two of these exceed it. */
function moreThanHalf(order: number): number {
  return order === 0 ? 60 : 35;
}

async function refundMeanwhile(world: World, order: number, via: number): Promise<void> {
  const intent = world.newIntent(order, moreThanHalf(order));
  const [exchange] = await send(world, [{ intent, via }]);
  if (isWaiting(exchange!.answer)) await send(world, [{ intent, via, approver: APPROVERS[1] }]);
}

const DAY = 24 * 3_600_000;

async function agree(
  world: World,
  press: Press,
  { way, cut, trouble }: Pick<ApprovalValues, 'way' | 'cut' | 'trouble'>,
): Promise<void> {
  const { intent, via } = press;
  switch (way) {
    case 'once':
      await send(world, [press], { cut, trouble });
      return;
    case 'twice at once':
      await send(world, [press, { ...press, via: via + 1, approver: APPROVERS[1] }], { cut, trouble });
      return;
    case 'while it is asked for':
      await send(world, [{ intent, via: via + 1 }, press], { cut, trouble });
      return;
    case 'while it is declined': {
      const [, exchanges] = await Promise.all([decline(world, intent, APPROVERS[1]), world.post([press])]);
      checkAnswers(exchanges, await checkAlways(world));
      await checkStaysDeclined(world, intent);
      return;
    }
    default:
      way satisfies never;
  }
}

/** Decides about any request that has waited for approval, whatever its state is now. */
async function decide(
  world: World,
  {
    which,
    deed,
    via,
    cut,
    trouble,
  }: { which: number; deed: (typeof DECISIONS)[number]; via: number; cut: Cut; trouble: Trouble | undefined },
): Promise<void> {
  const waitingIntents = world.intents.filter(hasWaited);
  if (waitingIntents.length === 0) return;
  const intent = pick(waitingIntents, which);
  if (deed === 'decline') {
    await decline(world, intent, ASKER);
    await checkStaysDeclined(world, intent);
    return;
  }
  await send(world, [{ intent, via, approver: deed === 'agree' ? APPROVERS[1] : ASKER }], { cut, trouble });
}

const DECISIONS = ['agree', 'agree', 'the asker agrees', 'decline'] as const;

const hasWaited = ({ answers }: AdminIntent) => answers.some(isWaiting);

async function decline(world: World, intent: AdminIntent, who: Person): Promise<void> {
  const response = await world.send(`${intentPath(intent)}/decline`, { reason: 'as the shelf shows it' }, { who });
  const text = await response.text();
  if (response.status === 200) {
    world.declinedKeys.add(intent.key);
    return;
  }
  const answer = readAnswer(response, text, intent.request);
  checkAnswers([{ intent, request: intent.request, isApproval: true, answer }], await truthOf(world));
}

/** A declined refund is not sent by its key either. */
async function checkStaysDeclined(world: World, intent: AdminIntent): Promise<void> {
  if (!world.declinedKeys.has(intent.key)) return;
  const [repeat] = await send(world, [{ intent, via: 0 }]);
  assert.equal(repeat!.answer.says, 'nothing', 'a declined request comes to nothing');
}

/** Steps of a shop where some refunds need approval. */
export function approvalSteps(provider: ProviderName): fc.Arbitrary<Step>[] {
  const breaks = { via: anInstance, cut: aCut, trouble: aTrouble(provider) };
  const approvalValues = {
    order: anOrder,
    units: fc.oneof(someUnits, fc.constant(35)),
    between: fc.constantFrom(...BETWEEN),
    way: fc.constantFrom(...WAYS),
    stale: fc.boolean(),
  };
  const someHaveWaited = ({ intents }: Readonly<Model>) => intents.some(hasWaited);
  const approvalsAreOn = ({ approvalAbove }: Readonly<Model>) => approvalAbove !== undefined;
  return [
    anyStep('ask and agree', fc.record({ ...approvalValues, ...breaks }), askAndAgree, approvalsAreOn),
    anyStep('ask and agree', fc.record({ ...approvalValues, ...breaks }), askAndAgree, approvalsAreOn),
    anyStep(
      'ask for much',
      fc.record({
        order: anOrder,
        between: fc.constantFrom('another refund' as const, 'another refund', 'the asker agrees'),
      }),
      askForMuch,
      approvalsAreOn,
    ),
    anyStep(
      'decide',
      fc.record({ which: fc.nat({ max: 7 }), deed: fc.constantFrom(...DECISIONS), ...breaks }),
      decide,
      someHaveWaited,
    ),
    anyStep(
      'decide',
      fc.record({ which: fc.nat({ max: 7 }), deed: fc.constantFrom(...DECISIONS), ...breaks }),
      decide,
      someHaveWaited,
    ),
  ];
}
