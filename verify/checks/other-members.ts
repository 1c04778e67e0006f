import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';

/** A key that comes again with the same payment and amount, and with another reason or reference. */
export const OTHER_MEMBERS: Check = {
  id: 'same-key-other-members',
  title: 'A key that was used with another reason or reference is refused',
  level: 'recommended',
  why:
    'Whoever sends it has changed the reason, and the answer from the record says that this was done. The provider and your books have ' +
    'the reason of the first request.',
  mend:
    'Keep a fingerprint of method, path and the whole body with the key, also of the members that need not be there, and answer 422 ' +
    'idempotency_key_reused when it differs.',
  async run(world) {
    for (const members of world.profile.otherMembers) {
      const { other, isAnsweredAsFirst, refundCount } = await sendTwice(world, members);
      if (refundCount !== 1) throw new NotJudged(`There are ${refundCount} refunds: see same-key-other-body`);
      if (!isAnsweredAsFirst && world.claim(other) !== 'nothing')
        throw new NotJudged(`It was answered ${outcomeOf(other)}: see same-key-other-body`);
      const expected = `a refusal with effect: nothing, such as 422, of ${JSON.stringify(members)}`;
      expect(!isAnsweredAsFirst, expected, 'it was answered with the refund of the first request', other);
    }
  },
};

/** Checks that a key which comes with another reason or reference is refused or answered as the first, and never sent as new. */
export async function expectNotNew(world: World): Promise<void> {
  for (const members of world.profile.otherMembers) {
    const { other, isAnsweredAsFirst, refundCount } = await sendTwice(world, members);
    const what = `a key that came again with ${JSON.stringify(members)}`;
    expect(refundCount === 1, `one refund at the provider of ${what}`, `there are ${refundCount}`, other);
    const isTrue = isAnsweredAsFirst || world.claim(other) === 'nothing';
    expect(isTrue, `a refusal of ${what}, or the refund of the first`, `it was answered ${outcomeOf(other)}`, other);
  }
}

/**
 * Sends a request, and with its key another one that differs in these members alone.
 * @throws NotJudged when the first is not carried out
 */
async function sendTwice(world: World, members: Readonly<Record<string, unknown>>) {
  const { profile } = world;
  const payment = await world.payment();
  const key = world.key();
  const body = { ...profile.body(payment, '1.00'), ...profile.optionalMembers };
  const first = await world.write(profile.refundPath, { body, key });
  if (world.claim(first) !== 'refunded')
    throw new NotJudged(
      `A refund with a reason and a reference was answered ${outcomeOf(first)}: see request-unchanged`,
    );
  const other = await world.write(profile.refundPath, { body: { ...body, ...members }, key });
  const id = profile.refundId(other.answer.json);
  const isAnsweredAsFirst = id !== undefined && id === profile.refundId(first.answer.json);
  return { other, isAnsweredAsFirst, refundCount: await world.refunds(payment) };
}
