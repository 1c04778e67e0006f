import assert from 'node:assert/strict';

import type { ScenarioName } from '../../../mock-server/index.ts';
import type { AmountChoice, Screen } from './browser-screen.ts';
import type { WireFault } from './front.ts';
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

/** A person reads the provider's dashboard and tells the proxy the outcomes. */
export async function resolveAll({ shop, front }: World): Promise<void> {
  const { ledger } = shop;
  if (!ledger) return;
  const intents = await ledger.intents(shop.scope, { states: ['unknown'], withUnknownParts: true, limit: 20 });
  const truth = await truthOf(shop);
  for (const intent of intents) {
    const call = front.calls.find(({ key }) => key === intent.key);
    // Somebody still waits for the answer to this request, so the person waits too.
    if (call && front.heldCount(call.screen) > 0) continue;
    const reason = 'as the dashboard shows it';
    if (intent.kind === 'cancel') {
      const target = (await ledger.reservationsOfPayment(shop.scope, intent.paymentId)).find(
        ({ id }) => id === intent.target,
      );
      const isCancelled = truth.some(({ id, standing }) => id === target?.refundId && standing === 'cancelled');
      await resolve(shop, intent.id, { outcome: isCancelled ? 'cancelled' : 'nothing', reason });
      continue;
    }
    const reference = /"reference":"([^"]*)"/.exec(call?.body ?? '')?.[1];
    for (const { vendor, released, standing } of await ledger.reservationsOfIntent(intent.id)) {
      if (released || standing !== 'unknown') continue;
      const refund = truth.find((row) => row.reference === reference && row.vendor === vendor);
      const outcome = refund?.counts ? (refund.standing === 'succeeded' ? 'refunded' : 'initiated') : 'nothing';
      await resolve(shop, intent.id, {
        outcome,
        reason,
        ...(refund && { refund_id: refund.id }),
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
