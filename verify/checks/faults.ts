import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import type { Payment } from '../profile.ts';
import type { World } from '../world.ts';
import { shown } from './idempotency.ts';

export interface Loss {
  readonly scenario: string;
  readonly params?: Readonly<Record<string, number>>;
}

/** Ways in which the provider refunds and the proxy does not learn of it. */
export const LOSSES: readonly Loss[] = [
  { scenario: 'drop_after_commit' },
  { scenario: 'server_error', params: { after_commit: 1 } },
  { scenario: 'truncated_json' },
  { scenario: 'wrong_content_type' },
];

/** How much later than the proxy's own patience a slow provider answers. Milliseconds. */
export const lateness = (timeoutMs: number) => Math.max(500, Math.ceil(timeoutMs / 4));

const UNKNOWN =
  'Answer 504 outcome_unknown, or pass the 5xx on: a timeout, a dropped connection, a 5xx and an unreadable body all mean ' +
  'that the provider may have refunded.';

export const FAULTS: readonly Check[] = [
  {
    id: 'lost-answer',
    title: 'A lost answer is never reported as a failure',
    level: 'required',
    why: 'The provider has refunded: an admin who reads that it failed refunds again.',
    mend: UNKNOWN,
    async run(world) {
      for (const { scenario, params } of LOSSES) {
        const payment = await world.payment();
        await world.scenario(scenario, params);
        const exchange = await world.refund(payment, '1.00');
        expect(
          world.claim(exchange) !== 'nothing',
          'word that the outcome is unknown',
          `it was ${shown(exchange)}`,
          exchange,
        );
        await madeOnce(world, payment, exchange);
      }
    },
  },
  {
    id: 'never-resent',
    title: 'The proxy does not send again what the provider cannot recognise',
    level: 'required',
    why: 'HTTP libraries retry by themselves. At a provider without idempotency every retry is another refund.',
    mend: 'Switch the retries of your HTTP client off for writes; where the provider takes a key, send the same one again.',
    async run(world) {
      for (const scenario of ['drop_after_commit', 'drop_before_commit', 'rate_limited']) {
        const payment = await world.payment();
        await world.scenario(scenario);
        const watch = world.watch();
        const exchange = await world.refund(payment, '1.00');
        const sends = watch.creates(payment);
        const { keyHeader } = world.profile;
        const different =
          keyHeader === undefined ? sends.length : new Set(sends.map(({ headers }) => headers[keyHeader])).size;
        const what = keyHeader === undefined ? 'one call' : 'one key in all calls';
        expect(different <= 1, what, `there were ${different}`, exchange);
      }
    },
  },
  {
    id: 'lost-answer-same-key',
    title: 'After a lost answer the same key makes no second refund',
    level: 'promised',
    why: 'This is what Check status does. It must find out what happened, and never do it once more.',
    mend:
      'Where the provider takes a key, send the same one again within its 24 hours; otherwise only read, and answer ' +
      '504 outcome_unknown until a person has settled it.',
    async run(world) {
      for (const { scenario, params } of [...LOSSES, { scenario: 'drop_before_commit', params: {} }]) {
        const payment = await world.payment();
        const key = world.key();
        const watch = world.watch();
        await world.scenario(scenario, params);
        await world.refund(payment, '1.00', { key });
        await settledTruly(world, payment, await world.refund(payment, '1.00', { key }));
        const sends = watch.creates(payment).length;
        const { deduplicates } = world.profile;
        expect(deduplicates || sends === 1, 'one call of the provider', `there were ${sends}`);
      }
    },
  },
  {
    id: 'slow-provider',
    title: 'A provider that is too slow is not reported as a failure',
    level: 'required',
    why: 'It carries the refund out while nobody listens any more.',
    mend: UNKNOWN,
    async run(world) {
      const { payment, key, exchange, wait } = await slowRefund(world);
      expect(
        world.claim(exchange) !== 'nothing',
        'word that the outcome is unknown',
        `it was ${shown(exchange)}`,
        exchange,
      );
      await world.clock.pause(Math.max(0, wait - exchange.answer.ms) + 100);
      await madeOnce(world, payment, exchange);
      if (!world.deduplicates && !world.profile.deduplicates) return;
      await settledTruly(world, payment, await world.refund(payment, '1.00', { key }));
    },
  },
  {
    id: 'slow-provider-bounded',
    title: 'The proxy stops waiting for a slow provider',
    level: 'recommended',
    why: 'Requests that hang use up your server, and the person who waits starts to click.',
    mend: 'Give every call of the provider a time limit (ours is 20 seconds), and tell verify with --proxy-timeout if yours is another.',
    async run(world) {
      const { exchange, wait } = await slowRefund(world);
      const { ms } = exchange.answer;
      expect(ms < wait, `an answer within ${wait} ms`, `it took ${Math.round(ms)} ms`, exchange);
    },
  },
  {
    id: 'rate-limit',
    title: 'A 429 of the provider comes back, and the same key may try again',
    level: 'recommended',
    why: 'Nothing was carried out. The form can wait as long as Retry-After says and repeat.',
    mend: 'Pass status, body and Retry-After on, and do not keep a 429 as the final answer of its key.',
    async run(world) {
      const payment = await world.payment();
      const key = world.key();
      await world.scenario('rate_limited', { retry_after: 7 });
      const first = await world.refund(payment, '1.00', { key });
      const { status, headers } = first.answer;
      expect(status === 429, 'status 429', `it was ${shown(first)}`, first);
      expect(headers['retry-after'] === '7', 'Retry-After: 7', `it was ${headers['retry-after'] ?? 'missing'}`, first);
      const second = await world.refund(payment, '1.00', { key });
      expect(world.claim(second) === 'refunded', 'the refund', `it was ${shown(second)}`, second);
      await madeOnce(world, payment, second);
    },
  },
  {
    id: 'token-renewed',
    title: 'A token that died is renewed, with the same key',
    level: 'recommended',
    why: 'UQPAY kills the old token when another is issued, to a colleague’s script for one. Until it expires nothing would work.',
    mend: 'On a 401 fetch a token once, and send the same request with the same x-idempotency-key again.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, '1.00');
      await killToken(world);
      const exchange = await world.refund(payment, '1.00');
      expect(world.claim(exchange) === 'refunded', 'the refund', `it was ${shown(exchange)}`, exchange);
      const made = await world.refunds(payment);
      expect(made === 2, 'two refunds', `there are ${made}`, exchange);
    },
  },
  {
    id: 'token-shared',
    title: 'One token serves many requests',
    level: 'recommended',
    why: 'Each new token kills the one that a request beside it is just using.',
    mend: 'Fetch a token once, share it between requests and instances, and renew it shortly before it expires.',
    appliesTo: ({ tokenPath }) => tokenPath !== undefined,
    async run(world) {
      const payment = await world.payment();
      await world.refund(payment, '1.00');
      const watch = world.watch();
      for (let time = 0; time < 4; time += 1) await world.refund(payment, '1.00');
      const fetched = watch.tokens().length;
      expect(fetched <= 1, 'no more than one token for four refunds', `${fetched} were fetched`);
    },
  },
];

