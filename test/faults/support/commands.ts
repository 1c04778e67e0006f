import assert from 'node:assert/strict';

import fc, { type AsyncCommand } from 'fast-check';

import { paymentSummary, type PaymentSummary } from '../../../contract/index.ts';
import type { ProviderName } from './ground.ts';
import { checkAlways, checkSummary, checkTold, minor, truthOf } from './invariants.ts';
import { CUTS, type Cut, type Posted, type Trouble, type Wanted, type World } from './world.ts';

/** What an admin, the network, the provider or the machine does next. `Model` is what the browsers hold. */
type Step = AsyncCommand<Model, World>;

/** The simple model: what was asked under which key, and what is therefore certainly free. */
export interface Model {
  readonly wanted: Wanted[];
}

const DAY = 24 * 3_600_000;
/** UQPAY sends nothing again after a day; ten minutes less are left for clocks. */
const RESEND_WINDOW = DAY - 11 * 60_000;

class Do<Values> implements Step {
  readonly #name: string;
  readonly #values: Values;
  readonly #needs: ((model: Readonly<Model>, values: Values) => boolean) | undefined;
  readonly #run: (world: World, values: Values) => Promise<void>;

  constructor(
    name: string,
    values: Values,
    run: (world: World, values: Values) => Promise<void>,
    needs?: (model: Readonly<Model>, values: Values) => boolean,
  ) {
    this.#name = name;
    this.#values = values;
    this.#run = run;
    this.#needs = needs;
  }

  check(model: Readonly<Model>): boolean {
    return this.#needs?.(model, this.#values) ?? true;
  }

  async run(_model: Model, world: World): Promise<void> {
    await this.#run(world, this.#values);
    await checkAlways(world);
  }

  toString(): string {
    return `${this.#name} ${JSON.stringify(this.#values)}`;
  }
}

const some = ({ wanted }: Readonly<Model>) => wanted.length > 0;
const pick = <T>(list: readonly T[], index: number): T => list[index % list.length]!;

const FAULTS: Readonly<Record<ProviderName, readonly Trouble[]>> = {
  uqpay: [
    ...both(),
    { scenario: 'fail' },
    { scenario: 'fast_fail' },
    { scenario: 'fast_success' },
    { scenario: 'reversal' },
    { scenario: 'webhook_before_answer' },
    { scenario: 'webhook_duplicate' },
    { scenario: 'webhook_delay' },
    { scenario: 'webhook_reorder' },
    { scenario: 'webhook_drop' },
    { scenario: 'webhook_forged' },
    { scenario: 'webhook_stale' },
  ],
  upayments: [...both(), { scenario: 'forbidden' }, { scenario: 'status_false' }, { scenario: 'fast_success' }],
};

function both(): readonly Trouble[] {
  return [
    { scenario: 'drop_before_commit' },
    { scenario: 'drop_after_commit' },
    { scenario: 'drop_at_byte', params: { byte: 1 } },
    { scenario: 'drop_at_byte', params: { byte: 40 } },
    { scenario: 'server_error' },
    { scenario: 'server_error', params: { status: 503 } },
    { scenario: 'server_error', params: { after_commit: 1 } },
    { scenario: 'rate_limited' },
    { scenario: 'malformed_json' },
    { scenario: 'truncated_json' },
    { scenario: 'wrong_content_type' },
    { scenario: 'insufficient_balance' },
  ];
}

/** Sends, and compares what was told with what the provider has. */
async function send(
  world: World,
  posts: Parameters<World['post']>[0],
  breaks: { cut?: Cut; trouble?: Trouble | undefined } = {},
): Promise<Posted[]> {
  if (breaks.cut !== undefined && breaks.cut !== 'none') world.tokens += 1;
  const posted = await world.post(posts, breaks);
  checkTold(posted, await checkAlways(world));
  return posted;
}

