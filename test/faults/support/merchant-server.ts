import assert from 'node:assert/strict';

import { refundChange, type RefundChange } from '../../../contract/change.ts';
import { toDecimal } from '../../../contract/index.ts';
import type { AuditLine, Intent, Ledger, Reservation } from '../../../proxy/index.ts';

/**
 * The merchant's server. It stores each change once, by its `id`. Some calls fail and some fail after the change is
 * stored.
 */
export class MerchantServer {
  readonly changes: RefundChange[] = [];
  readonly #knownIds = new Set<string>();
  readonly #lastSequences = new Map<string, number>();
  #calls = 0;

  async take(delivery: object): Promise<void> {
    this.#calls += 1;
    if (this.#calls % 3 === 0) throw new Error('down');
    const change = refundChange.parse(JSON.parse(JSON.stringify(delivery)));
    if (!this.#knownIds.has(change.id)) this.#add(change);
    if (this.#calls % 5 === 0) throw new Error('too late');
  }

  #add(change: RefundChange): void {
    const { id, payment_id, sequence } = change;
    const last = this.#lastSequences.get(payment_id) ?? 0;
    assert.ok(sequence > last, `the change ${id} of ${payment_id} was told after a later one`);
    this.#lastSequences.set(payment_id, sequence);
    this.#knownIds.add(id);
    this.changes.push(change);
  }

  /** A restored ledger counts its sequence numbers from the backup again. */
  forget(): void {
    this.#lastSequences.clear();
  }
}

/** Checks that the merchant got every change of each refund, in the right order, and no other change. */
export async function checkChanges(
  changes: readonly RefundChange[],
  rows: readonly Reservation[],
  ledger: Ledger,
): Promise<void> {
  const histories = new Map<string, RefundChange[]>(rows.map((row) => [partOf(row), []]));
  for (const change of changes) {
    const history = rowsOf(change, rows).map((row) => histories.get(partOf(row))!);
    assert.ok(history.length > 0, `a change was told that the ledger does not have: ${JSON.stringify(change)}`);
    history[0]!.push(change);
  }
  for (const [part, history] of histories) {
    const row = rows.findLast((one) => partOf(one) === part)!;
    checkChain(history);
    const intent = row.intentId === undefined ? undefined : await ledger.intent(row.intentId);
    const record: IntentRecord = { intent, audit: intent ? await ledger.audit(intent.id) : [] };
    checkEnd(row, history.at(-1), record);
    checkLoss(row, history, record);
  }
}

/** A request that came to nothing may be sent again under its key; all its rows then belong to one part. */
function partOf({ id, intentId, vendor }: Reservation): string {
  return intentId === undefined ? String(id) : `${intentId} ${vendor ?? ''}`;
}

/**
 * A change of a refund without an intent names the provider's refund id. That refund may have found its intent since.
 */
function rowsOf({ refund_id, intent_id, vendor }: RefundChange, rows: readonly Reservation[]): Reservation[] {
  const namesRefund = ({ refundId, references }: Reservation) =>
    typeof refund_id === 'string' && (refundId === refund_id || Object.values(references).includes(refund_id));
  return [
    ...rows.filter((row) => row.intentId === undefined && namesRefund(row)),
    ...rows.filter((row) => intent_id === row.intentId && (vendor ?? undefined) === row.vendor),
    ...rows.filter((row) => typeof intent_id !== 'string' && namesRefund(row)),
  ];
}

function checkChain(history: readonly RefundChange[]): void {
  // A refund made elsewhere may have found its intent later. Then the history before that belongs to another row.
  const own = history.filter(({ intent_id }) => typeof intent_id === 'string');
  let standing: string | undefined;
  for (const { id, before, standing: next } of own.length > 0 ? own : history) {
    const isNext =
      before === null || before === undefined ? standing === undefined : before === (standing ?? 'unknown');
    assert.ok(isNext, `the change ${id} follows ${before}, and ${standing} was told`);
    standing = next;
  }
}

/** The intent of a row, and its audit lines. */
interface IntentRecord {
  readonly intent: Intent | undefined;
  readonly audit: readonly AuditLine[];
}

/** A lost answer must be announced as unknown, unless something else has told of the refund before. */
function checkLoss(row: Reservation, history: readonly RefundChange[], { intent, audit }: IntentRecord): void {
  if (intent?.kind !== 'refund') return;
  const lost = audit.findIndex(({ what, from, to }) => what === 'settle' && from === 'sending' && to === 'unknown');
  const before = audit.slice(0, lost + 1);
  if (lost === -1 || before.some(({ what }) => what === 'standing' || what === 'contradiction')) return;
  const isReported = history.some(({ standing }) => standing === 'unknown');
  assert.ok(isReported, `the answer about reservation ${row.id} was lost, and nothing was told of that`);
}

function checkEnd(row: Reservation, last: RefundChange | undefined, { intent, audit }: IntentRecord): void {
  const description = `reservation ${row.id} is ${row.standing}${row.released ? ', released' : ''}`;
  // No change is needed for a refund without an id (only a total or a person reported it), or one that was never sent
  // or moved no money.
  const isNameless = row.intentId === undefined && row.refundId === undefined;
  const isUnsent =
    row.released && (row.standing === 'failed' || (row.standing === 'unknown' && intent?.state !== 'failed'));
  if (!last) {
    // The last send came to nothing, and the request may have waited for another approval since.
    const lastSend = audit.findLast(
      ({ what, from }) => what === 'settle' && (from === 'sending' || from === 'resending'),
    );
    const isVoid = row.released && lastSend?.to === 'void';
    assert.ok(isNameless || isUnsent || isVoid, `${description}, and nothing was told of it`);
    return;
  }
  const isRefused = row.released && row.standing === 'unknown';
  assert.equal(
    last.standing,
    isRefused ? 'failed' : row.standing,
    `${description}, and told was ${JSON.stringify(last)}`,
  );
  assert.equal(
    last.amount,
    toDecimal(row.amount, row.currency),
    `${description}, and told was ${JSON.stringify(last)}`,
  );
}
