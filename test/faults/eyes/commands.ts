import fc from 'fast-check';

import type { Chosen, Screen } from './browser-screen.ts';
import { WIRE_FAULTS, type WireFault } from './front.ts';
import { recordElsewhere, refundElsewhere } from './elsewhere.ts';
import { again, ask, confirm, divide, fill, resolveAll, typeThousands, type Ask, type Trouble } from './people.ts';
import { checkQuiet, checkStrangers } from './quiet.ts';
import type { ShopName } from './size.ts';
import { make, pick, type Step } from './step.ts';
import { truthOf } from './truth.ts';
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
const reversals: readonly Trouble[] = [{ scenario: 'reversal' }, { scenario: 'reversal' }];
const OWN: Readonly<Record<ShopName, readonly Trouble[]>> = {
  uqpay: [...TROUBLES, { scenario: 'fail' }, { scenario: 'fast_fail' }, ...reversals],
  naive: [...TROUBLES, { scenario: 'fail' }, ...reversals],
  upayments: [...TROUBLES, { scenario: 'status_false' }, { scenario: 'vendor_short' }, { scenario: 'vendor_tampered' }],
};

type OfScreen = { readonly s: number };
const screenOf = ({ screens }: World, { s }: OfScreen): Screen => pick(screens, s);
const isAt =
  (...states: string[]) =>
  (world: World, values: OfScreen): boolean =>
    states.includes(screenOf(world, values).at);
const isOnline = (world: World, values: OfScreen): boolean => !world.offline.has(screenOf(world, values).options.user);
const isThere = (world: World, values: OfScreen): boolean => screenOf(world, values).at !== 'detached';

const s = fc.nat({ max: 4 });
const userOf = fc.nat({ max: 1 });
const units = fc.constantFrom<Chosen>(10, 20, 40, 'shown', 'shown', 'everything');
const someVendors = fc.constantFrom<Chosen>(10, 20, 40, 'least', 'least', 'shown', 'everything');
const aFault = (name: ShopName) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<WireFault | undefined>(undefined) },
    { weight: 2, arbitrary: fc.constantFrom<WireFault | undefined>(...WIRE_FAULTS) },
    { weight: 1, arbitrary: fc.constant<WireFault | undefined>(name === 'upayments' ? 'row_lost' : 'new_status') },
  );

/** Every kind of step, as often as its weight says. */
export function steps(name: ShopName): fc.Arbitrary<Step> {
  const trouble = fc.option(fc.constantFrom(...OWN[name]), { nil: undefined, freq: 2 });
  const chosen = name === 'upayments' ? someVendors : units;
  const fault = aFault(name);
  const wanted = fc.record({ s, chosen, trouble, fault, twice: fc.boolean(), how: HOW });
  const of = (can: (world: World, one: OfScreen) => boolean) => ({ can, resets: screenOf });
  return fc.oneof(
    { weight: 16, arbitrary: make('go on', wanted, goOn, of(isThere)) },
    {
      weight: 4,
      arbitrary: make(
        'fill in',
        wanted,
        (world, one) => fill(world, screenOf(world, one), one.chosen),
        of(isAt('editing')),
      ),
    },
    {
      weight: 4,
      arbitrary: make(
        'type thousands',
        fc.record({ s }),
        (world, one) => typeThousands(world, screenOf(world, one)),
        of(isAt('editing')),
      ),
    },
    {
      weight: 3,
      arbitrary: make(
        'review',
        wanted,
        (world, one) => screenOf(world, one).press('review'),
        of(isAt('editing', 'vendors')),
      ),
    },
    {
      weight: 2,
      arbitrary: make(
        'change',
        fc.record({ s }),
        (world, one) => screenOf(world, one).press('change'),
        of(isAt('review', 'vendors_review')),
      ),
    },
    { weight: 3, arbitrary: make('look again', fc.record({ s }), lookAgain, { can: isThere }) },
    {
      weight: 2,
      arbitrary: make(
        'reload the page',
        fc.record({ s }),
        (world, one) => world.reload(screenOf(world, one)),
        of(isOnline),
      ),
    },
    {
      weight: name === 'upayments' ? 0 : 2,
      arbitrary: make(
        'refund what is reversed soon',
        fc.record({ s }),
        (world, one) => refundReversed(world, screenOf(world, one)),
        of(isAt('editing')),
      ),
    },
    {
      weight: name === 'upayments' ? 4 : 0,
      arbitrary: make('refund vendors', wanted, refundVendors, of(isAt('editing'))),
    },
    { weight: 5, arbitrary: passing },
    { weight: 5, arbitrary: moves() },
    { weight: 9, arbitrary: others(name) },
  );
}