/** What nobody has asked for yet, or was told that it came to nothing. */
function certainlyFree(world: World, order: number): bigint {
  const { captured, currency } = world.orders[order]!;
  const asked = world.wanted.filter((wanted) => wanted.order === order && wanted.told.at(-1)?.says !== 'nothing');
  return minor(captured, currency) - asked.reduce((sum, { amount }) => sum + amount, 0n);
}

async function create(
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
  const mine = world.wanted.filter((wanted) => wanted.order === order);
  const isCalm = mine.every(({ told }) => told.at(-1)?.says !== 'unknown');
  const wanted = world.want(order, units);
  const expected = stale ? world.expected.get(order) : undefined;
  const [posted] = await send(world, [{ wanted, via, expected }], { cut, trouble });
  if (cut === 'none' && !trouble && expected === undefined && isCalm && wanted.amount <= free) {
    assert.equal(
      posted!.told.says,
      'refunded',
      `a refund within what is free was answered ${JSON.stringify(posted!.told)}`,
    );
  }
}

async function anotherAmount(world: World, { which, units }: { which: number; units: number }): Promise<void> {
  const wanted = pick(world.wanted, which);
  const { key, order } = wanted;
  const amount = minor(`${units}.5`, world.orders[order]!.currency);
  // The key may have been given to just this amount before, and then it is a repetition.
  if (amount === wanted.amount) return;
  const body = world.body(key, order, amount);
  const known = await world.ground.witness.intent(world.merchant, key);
  const [posted] = await send(world, [{ wanted, via: 0, body, amount }]);
  if (known) {
    assert.notEqual(posted!.told.says, 'refunded', 'the same key with another body is refused');
    wanted.told.pop();
  } else {
    // The first request was refused before anything was written, so the key is free for this one.
    Object.assign(wanted, { body, amount, firstAt: world.clock.now });
  }
}

async function reload(
  world: World,
  { order, via }: { order: number; via: number },
): Promise<PaymentSummary | undefined> {
  const { payment_id } = world.orders[order]!;
  const response = await world.get(`/payments/${payment_id}`, via);
  if (!response.ok) {
    await response.text();
    return undefined;
  }
  const summary = paymentSummary.parse(await response.json());
  world.expected.set(order, summary.refundable);
  checkSummary(world, { order, ...summary }, await truthOf(world));
  return summary;
}

