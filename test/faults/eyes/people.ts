import assert from 'node:assert/strict';

import type { ScenarioName } from '../../../mock-server/index.ts';
import type { AmountChoice, Screen } from './browser-screen.ts';
import type { WireFault } from './front.ts';
import { readSummary } from '../../../widget/flow/summary.ts';
import { isRefund, unsettled, type Unsettled } from '../../../widget/flow/state.ts';
import { decimalsIn, separatorIn, THOUSANDS } from './screen.ts';
import { truthOf } from './truth.ts';
import type { World } from './world.ts';

/** A fault of the provider for the next call that moves money, which also decides the fate of its refund. */
export interface Trouble {
  readonly scenario: ScenarioName;
  readonly params?: Readonly<Record<string, number>>;
}

export interface AskOptions {
  readonly chosen: AmountChoice;
  readonly trouble: Trouble | undefined;
  readonly fault: WireFault | undefined;
  /** Whether the person presses Enter twice. */
  readonly twice: boolean;
}

/** Fills in the form. */
export async function fill(world: World, screen: Screen, choice: AmountChoice): Promise<void> {
  await screen.fill(choice, '', world.newReference());
}

export async function confirm(world: World, screen: Screen, { trouble, fault, twice }: AskOptions): Promise<void> {
  const { control } = world.eyes.testbed;
  const { provider } = world.shop;
  if (trouble)
    await control.scenario(trouble.scenario, { provider, ...(trouble.params && { params: trouble.params }) });
  await world.withFault(screen, fault, async () => {
    await screen.press('confirm');
    if (twice) await screen.page.keyboard.press('Enter');
  });
  if (trouble) await control.clearScenarios();
  if (world.offline.has(screen.options.user)) await checkOfflineNotice(world, screen);
  else world.memory.of(screen).isWarned = false;
}

/** A browser that knows it is offline says so before it sends anything. */
async function checkOfflineNotice(world: World, screen: Screen): Promise<void> {
  await world.settle();
  const screenMemory = world.memory.of(screen);
  const isLost = screen.at === 'unknown';
  assert.ok(
    screenMemory.isWarned || !isLost,
    `${screen.id} is offline and says of what never left that its answer was lost`,
  );
  screenMemory.isWarned = !isLost;
}

/** Goes from an empty form to the answer. */
export async function ask(world: World, screen: Screen, options: AskOptions): Promise<void> {
  await fill(world, screen, options.chosen);
  const figures = screen.facts!.figures;
  await screen.press('review');
  await world.settle();
  // A person can type the refundable amount exactly as the screen shows it, in any locale.
  if (options.chosen === 'shown' || options.chosen === 'everything') {
    const { fields, changed, faults } = screen.facts!.raw;
    const isAccepted = screen.at !== 'editing' || changed || faults === 0;
    assert.ok(isAccepted, `${screen.id} does not read the amount that it shows itself: ${fields.amount}`);
    if (screen.at === 'review') {
      assert.equal(screen.facts!.echo, figures?.refundable, `${screen.id} reads another amount than it shows`);
    }
  }
  if (screen.at === 'review') await confirm(world, screen, options);
}

const FINAL = new Set(['succeeded', 'failed', 'cancelled', 'reversed']);

/** Leaves an outcome for another refund. If that outcome is not final, the person must confirm. */
export async function startAnotherRefund(world: World, screen: Screen): Promise<void> {
  const isFinal = screen.facts!.claims.every(({ standing }) => FINAL.has(standing));
  const before = show(screen);
  await screen.press('again');
  await world.settle();
  const leftOutcome = screen.at === 'editing' || screen.at === 'loading';
  assert.ok(isFinal || !leftOutcome, `${screen.id} went from ${before} to another refund without a question`);
  if (screen.can('anotherYes')) await screen.press('anotherYes');
}

/**
 * Divides the amount over the vendors: as the form proposes, or all of it for the first vendor and nothing for the
 * others.
 */
