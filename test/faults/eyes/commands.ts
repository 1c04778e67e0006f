import fc from 'fast-check';

import type { AmountChoice, Screen } from './browser-screen.ts';
import { WIRE_FAULTS, type WireFault } from './front.ts';
import { recordElsewhere, refundElsewhere } from './elsewhere.ts';
import {
  startAnotherRefund,
  ask,
  confirm,
  decide,
  divide,
  emptyStorage,
  fill,
  resolveAll,
  stateOutcome,
  typeThousands,
  type AskOptions,
  type Trouble,
} from './people.ts';
import { checkQuiet, checkUnrecorded } from './quiet.ts';
import type { ShopName } from './size.ts';
import { anyStep, pick, type Step } from './step.ts';
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
const SHOP_TROUBLES: Readonly<Record<ShopName, readonly Trouble[]>> = {
  uqpay: [...TROUBLES, { scenario: 'fail' }, { scenario: 'fast_fail' }, ...reversals],
  naive: [...TROUBLES, { scenario: 'fail' }, ...reversals],
  upayments: [...TROUBLES, { scenario: 'status_false' }, { scenario: 'vendor_short' }, { scenario: 'vendor_tampered' }],
};

type ScreenValues = { readonly s: number };
const screenOf = ({ screens }: World, { s }: ScreenValues): Screen => pick(screens, s);
const isAt =
  (...states: string[]) =>
  (world: World, values: ScreenValues): boolean =>
    states.includes(screenOf(world, values).at);
const isOnline = (world: World, values: ScreenValues): boolean =>
  !world.offline.has(screenOf(world, values).options.user);
const isAttached = (world: World, values: ScreenValues): boolean => screenOf(world, values).at !== 'detached';

const s = fc.nat({ max: 4 });
const userOf = fc.nat({ max: 1 });
const units = fc.constantFrom<AmountChoice>(10, 20, 40, 'shown', 'shown', 'everything');
const someVendors = fc.constantFrom<AmountChoice>(10, 20, 40, 'least', 'least', 'shown', 'everything');
const aFault = (name: ShopName) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<WireFault | undefined>(undefined) },
    { weight: 2, arbitrary: fc.constantFrom<WireFault | undefined>(...WIRE_FAULTS) },
    { weight: 1, arbitrary: fc.constant<WireFault | undefined>(name === 'upayments' ? 'row_lost' : 'new_status') },
  );

/** Every kind of step, with its weight. */
export function steps(name: ShopName): fc.Arbitrary<Step> {
  const trouble = fc.option(fc.constantFrom(...SHOP_TROUBLES[name]), { nil: undefined, freq: 2 });
  const chosen = name === 'upayments' ? someVendors : units;
  const fault = aFault(name);
  const askValues = fc.record({ s, chosen, trouble, fault, twice: fc.boolean(), how: DIVISIONS });
  const onScreen = (can: (world: World, values: ScreenValues) => boolean) => ({ can, resets: screenOf });
  return fc.oneof(
    { weight: 16, arbitrary: anyStep('go on', askValues, goOn, onScreen(isAttached)) },
    {
      weight: 4,
      arbitrary: anyStep(
        'fill in',
        askValues,
        (world, values) => fill(world, screenOf(world, values), values.chosen),
        onScreen(isAt('editing')),
      ),
    },
    {
      weight: 4,
      arbitrary: anyStep(
        'type thousands',
        fc.record({ s }),
        (world, values) => typeThousands(world, screenOf(world, values)),
        onScreen(isAt('editing')),
      ),
    },
    {
      weight: 3,
      arbitrary: anyStep(
        'review',
        askValues,
        (world, values) => screenOf(world, values).press('review'),
        onScreen(isAt('editing', 'vendors')),
      ),
    },
    {
      weight: 2,
      arbitrary: anyStep(
        'change',
        fc.record({ s }),
        (world, values) => screenOf(world, values).press('change'),
        onScreen(isAt('review', 'vendors_review')),
      ),
    },
    { weight: 3, arbitrary: anyStep('look again', fc.record({ s }), lookAgain, { can: isAttached }) },
    {
      weight: 2,
      arbitrary: anyStep(
        'reload the page',
        fc.record({ s }),
        (world, values) => world.reload(screenOf(world, values)),
        onScreen(isOnline),
      ),
    },
    {
      weight: name === 'upayments' ? 0 : 2,
      arbitrary: anyStep(
        'refund what is reversed soon',
        fc.record({ s }),
        (world, values) => refundReversed(world, screenOf(world, values)),
        onScreen(isAt('editing')),
      ),
    },
    {
      weight: name === 'upayments' ? 4 : 0,
      arbitrary: anyStep('refund vendors', askValues, refundVendors, onScreen(isAt('editing'))),
    },
    {
      weight: name === 'upayments' ? 2 : 0,
      arbitrary: anyStep('cancel in the list', fc.record({ s, fault }), cancelListed, {
        can: (world, values) => (['cancel', 'check'] as const).some((name) => screenOf(world, values).canListed(name)),
      }),
    },
    { weight: 5, arbitrary: timePasses },
    { weight: 5, arbitrary: moves() },
    { weight: 9, arbitrary: others(name) },
  );
}