const HOW = fc.constantFrom('split' as const, 'first' as const, 'zeros' as const);
const passing = make(
  'time passes',
  fc.record({ seconds: fc.constantFrom(3, 6, 25, 40, 90, 400, 15_000) }),
  (world, { seconds }) => world.pass(seconds * 1_000),
);

/** All steps of a refund over vendors in a row; what breaks, breaks at the last. */
async function refundVendors(world: World, wanted: Wanted): Promise<void> {
  const screen = screenOf(world, wanted);
  await ask(world, screen, { ...wanted, fault: undefined, trouble: undefined, twice: false });
  await world.settle();
  if (screen.at === 'vendors') await divide(world, screen, wanted.how);
  if (screen.at === 'vendors_review') await confirm(world, screen, wanted);
}

/** From a refund to its success, and from there to the begin of its reversal. */
const SUCCEEDED_MS = 25_000;
const REVERSED_MS = 65_000;

async function refundReversed(world: World, screen: Screen): Promise<void> {
  const trouble: Trouble = { scenario: 'reversal_stays_initiated' };
  await ask(world, screen, { chosen: 10, trouble, fault: undefined, twice: false });
  await world.settle();
  await world.pass(SUCCEEDED_MS);
  await world.tick();
  await world.pass(REVERSED_MS);
}

export type Wanted = Ask & OfScreen & { readonly how: 'split' | 'first' | 'zeros' };

/** What a person would do next, in whatever state the form is. */
export async function goOn(world: World, wanted: Wanted): Promise<void> {
  const screen = screenOf(world, wanted);
  const { fault, twice } = wanted;
  switch (screen.at) {
    case 'editing':
      return ask(world, screen, wanted);
    case 'review':
    case 'vendors_review':
      return confirm(world, screen, wanted);
    case 'vendors':
      return divide(world, screen, wanted.how);
    default:
  }
  if (screen.can('cancel') && twice) return cancel(world, screen, fault);
  if (screen.can('again') && (twice || !screen.can('check'))) return again(world, screen);
  const next = (['check', 'reload'] as const).find((pressed) => screen.can(pressed));
  if (next) await world.withFault(screen, fault, () => screen.press(next));
}

export async function lookAgain(world: World, one: OfScreen): Promise<void> {
  const screen = screenOf(world, one);
  await screen.refetch();
  await world.settle();
  const { user } = screen.options;
  const isCut = world.offline.has(user) || world.front.isSignedOut(user);
  const isHeld = world.screens.some(({ id }) => world.front.heldOf(id) > 0);
  if (isCut || isHeld || screen.at !== 'editing') return;
  const verdict = new Verdict();
  // UPayments tells of what has settled only when it is asked for each refund.
  if (world.shop.provider === 'upayments') {
    checkStrangers(world, screen, { rows: await truthOf(world.shop), verdict });
  } else {
    await checkQuiet(world, screen, verdict);
  }
  verdict.give();
}

/** What a host page does to the element. */
function moves(): fc.Arbitrary<Step> {
  const how = fc.constantFrom('append', 'insertBefore', 'moveBefore', 'wrap', 'remove');
  const moving = make('move', fc.record({ s, how }), (world, one) => screenOf(world, one).move(one.how), {
    can: isThere,
  });
  return fc.oneof(
    moving,
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
  );
}

/** What others do, and the network. */
function others(name: ShopName): fc.Arbitrary<Step> {
  const user = (index: number) => USERS[index]!;
  return fc.oneof(
    make(
      'sign out',
      fc.record({ u: userOf, how: fc.constantFrom('json', 'redirect') }),
      async ({ front }, { u, how }) => front.signOut(user(u), how),
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
    make(
      'refund elsewhere',
      fc.record({ order: fc.nat({ max: 1 }), units: fc.constantFrom(5, 15, 50) }),
      (world, { order, units }) => refundElsewhere(world, order, units),
    ),
    ...(name === 'upayments'
      ? [make('the merchant records refunds made elsewhere', fc.constant({}), recordElsewhere)]
      : []),
    ...(name === 'naive'
      ? []
      : [
          make('a person settles what is unknown', fc.constant({}), resolveAll),
          make('reconcile', fc.constant({}), ({ shop }) => shop.proxy!.reconcile()),
          make('a webhook comes again', fc.record({ which: fc.nat({ max: 5 }) }), webhookAgain),
        ]),
  );
}

async function webhookAgain({ eyes: { testbed }, shop }: World, { which }: { which: number }): Promise<void> {
  const sent = (await testbed.control.flushWebhooks()).filter(({ provider }) => provider === shop.provider);
  if (sent.length === 0) return;
  await testbed.control.resendWebhook(pick(sent, which).id);
  await testbed.control.flushWebhooks();
}

async function cancel(world: World, screen: Screen, fault: WireFault | undefined): Promise<void> {
  await screen.press('cancel');
  await screen.busy();
  await world.withFault(screen, fault, () => screen.press('cancelYes'));
}