export async function divide(world: World, screen: Screen, how: 'split' | 'first' | 'zeros'): Promise<void> {
  if (how === 'split') {
    await screen.press('split');
    await screen.busy();
    await screen.read();
  } else {
    const figure = screen.facts!.raw.figures.find(([, value]) => /\p{Nd}/u.test(value));
    const rows = screen.facts!.raw.rows.length;
    const [, limit = ''] = screen.facts!.raw.rows[0]!.cells;
    const lastRequest = world.memory.lastOf(screen)!;
    // The body is of step one, or of a division that came to nothing.
    const { totalPrice, refundPayload = [] } = JSON.parse(lastRequest.body) as {
      totalPrice?: number;
      refundPayload?: { amountToRefund: number }[];
    };
    const total = totalPrice ?? refundPayload.reduce((sum, { amountToRefund }) => sum + amountToRefund, 0);
    assert.ok(figure && limit, `${screen.id} shows what each vendor has left`);
    await screen.type('#vendor-0', decimal(limit, total));
    for (let row = 1; row < rows; row += 1) {
      await screen.type(`#vendor-${row}`, how === 'zeros' ? decimal(limit, 0) : '');
    }
  }
  const { vendors } = screen.facts!.raw.fields;
  await screen.press('review');
  await world.settle();
  if (how !== 'split' || vendors.every((amount) => amount === '')) return;
  const isAccepted = screen.at !== 'vendors' || screen.facts!.raw.changed;
  assert.ok(isAccepted, `${screen.id} refuses the division that it wrote itself: ${vendors.join(' + ')}`);
}

function show({ facts }: Screen): string {
  return facts!.claims.map(({ standing }) => standing).join(', ');
}

/** A number of units, typed in the format of the amount beside it. */
function decimal(amountText: string, number: number): string {
  return number.toFixed(3).replace('.', separatorIn(amountText));
}

/**
 * Types an amount in thousands without decimals, as copied from a list. The form must read that amount or refuse it.
 */
export async function typeThousands(world: World, screen: Screen): Promise<void> {
  await fill(world, screen, 'thousands');
  await screen.press('review');
  await world.settle();
  if (screen.at !== 'review') return;
  const { raw, echo } = screen.facts!;
  assert.equal(echo, THOUSANDS * 10n ** BigInt(decimalsIn(raw.echo!)), `${screen.id} reads thousands as ${raw.echo}`);
}

/** What the provider's dashboard says of the part of a request. */
async function dashboardSays(
  world: World,
  { key, vendor }: { readonly key: string; readonly vendor: string | null | undefined },
): Promise<{ readonly outcome: 'refunded' | 'initiated' | 'nothing'; readonly refundId: string }> {
  const { front, shop } = world;
  const reference = /"reference":"([^"]*)"/.exec(front.calls.find((call) => call.key === key)?.body ?? '')?.[1];
  const refund = (await truthOf(shop)).find(
    (row) => row.reference === reference && row.vendor === (vendor ?? undefined),
  );
  const outcome = refund?.counts ? (refund.standing === 'succeeded' ? 'refunded' : 'initiated') : 'nothing';
  return { outcome, refundId: refund?.id ?? '' };
}

/** Whether somebody still waits for the answer to a request of this key: then the person waits, too. */
const isHeld = ({ front }: World, key: string): boolean =>
  front.calls.some((call) => call.key === key && front.heldCount(call.screen) > 0);