const DIVISIONS = fc.constantFrom('split' as const, 'first' as const, 'zeros' as const);
const timePasses = anyStep(
  'time passes',
  fc.record({ seconds: fc.constantFrom(3, 6, 25, 40, 90, 400, 15_000) }),
  (world, { seconds }) => world.pass(seconds * 1_000),
);

/** Does all steps of a refund over vendors. Only the last one meets the fault. */
export async function refundVendors(world: World, values: AskValues): Promise<void> {
  const screen = screenOf(world, values);
  await ask(world, screen, { ...values, fault: undefined, trouble: undefined, twice: false });
  await world.settle();
  if (screen.at === 'vendors') await divide(world, screen, values.how);
  if (screen.at === 'vendors_review') await confirm(world, screen, values);
}

/** Milliseconds from a refund to its success, and from there to the start of its reversal. */
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

export type AskValues = AskOptions & ScreenValues & { readonly how: 'split' | 'first' | 'zeros' };

/** What a person would do next, in any state of the form. */
export async function goOn(world: World, values: AskValues): Promise<void> {
  const screen = screenOf(world, values);
  const { fault, twice, how } = values;
  if (twice && screen.facts?.raw.statement.isDrawn) return stateOutcome(world, screen, fault);
  if (twice && screen.can('decide')) return decide(world, screen, { isApproved: how !== 'zeros', fault });
  switch (screen.at) {
    case 'editing':
      return ask(world, screen, values);
    case 'review':
    case 'vendors_review':
      return confirm(world, screen, values);
    case 'vendors':
      return divide(world, screen, how);
    case 'approving':
      return decide(world, screen, { isApproved: how !== 'zeros', fault });
    default:
  }
  if (screen.can('cancel') && twice) return cancel(world, screen, fault);
  // The vendors that refused had no refund, so this needs no question, whatever becomes of the others.
  if (screen.can('retryRefused') && !twice) return void (await screen.press('retryRefused'));
  if (screen.can('again') && (twice || !screen.can('check'))) return startAnotherRefund(world, screen);
  const next = (['check', 'reload'] as const).find((name) => screen.can(name));
  if (next) await world.withFault(screen, fault, () => screen.press(next));
}

export async function lookAgain(world: World, values: ScreenValues): Promise<void> {
  const screen = screenOf(world, values);
  await screen.refetch();
  await world.settle();
  const { user } = screen.options;
  const isCut = world.offline.has(user) || world.front.isSignedOut(user);
  const hasHeldRequest = world.screens.some(({ id }) => world.front.heldCount(id) > 0);
  if (isCut || hasHeldRequest || screen.at !== 'editing') return;
  const verdict = new Verdict();
  // UPayments reports a settled refund only when asked for that one refund.
  if (world.shop.provider === 'upayments') {
    checkUnrecorded(world, screen, { rows: await truthOf(world.shop), verdict });
  } else {
    await checkQuiet(world, screen, verdict);
  }
  verdict.throwProblems();
}

