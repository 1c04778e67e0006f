import { problem } from '../../contract/index.ts';
import { expect } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { Payment, VendorProfile } from '../profile.ts';
import type { World } from '../world.ts';
import { outcomeOf } from './outcomes.ts';
import { percentOf, share } from './sums.ts';

/** A request that changes something at the provider. All that has to come before it has been done. */
export interface Prepared {
  readonly path: string;
  readonly payment: Payment;
  /** What it refunds, as a decimal string. `undefined` of a cancel. */
  readonly amount: string | undefined;
  readonly body: Record<string, unknown>;
  /** A request on the same path that its key does not cover. `undefined` of a cancel. */
  readonly otherBody: Record<string, unknown> | undefined;
  /** What refunds the same amount once more. Of a cancel: what refunds the amount of the refund that is cancelled. */
  readonly again: { readonly path: string; readonly body: Record<string, unknown> };
  /** Whether a body says that it is done. */
  isMade(this: void, json: unknown): boolean;
  /** How often it was carried out at the provider. */
  countDone(this: void): Promise<number>;
}

/** One of the provider's routes that change something. A proxy has to treat all of them alike. */
export interface Route {
  /** Names the route in a report. */
  readonly what: string;
  readonly path: string;
  /** Whether it refunds: a cancel does not. */
  readonly isRefund: boolean;
  /**
   * @param percent how much of the payment is refunded, or was if it is a cancel; little without it
   * @throws NotJudged when what has to come before it does not go through
   */
  prepare(this: void, world: World, percent?: bigint): Promise<Prepared>;
}

/** Small beside what any payment of verify captured. */
const LITTLE = '1.00';

/** All routes of the provider that change something. */
export function routesOf({ profile }: World): readonly [Route, ...Route[]] {
  const { vendors, cancel, refundPath } = profile;
  return [
    { what: 'a refund', path: refundPath, isRefund: true, prepare: prepareRefund },
    ...(vendors
      ? [
          { what: 'step 2 of a refund over vendors', path: vendors.path, isRefund: true, prepare: prepareVendors },
          {
            what: "a cancel of one vendor's refund",
            path: vendors.cancel.path,
            isRefund: false,
            prepare: cancelVendor,
          },
        ]
      : []),
    ...(cancel ? [{ what: 'a cancel', path: cancel.path, isRefund: false, prepare: prepareCancel }] : []),
  ];
}

/**
 * Sends what refunds the same amount once more, under another key. It does not fit beside the first, so it must not reach
 * the provider.
 * @param what names the event before it, which must not have freed the amount
 */
export async function holdsAmount(
  world: World,
  { again: { path, body } }: Prepared,
  what: string,
  exchange: Exchange,
): Promise<void> {
  const watch = world.watch();
  await world.write(path, { body });
  const callCount = watch.to(path).length;
  expect(callCount === 0, `${what} to free nothing`, 'another refund of the amount reached the provider', exchange);
}

/** Those of them that refund. */
export async function refundRoutes(world: World): Promise<readonly Route[]> {
  return (await servedRoutes(world)).filter(({ isRefund }) => isRefund);
}

const served = new WeakMap<World, readonly Route[]>();

/**
 * Those that the proxy serves: it need not serve cancels, nor refunds over vendors where the merchant has none. The checks
 * of each flow say what it has to serve.
 */
export async function servedRoutes(world: World): Promise<readonly Route[]> {
  const routes = served.get(world) ?? (await findServed(world));
  served.set(world, routes);
  return routes;
}

async function findServed(world: World): Promise<readonly Route[]> {
  const found: Route[] = [];
  for (const route of await openRoutes(world)) {
    if (route.isRefund || (await isPassedOn(world, route))) found.push(route);
  }
  return found;
}

/** All of them, also cancels that the proxy does not serve. Without step 2 over vendors there is nothing to prepare for it. */
export async function openRoutes(world: World): Promise<readonly Route[]> {
  const { vendors } = world.profile;
  const hasVendors = await servesVendors(world);
  return routesOf(world).filter(({ path }) => hasVendors || (path !== vendors?.path && path !== vendors?.cancel.path));
}

const NOT_SERVED = new Set([404, 405, 501]);

/** Whether the path of step 2 over vendors is there. The body that is sent has no rows, so nothing is refunded. */
export async function servesVendors(world: World): Promise<boolean> {
  const { vendors } = world.profile;
  if (!vendors) return false;
  const payment = await world.vendorsPayment();
  const { answer } = await world.write(vendors.path, { body: world.profile.body(payment, LITTLE) });
  const isOfPayment = problem.safeParse(answer.json).data?.code === 'payment_not_found';
  return !NOT_SERVED.has(answer.status) || isOfPayment;
}

/** Why the checks of refunds over vendors are left out. */
export const noVendors = ({ path }: VendorProfile): LeftOut =>
  new LeftOut(`The proxy serves no POST ${path}, as for a merchant without vendors`);

async function isPassedOn(world: World, { path, prepare }: Route): Promise<boolean> {
  const { body } = await prepare(world);
  const watch = world.watch();
  await world.write(path, { body });
  return watch.answerTo(path) !== undefined;
}