async function madeOnce(world: World, payment: Payment, exchange: Exchange): Promise<void> {
  const made = await world.refunds(payment);
  expect(made === 1, 'one refund at the provider', `there are ${made}`, exchange);
}

/** At most one refund, and an answer that says no more and nothing else than that. */
async function settledTruly(world: World, payment: Payment, exchange: Exchange): Promise<void> {
  const made = await world.refunds(payment);
  expect(made <= 1, 'at most one refund at the provider', `there are ${made}`, exchange);
  const claim = world.claim(exchange);
  const isTrue = claim === 'refunded' ? made === 1 : claim === 'nothing' ? made === 0 : true;
  expect(isTrue, made === 1 ? 'the refund, or unknown' : 'no word of a refund', `it claims: ${claim}`, exchange);
}

async function slowRefund(world: World) {
  const payment = await world.payment();
  const key = world.key();
  const wait = world.proxyTimeoutMs + lateness(world.proxyTimeoutMs);
  await world.scenario('latency', { ms: wait });
  const exchange = await world.refund(payment, '1.00', { key });
  return { payment, key, exchange, wait };
}

/** As a colleague's script would: with the credentials that the proxy itself has used. */
async function killToken({ profile, recorder, sandbox }: World): Promise<void> {
  const path = profile.prefix + profile.tokenPath;
  const last = recorder.calls.findLast((call) => call.path === path);
  if (!last) return;
  const headers = Object.fromEntries(Object.entries(last.headers).filter(([name]) => name.startsWith('x-')));
  await fetch(`${sandbox.url}${path}`, { method: 'POST', headers });
}