/** What a host page does to the element. */
function moves(): fc.Arbitrary<Step> {
  const how = fc.constantFrom('append', 'insertBefore', 'moveBefore', 'wrap', 'remove');
  const moving = anyStep('move', fc.record({ s, how }), (world, values) => screenOf(world, values).move(values.how), {
    can: isAttached,
  });
  return fc.oneof(
    moving,
    moving,
    moving,
    anyStep('take out', fc.record({ s }), (world, values) => screenOf(world, values).detach(), { can: isAttached }),
    anyStep('put back', fc.record({ s }), (world, values) => screenOf(world, values).attach(), {
      can: (world, values) => screenOf(world, values).isDetached,
    }),
    anyStep('draw the host page again', fc.record({ s }), (world, values) =>
      screenOf(world, values).page.evaluate(() => window.host.redraw()),
    ),
    anyStep('hide the tab', fc.record({ s }), (world, values) => screenOf(world, values).hide(true)),
    anyStep('show the tab', fc.record({ s }), (world, values) => screenOf(world, values).hide(false), {
      can: (world, values) => screenOf(world, values).isHidden,
    }),
  );
}

/** Actions of other people and faults of the network. */
function others(name: ShopName): fc.Arbitrary<Step> {
  const user = (index: number) => USERS[index]!;
  return fc.oneof(
    anyStep(
      'sign out',
      fc.record({ u: userOf, how: fc.constantFrom('json', 'redirect') }),
      async ({ front }, { u, how }) => front.signOut(user(u), how),
    ),
    anyStep('sign in', fc.record({ u: userOf }), async ({ front }, { u }) => front.signIn(user(u)), {
      can: ({ front }, { u }) => front.isSignedOut(user(u)),
    }),
    anyStep('go offline', fc.record({ u: userOf }), (world, { u }) => world.setOffline(user(u), true)),
    anyStep('come back online', fc.record({ u: userOf }), (world, { u }) => world.setOffline(user(u), false), {
      can: ({ offline }, { u }) => offline.has(user(u)),
    }),
    anyStep("empty the browser's storage", fc.record({ u: userOf }), (world, { u }) => emptyStorage(world, user(u)), {
      can: ({ offline }, { u }) => !offline.has(user(u)),
    }),
    anyStep('what waits goes on', fc.constant({}), async ({ front }) => front.release(), {
      can: ({ front, screens }) => screens.some(({ id }) => front.heldCount(id) > 0),
    }),
    anyStep(
      'refund elsewhere',
      fc.record({ order: fc.nat({ max: 1 }), units: fc.constantFrom(5, 15, 50) }),
      (world, { order, units }) => refundElsewhere(world, order, units),
    ),
    ...(name === 'upayments'
      ? [anyStep('the merchant records refunds made elsewhere', fc.constant({}), recordElsewhere)]
      : []),
    ...(name === 'naive'
      ? []
      : [
          anyStep('a person settles what is unknown', fc.constant({}), resolveAll),
          anyStep('reconcile', fc.constant({}), ({ shop }) => shop.proxy!.reconcile()),
          anyStep('a webhook comes again', fc.record({ which: fc.nat({ max: 5 }) }), webhookAgain),
        ]),
  );
}

async function webhookAgain({ eyes: { testbed }, shop }: World, { which }: { which: number }): Promise<void> {
  const webhooks = (await testbed.control.flushWebhooks()).filter(({ provider }) => provider === shop.provider);
  if (webhooks.length === 0) return;
  await testbed.control.resendWebhook(pick(webhooks, which).id);
  await testbed.control.flushWebhooks();
}

async function cancel(world: World, screen: Screen, fault: WireFault | undefined): Promise<void> {
  await screen.press('cancel');
  await screen.busy();
  await world.withFault(screen, fault, () => screen.press('cancelYes'));
}

/** Cancels a refund of the list, or looks again what became of its cancel. */
async function cancelListed(world: World, values: ScreenValues & { fault: WireFault | undefined }): Promise<void> {
  const screen = screenOf(world, values);
  if (!screen.canListed('cancel')) {
    await world.withFault(screen, values.fault, () => screen.pressListed('check'));
    return;
  }
  await screen.pressListed('cancel');
  await screen.busy();
  await world.withFault(screen, values.fault, () => screen.pressListed('cancelYes'));
}
