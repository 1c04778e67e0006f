import { isSuccess } from '../../contract/index.ts';
import { expect, type Check } from '../check.ts';
import type { Exchange } from '../drive.ts';
import { LeftOut, NotJudged } from '../not-judged.ts';
import type { World } from '../world.ts';
import { expectHeld, frees, inWords, readKey, type Held } from './held.ts';
import { HELD_AT_MOST_MS, whileInFlight } from './in-flight.ts';
import { answerInstead, errorReply } from './losses.ts';
import { outcomeOf } from './outcomes.ts';
import { readAtProvider } from './pass-through.ts';
import { holdsAmount, prepareTwoVendors, servedRoutes } from './routes.ts';
import { assumeSumIsKept, freesNothing, share } from './sums.ts';

/** Scenarios of a cancel after which the refund is still in force, or may be. */
const NO_CANCEL = ['server_error', 'drop_before_commit', 'status_false', 'forbidden', 'wrong_content_type'] as const;

/** Bodies that confirm no cancel, although they come with a 2xx. */
const NO_CONFIRMATION = [
  '{}',
  '{"error":"maintenance"}',
  '{"status":"error","message":"no"}',
  '{"status":false,"message":"The refund is done","data":{"orderId":"other"}}',
];

/** Statuses with which a cancel may be refused, or its answer lost: none says that the refund is cancelled. */
const REFUSED_WITH = [400, 404, 409, 410, 422, 504] as const;

/** How the answer to a cancel is made such that the refund stays in force. */
interface NoCancel {
  readonly what: string;
  readonly prepare: (world: World, path: string) => Promise<void>;
}

const NO_CANCELS: readonly NoCancel[] = [
  ...NO_CANCEL.map((name) => ({ what: name, prepare: (world: World) => world.scenario(name) })),
  ...REFUSED_WITH.map((status) => ({
    what: `a ${status}`,
    prepare: async (world: World, path: string) => answerInstead(world, errorReply(status), path),
  })),
];

/** When the amount of a refund that was to be cancelled is free. */
export const CANCELLED: readonly Check[] = [
  {
    id: 'cancel-counted',
    title: 'The amount of a refund is free only once its cancel is confirmed',
    level: 'counted',
    why: 'If a cancel is refused or its answer is lost, the refund is still in force. If the amount is freed too early, it can be refunded twice.',
    mend:
      'Free the amount only when the provider has answered the cancel with status: true. Of a refund over vendors free only the row ' +
      'that the cancel names.',
    appliesTo: ({ cancel }) => cancel !== undefined,
    async run(world) {
      for (const { what, prepare } of NO_CANCELS) {
        const made = await makeCancellable(world);
        await prepare(world, made.path);
        const exchange = await sendCancel(world, made.path, made.body);
        if ((await world.refunds(made.payment)) === 0) continue;
        await staysInForce(world, made, `a cancel answered with ${what}`, exchange);
      }
      await runningCancelFreesNothing(world);
      const { refusedWith2xx, prefix } = world.profile;
      for (const text of refusedWith2xx === undefined ? [] : NO_CONFIRMATION) {
        const made = await makeCancellable(world);
        await world.scenario(refusedWith2xx!);
        world.recorder.rewrite({ method: 'POST', path: prefix + made.path, change: () => text });
        const exchange = await sendCancel(world, made.path, made.body);
        await staysInForce(world, made, `a cancel answered with ${text}`, exchange);
      }
      await vendorsCancelFreesNothing(world);
    },
  },
  {
    id: 'cancel-carried-out',
    title: 'A cancelled refund that was carried out all the same counts again',
    level: 'counted',
    why: 'A cancel can come too late although it was confirmed. If the refund does not count again, its amount is refunded twice.',
    mend:
      'Go on reading a refund that was cancelled: when the provider says is_refunded: true, count its amount again, or refuse ' +
      'the next refund with 409 payment_busy.',
    appliesTo: ({ cancel }) => cancel !== undefined,
    async run(world) {
      const { profile, recorder } = world;
      const { payment, body, path, creation } = await makeCancellable(world);
      const cancelled = await sendCancel(world, path, body);
      expect(isSuccess(cancelled.answer.status), 'a cancel', `it was answered ${outcomeOf(cancelled)}`, cancelled);
      const id = profile.refundId(creation.answer.json) ?? '';
      for (const [read, instead] of Object.entries(profile.cancel?.carriedOut(payment, id) ?? {})) {
        recorder.rewrite({ method: 'GET', path: profile.prefix + read, isKept: true, instead });
      }
      let exchange = cancelled;
      for (const read of profile.reads(payment, id)) exchange = await readAtProvider(world, read);
      await freesNothing(world, payment, 'a read that says it was refunded', exchange);
    },
  },
];