async function prepareRefund(world: World, percent?: bigint): Promise<Prepared> {
  const { profile } = world;
  const payment = await world.payment();
  const amount = percent === undefined ? LITTLE : share(payment, percent);
  const otherAmount = percentOf(payment.captured, payment.currency, 5n);
  return {
    path: profile.refundPath,
    payment,
    amount,
    body: profile.body(payment, amount),
    again: { path: profile.refundPath, body: profile.body(payment, amount) },
    otherBody: profile.body(payment, otherAmount),
    isMade: (json) => profile.refundId(json) !== undefined,
    countDone: () => world.refunds(payment),
  };
}

async function prepareVendors(world: World, percent?: bigint): Promise<Prepared> {
  const vendors = vendorsOf(world);
  const payment = await world.vendorsPayment();
  const amount = percent === undefined ? LITTLE : share(payment, percent);
  const rowsOf = await openDivision(world, payment, amount);
  const bodyOf = (part: string) => rowsOf([Number(part), undefined]);
  const body = bodyOf(amount);
  return {
    path: vendors.path,
    payment,
    amount,
    body,
    again: { path: vendors.path, body },
    otherBody: bodyOf(share(payment, 5n)),
    isMade: (json) => (vendors.lists(json)?.['generated'] ?? 0) > 0,
    countDone: () => world.refunds(payment),
  };
}

/** Step 2 over two vendors, of the same amount for each. */
interface TwoVendors extends Prepared {
  /** What each gives back. */
  readonly half: string;
  /** Fits beside none of the two. `again` fits beside one of them, and not beside both. */
  readonly tooMuch: Prepared['again'];
}

/** @param isPaid whether both vendors have the balance to give it back: otherwise only the first has */
export async function prepareTwoVendors(world: World, isPaid: boolean): Promise<TwoVendors> {
  const payment = await world.vendorsPayment(isPaid);
  const amount = share(payment, 75n);
  const half = Number(amount) / 2;
  const rowsOf = await openDivision(world, payment, amount);
  const vendors = vendorsOf(world);
  const again = { path: vendors.path, body: rowsOf([undefined, Number(share(payment, 50n))]) };
  const tooMuch = { path: vendors.path, body: rowsOf([Number(payment.captured) - half, Number(LITTLE)]) };
  return {
    half: percentOf(amount, payment.currency, 50n),
    tooMuch,
    path: vendors.path,
    payment,
    amount,
    body: rowsOf([half, half]),
    again,
    otherBody: undefined,
    isMade: (json) => (vendors.lists(json)?.['generated'] ?? 0) > 0,
    countDone: () => world.refunds(payment),
  };
}

/** What prepares step 2 over two vendors, if the proxy serves it. */
export async function twoVendors(world: World): Promise<readonly (() => Promise<Prepared>)[]> {
  const { vendors } = world.profile;
  const isServed = (await servedRoutes(world)).some(({ path }) => path === vendors?.path);
  return isServed ? [() => prepareTwoVendors(world, false)] : [];
}

/**
 * Sends step 1 of a refund over vendors, and returns what makes the body of step 2 from the amount of each.
 * @throws NotJudged when step 1 opens no division
 */
async function openDivision(world: World, payment: Payment, amount: string) {
  const vendors = vendorsOf(world);
  const { answer, ...exchange } = await world.refund(payment, amount);
  const opened = vendors.secondStep(answer.json, []);
  if (!opened)
    throw new NotJudged(
      `Step 1 of a refund over vendors was answered ${outcomeOf({ ...exchange, answer })}: see vendors`,
    );
  return (amounts: Parameters<VendorProfile['secondStep']>[1]) => vendors.secondStep(answer.json, amounts) ?? {};
}

async function prepareCancel(world: World, percent?: bigint): Promise<Prepared> {
  const { cancel } = world.profile;
  const { payment, path, body } = await prepareRefund(world, percent);
  const creation = await world.write(path, { body });
  return prepared(world, payment, { path, body }, cancel?.path, cancel?.body(creation.answer.json));
}

async function cancelVendor(world: World, percent?: bigint): Promise<Prepared> {
  const vendors = vendorsOf(world);
  const { payment, path, body } = await prepareVendors(world, percent);
  const done = await world.write(path, { body });
  return prepared(world, payment, { path, body }, vendors.cancel.path, vendors.cancel.body(done.answer.json));
}

/** @throws NotJudged when there is no refund to cancel */
function prepared(
  world: World,
  payment: Payment,
  again: Prepared['again'],
  path: string | undefined,
  body: Record<string, unknown> | undefined,
): Prepared {
  if (path === undefined || !body)
    throw new NotJudged('There is no refund to cancel: see success-unchanged and vendors');
  return {
    path,
    payment,
    amount: undefined,
    body,
    again,
    otherBody: undefined,
    isMade: (json) => world.profile.cancel?.isDone(json) === true,
    countDone: async () => 1 - (await world.refunds(payment)),
  };
}

function vendorsOf({ profile: { vendors } }: World): VendorProfile {
  if (!vendors) throw new NotJudged('The provider has no vendors');
  return vendors;
}
