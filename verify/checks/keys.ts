import { expect, type Check } from '../check.ts';
import { NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import { LOSSES, loseWrite } from './losses.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { refundRoutes, type Route } from './routes.ts';
import { share } from './sums.ts';

/** What `GET /orders/<id>` answers while the merchant's shop is down. */
const SHOP_DOWN = { status: 503, text: '{"error":"maintenance"}', headers: { 'content-type': 'application/json' } };

/** No provider takes a key of so many characters. */
const TOO_LONG = 65;

export const KEYS: readonly Check[] = [
  {
    id: 'key-case',
    title: 'A key is the same key in upper case',
    level: 'promised',
    why:
      'A key is a UUID, and a database, a library or a server in front may write it in the other case. To a proxy that compares ' +
      'texts that is a new key, and so a second refund.',
    mend: 'Write the key in lower case before you look it up, store it or send it to the provider.',
    async run(world) {
      for (const route of await refundRoutes(world)) {
        for (const isLost of [false, true]) await makesOneInBothCases(world, route, isLost);
      }
    },
  },
  {
    id: 'key-refused',
    title: 'A key that cannot be used locks nothing',
    level: 'recommended',
    why:
      'The provider refuses a key that is no UUID, whatever the request. A proxy that takes this for an unknown outcome holds the ' +
      'amount for good.',
    mend: 'Answer 400 idempotency_key_invalid unless the key is a UUID, before you write anything down.',
    async run(world) {
      const payment = await world.payment();
      const exchange = await world.refund(payment, share(payment, 60n), { key: world.key().padEnd(TOO_LONG, 'x') });
      if (world.claim(exchange) === 'refunded') return;
      // Another amount: a proxy that takes equal refunds for one has another mistake.
      const next = await world.refund(payment, share(payment, 70n));
      const isMade = world.claim(next) === 'refunded';
      expect(isMade, 'the refund, with another key', `it was answered ${outcomeOf(next)}`, next);
    },
  },
  {
    id: 'key-without-orders',
    title: 'While the orders cannot be read, a key that was sent is not denied',
    level: 'promised',
    needsOrders: true,
    why:
      'The shop may be down when the form asks what became of its refund. A refusal then reads as if nothing was refunded, and "still ' +
      'running" as if there was something to wait for.',
    mend: 'Look up the key before you read the order. Answer a request that has ended from the record, and any other with effect: unknown.',
    async run(world) {
      for (const route of await refundRoutes(world)) {
        for (const isLost of [false, true]) await toldWithoutOrders(world, route, isLost);
      }
    },
  },
];

/** Sends a request and then the same again, with the key in upper case. */
async function makesOneInBothCases(world: World, route: Route, isLost: boolean): Promise<void> {
  const watch = world.watch();
  const { prepared, key } = await sent(world, route, isLost);
  const again = await world.write(prepared.path, { body: prepared.body, key: key.toUpperCase() });
  const times = await prepared.countDone();
  const what = isLost ? `${route.what} whose answer was lost` : route.what;
  expect(times === 1, `${what} to be carried out once for its key in both cases`, `it was ${times} times`, again);
  const { keyHeader } = world.profile;
  // Nobody knows whether the provider itself takes the two for one.
  const keyCount = keyHeader && world.deduplicates ? countSends(watch.to(prepared.path), keyHeader) : 1;
  expect(keyCount === 1, 'one key at the provider', `there were ${keyCount}`, again);
  const isTrue = world.claim(again, prepared.isMade) !== 'nothing';
  expect(isTrue, `an answer that does not deny ${what}`, `it was answered ${outcomeOf(again)}`, again);
}

/** Sends a request and then the same again while the orders cannot be read. */
async function toldWithoutOrders(world: World, route: Route, isLost: boolean): Promise<void> {
  const { prepared, key } = await sent(world, route, isLost);
  const { path, body, isMade } = prepared;
  world.recorder.rewrite({ method: 'GET', path: /^\/orders\//, isKept: true, instead: SHOP_DOWN });
  const again = await world.write(path, { body, key });
  world.recorder.clear();
  const claim = world.claim(again, isMade);
  const came = `it was answered ${outcomeOf(again)}`;
  expect(claim !== 'nothing', `${route.what}, or an unknown outcome`, came, again);
  expect(claim !== 'running', `no word that ${route.what} is still running`, came, again);
}

/** @throws NotJudged unless the request was carried out once */
async function sent(world: World, route: Route, isLost: boolean) {
  const prepared = await route.prepare(world);
  const { path, body } = prepared;
  const key = isLost ? (await loseWrite(world, prepared, LOSSES[0])).key : world.key();
  if (!isLost) await world.write(path, { body, key });
  const times = await prepared.countDone();
  if (times !== 1) throw new NotJudged(`${route.what} was carried out ${times} times: see same-key-once`);
  return { prepared, key };
}
