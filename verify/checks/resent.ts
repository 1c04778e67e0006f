import { EXPECTED_REFUNDABLE } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { World } from '../world.ts';
import { LOSSES, loseWrite, type Loss } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { refundRoutes, type Route } from './routes.ts';

export const RESENT: Check = {
  id: 'same-key-first',
  title: 'A key that was sent before is looked up before anything else is checked',
  level: 'promised',
  why:
    'The form sends the same request again, with the figure that the admin saw. Its own refund has changed that figure since, and ' +
    'its amount fits no more beside itself. A proxy that checks these first says that nothing was refunded.',
  mend:
    'Look up the key first. Compare X-Expected-Refundable and the amount with the refundable amount only for a key that is new, in ' +
    'the transaction that writes it.',
  async run(world) {
    for (const route of await refundRoutes(world)) {
      for (const loss of [undefined, LOSSES[0]]) {
        for (const isExpected of [true, false]) await looksUpFirst(world, route, loss, isExpected);
      }
    }
  },
};

/**
 * Sends a refund of 60 % and then the same again: what is left has become less than its amount.
 * @param loss of the first answer; it comes without one
 * @param isExpected whether both say what the admin saw as refundable
 */
async function looksUpFirst(
  world: World,
  { path, prepare }: Route,
  loss: Loss | undefined,
  isExpected: boolean,
): Promise<void> {
  const prepared = await prepare(world, 60n);
  const { payment, body, isMade, countDone } = prepared;
  const headers = isExpected ? { [EXPECTED_REFUNDABLE]: payment.captured } : {};
  const first = loss ? await loseWrite(world, prepared, loss, headers) : await sendPlainly(world, path, body, headers);
  const before = world.claim(first.exchange, isMade);
  // What it says of the first is for other checks.
  if (before === 'nothing') return;
  const again = await world.write(path, { body, key: first.key, headers });
  const times = await countDone();
  expect(times <= 1, 'at most one refund', `there are ${times}`, again);
  const what = loss ? `${loss.what}, and the same request again` : 'the same request again';
  const came = `${outcomeOf(again)} says that no money moved`;
  const expected = `${loss ? 'the refund, or an unknown outcome,' : 'the refund'} after ${what}`;
  expect(world.claim(again, isMade) !== 'nothing', expected, came, again);
}

async function sendPlainly(world: World, path: string, body: unknown, headers: Readonly<Record<string, string>>) {
  const key = world.key();
  return { key, exchange: await world.write(path, { body, key, headers }) };
}
