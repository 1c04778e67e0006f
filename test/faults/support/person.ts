import assert from 'node:assert/strict';

import { toDecimal } from '../../../contract/index.ts';
import type { Intent, Reservation } from '../../../proxy/ledger/entities.ts';
import { truthOf, type Truth } from './invariants.ts';
import type { Trouble } from './network.ts';
import { pick, reload } from './step.ts';
import type { World } from './world.ts';

/** A person reads the provider's dashboard and resolves every unknown intent as the dashboard shows it. */
export async function resolveUnknown(world: World): Promise<void> {
  for (const resolution of await resolutionsOfPerson(world)) await resolve(world, resolution);
  const truth = await truthOf(world);
  for (const row of await world.ledger.contradictedElsewhere(world.scope, 50))
    await resolveElsewhere(world, row, truth);
}

/** The same for a refund without an intent, which only the command line can settle. */
async function resolveElsewhere(world: World, row: Reservation, truth: readonly Truth[]): Promise<void> {
  const real = truth.find(({ id }) => id === row.refundId);
  const settled = await world.ledger.settleElsewhere(world.scope, {
    paymentId: row.paymentId,
    refundId: row.refundId!,
    currency: row.currency,
    outcome: real?.counts ? 'initiated' : 'nothing',
    amount: real?.amount,
    reason: REASON,
    who: 'op-1',
    at: world.clock.now,
  });
  assert.ok(settled, `the contradicted refund ${row.refundId} is settled`);
}

/** The same person resolves only one part. */
export async function resolveOne(world: World, { which }: { which: number }): Promise<void> {
  const resolutions = await resolutionsOfPerson(world);
  if (resolutions.length > 0) await resolve(world, pick(resolutions, which));
}

interface Resolution {
  readonly intent: string;
  readonly body: object;
}

/** The true outcome of everything unknown, with one resolution for each vendor's part. */
async function resolutionsOfPerson(world: World): Promise<Resolution[]> {
  const query = { states: ['unknown'], withUnknownParts: true, limit: 50 } as const;
  const unknown = await world.ledger.intents(world.scope, query);
  const truth = await truthOf(world);
  const resolutions: Resolution[] = [];
  for (const intent of unknown) {
    if (intent.kind === 'cancel') resolutions.push(await resolutionOfCancel(world, intent, truth));
    else resolutions.push(...(await resolutionsOfParts(world, intent, truth)));
  }
  return resolutions;
}

async function resolutionsOfParts(world: World, { id, key }: Intent, truth: readonly Truth[]): Promise<Resolution[]> {
  const rows = await world.ledger.reservationsOfIntent(id);
  const open = rows.filter(({ released, standing }) => !released && standing === 'unknown');
  return open.filter(isForPerson(world)).map(({ vendor, currency }) => {
    const own = truth.find((refund) => refund.key === key && refund.vendor === vendor);
    const isDisputed = world.disputedKeys.has(key);
    const outcome = own?.counts ? 'initiated' : 'nothing';
    return {
      intent: id,
      body: {
        outcome,
        confirm: true,
        reason: REASON,
        ...(own && { refund_id: own.id }),
        ...(isDisputed && own?.counts && { amount: toDecimal(own.amount, currency) }),
        ...(vendor !== undefined && { vendor }),
      },
    };
  });
}

async function resolutionOfCancel(world: World, intent: Intent, truth: readonly Truth[]): Promise<Resolution> {
  const rows = await world.ledger.reservationsOfPayment(world.scope, intent.paymentId);
  const target = rows.find(({ id }) => id === intent.target);
  const isCancelled = truth.some(({ id, status }) => id === target?.refundId && status === 'deleted');
  return { intent: intent.id, body: { outcome: isCancelled ? 'cancelled' : 'nothing', confirm: true, reason: REASON } };
}

/** The proxy finds out the other outcomes by itself. */
function isForPerson({ provider }: World): (row: Reservation) => boolean {
  return ({ status }) => provider === 'upayments' || status === 'contradiction';
}

const REASON = 'as the dashboard shows it';

async function resolve(world: World, { intent, body }: Resolution): Promise<void> {
  const answer = await world.send(`/intents/${intent}/resolve`, body);
  assert.equal(answer.status, 200, await answer.text());
}

/** Cancels a pending refund: a whole one or one vendor's part. */
export async function cancel(
  world: World,
  { which, trouble }: { which: number; trouble: Trouble | undefined },
): Promise<void> {
  const refundedIntents = world.intents.filter(({ answers }) =>
    answers.some(({ says }) => says === 'refunded' || says === 'parts'),
  );
  if (refundedIntents.length === 0) return;
  const { order } = pick(refundedIntents, which);
  const summary = await reload(world, { order, via: 0 });
  const pending = (summary?.refunds ?? []).filter(
    ({ standing, references }) => standing === 'pending' && idsIn(references)['refundOrderId'] !== undefined,
  );
  if (pending.length === 0) return;
  const { refund_id, vendor, references } = pick(pending, which);
  const { control } = world.testbed;
  if (trouble) await control.scenario(trouble.scenario, { provider: 'upayments', params: trouble.params ?? {} });
  const response = await world.send(
    vendor === undefined ? '/delete-refund' : '/delete-multivendor-refund',
    idsIn(references),
  );
  const text = await response.text();
  if (trouble) await control.clearScenarios();
  const refund = (await truthOf(world)).find(({ id }) => id === refund_id);
  if (response.ok && (JSON.parse(text) as { status?: boolean }).status !== false) {
    assert.equal(refund?.status, 'deleted', 'a refund reported as cancelled is deleted');
  }
}

function idsIn(references: unknown): Readonly<Record<string, string>> {
  return (references ?? {}) as Readonly<Record<string, string>>;
}