/** A person reads the provider's dashboard, and tells this form what became of a request whose outcome is unknown. */
export async function stateOutcome(world: World, screen: Screen, fault: WireFault | undefined): Promise<void> {
  // What the form says it is about must be what the proxy knows now.
  await screen.refetch();
  await world.settle();
  const { shop, memory } = world;
  if (!screen.facts?.raw.statement.isDrawn) return;
  const { keyTail } = screen.facts;
  const lock = memory.refundRequests.findLast(({ key }) => keyTail !== undefined && key.endsWith(keyTail))?.key;
  const part = await unsettledPart(world, screen, lock);
  const key = part?.idempotency_key ?? lock;
  if (key === undefined || isHeld(world, key)) return;
  if (!part) {
    assert.ok(!shop.ledger, `${screen.id} forgets ${key}, of which the proxy keeps a record`);
    memory.forgotten.add(key);
    await screen.state(undefined);
    return;
  }
  const { outcome, refundId } = isRefund(part)
    ? await dashboardSays(world, { key, vendor: part.vendor })
    : await dashboardSaysOfCancel(world, part);
  await world.withFault(screen, fault, () => screen.state({ outcome, refundId, words: 'as the dashboard shows it' }));
  await world.settle();
  // The provider shows a refund that may be this one. The person has read it, and it is another one.
  if (screen.facts?.raw.statement.mustConfirm) {
    await screen.state({ outcome, refundId, words: 'as the dashboard shows it' });
  }
}

/** The part that the form asks about: of the request that locks it, or else of the first one of the payment. */
async function unsettledPart({ shop }: World, screen: Screen, lock: string | undefined) {
  if (!shop.ledger) return undefined;
  const answer = await shop.ask('GET', `/payments/${shop.orders[screen.options.order]!.payment_id}`);
  return unsettled(readSummary(await answer.json()), lock);
}

async function dashboardSaysOfCancel({ shop }: World, { refund_id: id }: Unsettled) {
  const row = (await truthOf(shop)).find((refund) => refund.id === id);
  return { outcome: row?.standing === 'cancelled' ? 'cancelled' : 'nothing', refundId: undefined };
}

/** Decides about the first request of somebody else that this screen shows. */
export async function decide(
  world: World,
  screen: Screen,
  { isApproved, fault }: { readonly isApproved: boolean; readonly fault: WireFault | undefined },
): Promise<void> {
  if (screen.at !== 'approving') await screen.press('decide');
  await world.settle();
  if (screen.at !== 'approving') return;
  if (isApproved) return world.withFault(screen, fault, () => screen.press('approve'));
  await screen.press('decline');
  await screen.busy();
  await screen.type('#words', 'Not ours');
  await world.withFault(screen, fault, () => screen.press('declineYes'));
}

/** A person reads the provider's dashboard and tells the proxy the outcomes. */
export async function resolveAll(world: World): Promise<void> {
  const { shop } = world;
  const { ledger } = shop;
  if (!ledger) return;
  const intents = await ledger.intents(shop.scope, { states: ['unknown'], withUnknownParts: true, limit: 20 });
  const truth = await truthOf(shop);
  for (const intent of intents) {
    if (isHeld(world, intent.key)) continue;
    const reason = 'as the dashboard shows it';
    if (intent.kind === 'cancel') {
      const target = (await ledger.reservationsOfPayment(shop.scope, intent.paymentId)).find(
        ({ id }) => id === intent.target,
      );
      const isCancelled = truth.some(({ id, standing }) => id === target?.refundId && standing === 'cancelled');
      await resolve(shop, intent.id, { outcome: isCancelled ? 'cancelled' : 'nothing', reason });
      continue;
    }
    for (const { vendor, released, standing } of await ledger.reservationsOfIntent(intent.id)) {
      if (released || standing !== 'unknown') continue;
      const { outcome, refundId } = await dashboardSays(world, { key: intent.key, vendor });
      await resolve(shop, intent.id, {
        outcome,
        reason,
        ...(refundId && { refund_id: refundId }),
        ...(vendor && { vendor }),
      });
    }
  }
}

async function resolve(shop: World['shop'], intent: string, body: object): Promise<void> {
  // The person has seen the dashboard, so also confirms the other refunds listed there.
  const answer = await shop.ask('POST', `/intents/${intent}/resolve`, { ...body, confirm: true });
  assert.equal(answer.status, 200, await answer.text());
}

/** Another page of the origin empties the browser's storage, as some do when a person signs out. */
export async function emptyStorage(world: World, user: string): Promise<void> {
  const context = world.contextOf(user);
  const page = await context.newPage();
  await page.goto(`${world.front.url}/empty`);
  await page.evaluate(() => localStorage.clear());
  await page.close();
}
