import assert from 'node:assert/strict';

import fc from 'fast-check';

import type { Screen } from './browser-screen.ts';
import { WIRE_FAULTS, type WireFault } from './front.ts';
import { ask, confirm, divide, fill, refundElsewhere, resolveAll, type Trouble } from './people.ts';
import { checkQuiet } from './quiet.ts';
import type { ShopName } from './size.ts';
import { make, pick, type Step } from './step.ts';
import { Verdict } from './verdict.ts';
import { USERS, type World } from './world.ts';

const TROUBLES: readonly Trouble[] = [
  { scenario: 'drop_before_commit' },
  { scenario: 'drop_after_commit' },
  { scenario: 'server_error', params: { after_commit: 1 } },
  { scenario: 'rate_limited' },
  { scenario: 'malformed_json' },
  { scenario: 'insufficient_balance' },
  { scenario: 'fast_success' },
];
const OWN: Readonly<Record<ShopName, readonly Trouble[]>> = {
  uqpay: [...TROUBLES, { scenario: 'fail' }, { scenario: 'fast_fail' }, ...twice({ scenario: 'reversal' })],
  naive: [...TROUBLES, { scenario: 'fail' }, ...twice({ scenario: 'reversal' })],
  upayments: [...TROUBLES, { scenario: 'status_false' }, { scenario: 'vendor_short' }, { scenario: 'vendor_tampered' }],
};

function twice(trouble: Trouble): readonly Trouble[] {
  return [trouble, trouble];
}

type OfScreen = { readonly s: number };
const screenOf = ({ screens }: World, { s }: OfScreen): Screen => pick(screens, s);
const isAt =
  (...states: string[]) =>
  (world: World, values: OfScreen): boolean =>
    states.includes(screenOf(world, values).at);
const isThere = (world: World, values: OfScreen): boolean => screenOf(world, values).at !== 'detached';

const s = fc.nat({ max: 4 });
const userOf = fc.nat({ max: 1 });
const units = fc.constantFrom(10, 20, 40, 'shown' as const, 'shown' as const, 'everything' as const);
const fault = fc.oneof(
  { weight: 3, arbitrary: fc.constant<WireFault | undefined>(undefined) },
  { weight: 2, arbitrary: fc.constantFrom<WireFault | undefined>(...WIRE_FAULTS) },
);

/** Every kind of step, as often as its weight says. */
export function steps(name: ShopName): fc.Arbitrary<Step>[] {
  const trouble = fc.option(fc.constantFrom(...OWN[name]), { nil: undefined, freq: 2 });
  const asked = fc.record({ s, chosen: units, trouble, fault, twice: fc.boolean() });
  const resets = screenOf;
  const asking = make('ask', asked, (world, wanted) => ask(world, screenOf(world, wanted), wanted), {
    can: isAt('editing'),
    resets,
  });
  const passing = make('time passes', fc.record({ seconds: fc.constantFrom(3, 6, 25, 40, 90, 400, 15_000) }), (world, { seconds }) =>
    world.pass(seconds * 1_000),
  );
  const looking = make('look again', fc.record({ s }), lookAgain, { can: isThere });
  const checking = make('check status', fc.record({ s, fault }), check, {
    can: (world, values) => screenOf(world, values).can('check'),
    resets,
  });
  return [
    asking,
    asking,
    asking,
    passing,
    passing,
    looking,
    looking,
    checking,
    checking,
    make('fill in', fc.record({ s, chosen: units }), (world, { s, chosen }) => fill(world, pick(world.screens, s), chosen), {
      can: isAt('editing'),
      resets,
    }),
    make('review', fc.record({ s }), (world, one) => screenOf(world, one).press('review'), { can: isAt('editing'), resets }),
    make('confirm', asked, (world, one) => confirm(world, screenOf(world, one), one), { can: isAt('review'), resets }),
    make('change', fc.record({ s }), (world, one) => screenOf(world, one).press('change'), {
      can: isAt('review', 'vendors_review'),
    }),
    make('another refund', fc.record({ s }), (world, one) => screenOf(world, one).press('again'), {
      can: (world, values) => screenOf(world, values).can('again'),
      resets,
    }),
    make('load again', fc.record({ s }), (world, one) => screenOf(world, one).press('reload'), {
      can: (world, values) => screenOf(world, values).can('reload'),
    }),
    make('reload the page', fc.record({ s }), (world, one) => world.reload(screenOf(world, one)), {
      can: (world, one) => !world.offline.has(screenOf(world, one).options.user),
      resets,
    }),
    ...moves(),
    ...others(name),
    ...(name === 'upayments' ? vendors(trouble) : []),
  ];
}

