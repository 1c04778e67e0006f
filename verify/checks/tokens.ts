import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { NotJudged } from '../not-judged.ts';
import type { Payment } from '../profile.ts';
import type { ProviderCall } from '../recorder.ts';
import { tokenIn, type World } from '../world.ts';
import { assumeFiguresHold, assumeHeld, expectHeld } from './held.ts';
import { LOSSES, loseRefund } from './losses.ts';
import { countSends, outcomeOf } from './outcomes.ts';
import { assumeAnySumIsKept, freesNothing, share } from './sums.ts';

const WRONG_KEY = 'wrong_key';
/** What else may go wrong where the proxy fetches a token. */
const TOKEN_FAULTS = ['drop_before_commit', 'server_error'];
/** More calls than a proxy makes for one refund. */
const MANY_CALLS = 20;

export const TOKENS: readonly Check[] = [
  {
    id: 'token-renewed',
    title: 'The proxy replaces an invalid token and sends the same key again',
    level: 'recommended',
    why: 'UQPAY makes the old token invalid when it issues another one, for example to a colleague’s script. Without a new token every call fails until the old one expires.',
    mend: 'On a 401 fetch a token once, and send the same request again with the same x-idempotency-key.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      await world.refund(await world.payment(), '1.00');
      const payment = await world.payment();
      // Another amount: a proxy that takes equal refunds for one has another mistake.
      const exchange = await withDeadToken(world, () => world.refund(payment, '2.00'));
      expect(world.claim(exchange) === 'refunded', 'the refund', `it was ${outcomeOf(exchange)}`, exchange);
      const refundCount = await world.refunds(payment);
      expect(refundCount === 1, 'one refund', `there are ${refundCount}`, exchange);
    },
  },
  {
    id: 'token-renewed-key',
    title: 'What is sent again with another token has the same key',
    level: 'required',
    why:
      'The answer to the second call may be lost. The form then sends its key again, and the provider knows only another one: it ' +
      'makes a second refund.',
    mend: 'Derive the key of the provider from the Idempotency-Key alone, before the first call, and send it with every call of this refund.',
    appliesTo: ({ tokenPath, keyHeader }) => tokenPath !== undefined && keyHeader !== undefined,
    async run(world) {
      const payment = await world.payment();
      const watch = world.watch();
      const key = world.key();
      const first = await withDeadToken(world, () => world.refund(payment, '2.00', { key }));
      expectOneKey(world, watch.creates(payment), 'a refund whose token was refused', first);
      const again = await world.refund(payment, '2.00', { key });
      expectOneKey(
        world,
        watch.creates(payment),
        'a refund whose token was refused, and the same request again',
        again,
      );
    },
  },
  {
    id: 'token-shared',
    title: 'Many requests share one token',
    level: 'recommended',
    why: 'Each new token makes the token invalid that another request is using.',
    mend: 'Fetch a token once, share it between requests and instances, and replace it shortly before it expires.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, '1.00');
      const watch = world.watch();
      for (let time = 0; time < 4; time += 1) await world.refund(payment, '1.00');
      const tokenCount = watch.tokens().length;
      expect(tokenCount <= 1, 'no more than one token for four refunds', `${tokenCount} were fetched`);
    },
  },
  {
    id: 'token-missing',
    title: 'Without a token nothing was sent, and the proxy says so',
    level: 'recommended',
    why:
      'A wrong key is a mistake of the set-up. If the proxy says that the outcome is unknown, the form is locked and the amount ' +
      'stays held, although nobody asked the provider for a refund.',
    mend:
      'When the provider gives no token, answer 502 with effect: nothing (credentials_refused, or provider_unreachable), hold ' +
      'no amount, and let the same key be sent again.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      for (const fault of [WRONG_KEY, ...TOKEN_FAULTS]) await saysThatNothingWasSent(world, fault);
    },
  },
  {
    id: 'token-missing-resent',
    title: 'Without a token a key that was sent before stays unknown',
    level: 'counted',
    why:
      'The first request may have refunded. That the second could not be sent says nothing of it: a proxy that then answers effect: ' +
      'nothing says that nothing was refunded, and frees an amount that is gone.',
    mend:
      'Keep with each key whether it was sent before. If it was, answer 504 outcome_unknown with effect: unknown when there is no ' +
      'token, and hold the amount.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      await assumeAnySumIsKept(world);
      await assumeFiguresHold(world);
      for (const fault of [WRONG_KEY, ...TOKEN_FAULTS]) await staysUnknown(world, fault);
    },
  },
];