/** A person who looks at the provider's own dashboard, and says what is there. */
async function resolveUnknown(world: World): Promise<void> {
  const unknown = await world.ledger.intents(world.scope, { states: ['unknown'], limit: 50 });
  const truth = await truthOf(world);
  for (const intent of unknown) {
    const own = truth.find(({ key }) => key === intent.key);
    const answer = await world.send(`/intents/${intent.id}/resolve`, world.newKey(), {
      outcome: own?.counts ? 'initiated' : 'nothing',
      reason: 'as the dashboard shows it',
      ...(own && { refund_id: own.id }),
    });
    assert.equal(answer.status, 200, await answer.text());
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
  const { control } = world.ground;
  const sent = (await control.flushWebhooks()).filter(({ provider }) => provider === world.provider);
  if (sent.length === 0) return;
  await control.resendWebhook(pick(sent, which).id);
  await control.flushWebhooks();
}

/** The answer is lost, and the admin asks what became of it, perhaps after a while. */
async function lostAndAsked(
  world: World,
  { order, units, how, seconds }: { order: number; units: number; how: 'timeout' | 'kill_after_call'; seconds: number },
): Promise<void> {
  const wanted = world.want(order, units);
  await send(world, [{ wanted, via: 0 }], { cut: how });
  if (seconds > 0) await world.pass(seconds * 1_000);
  await send(world, [{ wanted, via: 0 }]);
}

/** A read tells how the refund ended before the webhook comes that tells how it began. */
async function overtaken(world: World, { order, units }: { order: number; units: number }): Promise<void> {
  const { control } = world.ground;
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

async function cancel(world: World, { order }: { order: number }): Promise<void> {
  const summary = await reload(world, { order, via: 0 });
  const refund = summary?.refunds?.find(({ standing, refund_id: id }) => standing === 'pending' && id);
  if (!refund) return;
  const { orderId, refundOrderId } = refund.references as Record<string, string>;
  const response = await world.send('/delete-refund', world.newKey(), { orderId, refundOrderId });
  await response.text();
}

/** Another program of the merchant's signs in with the same client, which kills the proxy's token. */
async function killToken(world: World): Promise<void> {
  world.tokens += 2;
  await fetch(`${world.ground.sandbox.uqpayUrl}/v1/connect/token`, {
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
  const { control } = world.ground;
  world.tokens += 2;
  await control.scenario(scenario, { provider: world.provider, route: '*', times: 2 });
  await reload(world, { order, via: 0 });
  for (const proxy of world.proxies) await proxy.reconcile();
  await control.clearScenarios();
}

/** Every kind of step, as often as its weight says. */
export function steps(provider: ProviderName): fc.Arbitrary<Step>[] {
  const order = fc.nat({ max: 1 });
  const via = fc.nat({ max: 1 });
  const which = fc.nat({ max: 7 });
  const units = fc.constantFrom(10, 20, 20, 20, 35, 60, 100);
  const cut = fc.oneof(
    { weight: 3, arbitrary: fc.constant('none' as const) },
    { weight: 2, arbitrary: fc.constantFrom(...CUTS) },
  );
  const trouble = fc.option(fc.constantFrom(...FAULTS[provider]), { nil: undefined, freq: 2 });
  const make = <Values>(
    name: string,
    values: fc.Arbitrary<Values>,
    run: (world: World, values: Values) => Promise<unknown>,
    needs?: (model: Readonly<Model>, values: Values) => boolean,
  ): fc.Arbitrary<Step> =>
    values.map((drawn) => new Do(name, drawn, async (world, given) => void (await run(world, given)), needs));

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
        ]
      : [
          make('a person settles what is unknown', fc.constant({}), resolveUnknown),
          make('cancel', fc.record({ order }), cancel),
        ];
  return [...shared, ...own];
}

/** Everything that broke is whole again: what is unknown becomes known, and nothing more moves. */
export async function comeToRest(world: World): Promise<void> {
  const { control } = world.ground;
  await control.clearScenarios();
  await world.pass(2 * 3_600_000);
  for (const proxy of world.proxies) await proxy.reconcile();
  for (const [order] of world.orders.entries()) await reload(world, { order, via: 0 });
  if (world.provider === 'upayments') await resolveUnknown(world);
  for (const wanted of world.wanted) {
    const last = wanted.told.at(-1);
    if (last?.says !== 'unknown' || world.clock.now - wanted.firstAt > RESEND_WINDOW) continue;
    const [again] = await send(world, [{ wanted, via: 0 }]);
    const isKnown = again!.told.says !== 'unknown' || world.provider === 'upayments';
    assert.ok(isKnown, `still unknown when everything is whole again: ${JSON.stringify(again!.told)}`);
  }
  await world.pass(3 * DAY);
  for (let round = 0; round < 2; round += 1) for (const proxy of world.proxies) await proxy.reconcile();
  for (const [order] of world.orders.entries()) assert.ok(await reload(world, { order, via: 0 }), 'the page loads');
  const truth = await checkAlways(world);
  const rows = await world.reservations();
  for (const { id, isPaid, counts } of truth) {
    const row = rows.find(({ refundId }) => refundId === id);
    if (!row) continue;
    const isPaidHere = ['succeeded', 'reversing', 'reversed'].includes(row.standing);
    assert.equal(isPaidHere, isPaid && counts, `at rest the ledger has ${id} as ${row.standing}`);
  }
  if (world.provider === 'uqpay') {
    const fetched = await control.count({ provider: 'uqpay', path: '/uqpay/api/v1/connect/token' });
    assert.ok(fetched <= world.tokens, `${fetched} tokens were fetched, ${world.tokens} were needed at most`);
  }
}