async function lookAgain(world: World, one: OfScreen): Promise<void> {
  const screen = screenOf(world, one);
  await screen.refetch();
  await world.settle();
  const { user } = screen.options;
  const isCut = world.offline.has(user) || world.front.isSignedOut(user);
  // UPayments tells of what has settled only when it is asked for each refund.
  if (isCut || world.shop.provider === 'upayments' || ['loading', 'load_failed'].includes(screen.at)) return;
  const isHeld = world.screens.some(({ id }) => world.front.heldOf(id) > 0);
  if (isHeld || screen.at !== 'editing') return;
  const verdict = new Verdict();
  await checkQuiet(world, screen, verdict);
  verdict.give();
}

async function check(world: World, { s, fault }: { s: number; fault: WireFault | undefined }): Promise<void> {
  const screen = pick(world.screens, s);
  await world.withFault(screen, fault, () => screen.press('check'));
}

/** What a host page does to the element. */
function moves(): fc.Arbitrary<Step>[] {
  const how = fc.constantFrom('append', 'insertBefore', 'moveBefore', 'wrap', 'remove');
  const moving = make('move', fc.record({ s, how }), (world, one) => screenOf(world, one).move(one.how), { can: isThere });
  return [
    moving,
    moving,
    make('take out', fc.record({ s }), (world, one) => screenOf(world, one).detach(), { can: isThere }),
    make('put back', fc.record({ s }), (world, one) => screenOf(world, one).attach(), {
      can: (world, one) => screenOf(world, one).isDetached,
    }),
    make('draw the host page again', fc.record({ s }), (world, one) =>
      screenOf(world, one).page.evaluate(() => window.host.again()),
    ),
    make('hide the tab', fc.record({ s }), (world, one) => screenOf(world, one).hide(true)),
    make('show the tab', fc.record({ s }), (world, one) => screenOf(world, one).hide(false), {
      can: (world, one) => screenOf(world, one).isHidden,
    }),
  ];
}

/** What others do, and the network. */
function others(name: ShopName): fc.Arbitrary<Step>[] {
  const user = (index: number) => USERS[index]!;
  return [
    make('sign out', fc.record({ u: userOf, how: fc.constantFrom('json', 'redirect') }), async ({ front }, { u, how }) =>
      front.signOut(user(u), how),
    ),
    make('sign in', fc.record({ u: userOf }), async ({ front }, { u }) => front.signIn(user(u)), {
      can: ({ front }, { u }) => front.isSignedOut(user(u)),
    }),
    make('go offline', fc.record({ u: userOf }), (world, { u }) => world.setOffline(user(u), true)),
    make('come back online', fc.record({ u: userOf }), (world, { u }) => world.setOffline(user(u), false), {
      can: ({ offline }, { u }) => offline.has(user(u)),
    }),
    make('what waits goes on', fc.constant({}), async ({ front }) => front.letGo(), {
      can: ({ front, screens }) => screens.some(({ id }) => front.heldOf(id) > 0),
    }),
    make('refund elsewhere', fc.record({ order: fc.nat({ max: 1 }), units: fc.constantFrom(5, 15, 50) }), (world, { order, units }) =>
      refundElsewhere(world, order, units),
    ),
    ...(name === 'naive'
      ? []
      : [
          make('a person settles what is unknown', fc.constant({}), resolveAll),
          make('reconcile', fc.constant({}), ({ shop }) => shop.proxy!.reconcile()),
          make('a webhook comes again', fc.record({ which: fc.nat({ max: 5 }) }), webhookAgain),
        ]),
  ];
}

async function webhookAgain({ eyes: { ground }, shop }: World, { which }: { which: number }): Promise<void> {
  const sent = (await ground.control.flushWebhooks()).filter(({ provider }) => provider === shop.provider);
  if (sent.length === 0) return;
  await ground.control.resendWebhook(pick(sent, which).id);
  await ground.control.flushWebhooks();
}

function vendors(trouble: fc.Arbitrary<Trouble | undefined>): fc.Arbitrary<Step>[] {
  const how = fc.constantFrom('split' as const, 'first' as const, 'zeros' as const);
  const dividing = make('divide', fc.record({ s, how }), (world, one) => divide(world, screenOf(world, one), one.how), {
    can: isAt('vendors'),
    resets: screenOf,
  });
  const confirming = make(
    'confirm the parts',
    fc.record({ s, trouble, fault, twice: fc.boolean() }),
    (world, one) => confirm(world, screenOf(world, one), { chosen: 'shown', ...one }),
    { can: isAt('vendors_review'), resets: screenOf },
  );
  return [
    dividing,
    dividing,
    confirming,
    confirming,
    make('cancel', fc.record({ s, fault, sure: fc.boolean() }), cancel, {
      can: (world, one) => screenOf(world, one).can('cancel'),
    }),
  ];
}

async function cancel(world: World, { s, fault }: { s: number; fault: WireFault | undefined }): Promise<void> {
  const screen = pick(world.screens, s);
  await screen.press('cancel');
  await screen.busy();
  await world.withFault(screen, fault, () => screen.press('cancelYes'));
  assert.ok(screen.facts, `${screen.id} shows something`);
}