/** @throws Mismatch when the calls of one refund have several keys */
function expectOneKey({ profile }: World, calls: readonly ProviderCall[], what: string, exchange: Exchange): void {
  const count = countSends(calls, profile.keyHeader);
  expect(count <= 1, `one ${profile.keyHeader} in all calls of ${what}`, `there were ${count}`, exchange);
}

/** Loses the answer to a refund, and sends its key again while the proxy gets no token. */
async function staysUnknown(world: World, fault: string): Promise<void> {
  const payment = await world.payment();
  const amount = share(payment, 60n);
  const { key, exchange } = await loseRefund(world, payment, amount, LOSSES[0]);
  if (world.claim(exchange) === 'nothing') throw new NotJudged('It says that no money moved: see lost-answer');
  await assumeHeld(world, { payment, key, amount, what: LOSSES[0].what });
  const what = `a lost answer, and ${fault} where a token is fetched for the same key`;
  await withDeadToken(world, async () => {
    await loseToken(world, fault);
    const again = await world.refund(payment, amount, { key });
    await world.sandbox.clearScenarios();
    world.recorder.clear();
    const came = `${outcomeOf(again)} says that no money moved`;
    expect(world.claim(again) !== 'nothing', `an unknown outcome after ${what}`, came, again);
    await expectHeld(world, { payment, key, amount, what });
    await freesNothing(world, payment, what, again);
  });
}

/** From now on the proxy gets no token. */
async function loseToken(world: World, fault: string): Promise<void> {
  if (fault === WRONG_KEY) refuseKeys(world);
  else await world.scenario(fault, {}, { times: MANY_CALLS, route: 'connect_token' });
}

/** A read of the proxy's own may fetch another token before the fault is there. */
const TRIES = 3;

/** The proxy needs another token, and this fault keeps it from getting one. */
async function saysThatNothingWasSent(world: World, fault: string): Promise<void> {
  for (let time = 0; time < TRIES; time += 1) {
    const payment = await world.payment();
    if (await withDeadToken(world, () => refundsWithoutToken(world, payment, fault))) return;
  }
  throw new NotJudged('The proxy fetched no token when the provider refused its old one: see token-renewed');
}

/** Whether the proxy was kept from a token. */
async function refundsWithoutToken(world: World, payment: Payment, fault: string): Promise<boolean> {
  await loseToken(world, fault);
  const watch = world.watch();
  const key = world.key();
  const first = await world.refund(payment, '1.00', { key });
  await world.sandbox.clearScenarios();
  world.recorder.clear();
  if (watch.tokens().length === 0) return false;
  expect(world.claim(first) === 'nothing', 'an answer that nothing was sent', `it was ${outcomeOf(first)}`, first);
  const second = await world.refund(payment, '1.00', { key });
  expect(
    world.claim(second) === 'refunded',
    'the refund, when there is a token again',
    `it was ${outcomeOf(second)}`,
    second,
  );
  const refundCount = await world.refunds(payment);
  expect(refundCount === 1, 'one refund at the provider', `there are ${refundCount}`, second);
  return true;
}

/**
 * Runs while the provider refuses the proxy's token, and lets it take that token again afterwards. Otherwise a proxy that
 * fetches no other token reaches the provider in none of the checks that follow.
 */
async function withDeadToken<Value>(world: World, run: () => Promise<Value>): Promise<Value> {
  const { profile, recorder } = world;
  const path = profile.prefix + profile.tokenPath;
  const last = recorder.calls.findLast((call) => call.path === path && tokenIn(call.answer?.text) !== undefined);
  const old = tokenIn(last?.answer?.text);
  if (!last || old === undefined) throw new NotJudged('The proxy has fetched no token in this run');
  const token = await fetchToken(world, last);
  try {
    return await run();
  } finally {
    recorder.replace(old, token);
  }
}

/** Fetches another token with the proxy's credentials, as a colleague's script would. UQPAY then ends the old token. */
async function fetchToken({ sandbox }: World, { path, headers }: ProviderCall): Promise<string> {
  const credentials = Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('x-')));
  const answer = await fetch(`${sandbox.url}${path}`, { method: 'POST', headers: credentials });
  const token = tokenIn(await answer.text());
  if (token === undefined)
    throw new NotJudged(`The sandbox gave no token for the proxy's credentials: ${answer.status}`);
  return token;
}

/** From now on the provider sees a wrong key where the proxy fetches a token. */
function refuseKeys({ profile, recorder }: World): void {
  const headers = Object.fromEntries(profile.secretHeaders.map((name) => [name, 'verify-wrong-key']));
  const rule = { method: 'POST', path: `${profile.prefix}${profile.tokenPath}`, headers };
  for (let call = 0; call < MANY_CALLS; call += 1) recorder.rewrite(rule);
}