/** @throws LeftOut when the cancel does not reach the provider: the form can do without cancels */
async function sendCancel(world: World, path: string, body: Record<string, unknown>): Promise<Exchange> {
  const watch = world.watch();
  const exchange = await world.write(path, { body });
  if (watch.to(path).length > 0) return exchange;
  throw new LeftOut('The proxy passes no cancel on');
}

/** Makes a refund of 60 % of the payment. A second refund of 60 % does not fit. */
async function makeCancellable(world: World) {
  const { cancel } = world.profile;
  const payment = await world.payment();
  const amount = share(payment, 60n);
  const key = world.key();
  const creation = await world.refund(payment, amount, { key });
  const body = cancel?.body(creation.answer.json);
  expect(cancel !== undefined && body !== undefined, 'a refund', `it was answered ${outcomeOf(creation)}`, creation);
  await assumeSumIsKept(world, payment);
  return { payment, key, amount, body, path: cancel.path, creation };
}

/** Checks that the payment still lists the refund, and that its amount is not free. */
async function staysInForce(world: World, held: Omit<Held, 'what'>, what: string, exchange: Exchange): Promise<void> {
  await freesNothing(world, held.payment, what, exchange);
  await expectHeld(world, { ...held, what });
}

/**
 * The same of the other routes that cancel, where the proxy serves them.
 * @throws NotJudged when the proxy does not count what they cancel
 */
async function vendorsCancelFreesNothing(world: World): Promise<void> {
  const { cancel } = world.profile;
  const routes = (await servedRoutes(world)).filter(({ isRefund, path }) => !isRefund && path !== cancel?.path);
  for (const { what, path, prepare } of routes) {
    for (const no of NO_CANCELS) {
      const prepared = await prepare(world, 60n);
      const { payment, again } = prepared;
      const watch = world.watch();
      await world.write(again.path, { body: again.body });
      if (watch.to(again.path).length > 0) {
        throw new NotJudged('The proxy counts no refund over vendors: see vendors-counted');
      }
      await no.prepare(world, path);
      const exchange = await world.write(path, { body: prepared.body });
      if ((await prepared.countDone()) > 0) continue;
      const event = `${what} answered with ${no.what}`;
      await holdsAmount(world, prepared, event, exchange);
      // The payment lists each vendor's refund on its own: its figures say what is held.
      await expectHeld(world, { payment, key: '', amount: share(payment, 60n), what: event });
    }
    await cancelsOneOfTwo(world, what, path);
  }
}

/** Of two vendors' refunds one is cancelled: the other one is still in force. */
async function cancelsOneOfTwo(world: World, what: string, path: string): Promise<void> {
  const prepared = await prepareTwoVendors(world, true);
  const { payment } = prepared;
  const key = world.key();
  const done = await world.write(prepared.path, { body: prepared.body, key });
  const body = world.profile.vendors?.cancel.body(done.answer.json);
  const count = await prepared.countDone();
  if (!body || count !== 2) throw new NotJudged(`Two vendors' refunds were answered ${outcomeOf(done)}: see vendors`);
  const exchange = await world.write(path, { body });
  if ((await prepared.countDone()) !== 1)
    throw new NotJudged(`${what} was answered ${outcomeOf(exchange)}, and cancelled none`);
  const event = `${what}, of two`;
  const { rows, exchange: read } = await readKey(world, payment, key);
  const isOneInForce = rows.length === 0 || rows.some((row) => !frees(row));
  const came = `GET /payments/{id} lists each as ${rows[0] && inWords(rows[0])}`;
  expect(isOneInForce, `one of two vendors' refunds in force after ${event}`, came, read);
  await expectHeld(world, { payment, key: '', amount: prepared.half, what: event });
  await holdsAmount(world, { ...prepared, again: prepared.tooMuch }, event, exchange);
}

/** Sends a refund while the provider holds its answer to a cancel. In the end the provider refuses the cancel. */
async function runningCancelFreesNothing(world: World): Promise<void> {
  const { payment, key, amount, body, path } = await makeCancellable(world);
  await world.scenario('forbidden');
  const what = 'a cancel that is still running';
  const watch = world.watch();
  const { first } = await whileInFlight(
    world,
    () => world.write(path, { body }),
    async () => {
      await expectHeld(world, { payment, key, amount, what });
      await world.refund(payment, amount);
    },
    Math.min(HELD_AT_MOST_MS, world.proxyTimeoutMs / 2),
  );
  const callCount = watch.creates(payment).length;
  expect(callCount === 0, `${what} to free nothing`, 'another refund of the amount reached the provider', first);
}
