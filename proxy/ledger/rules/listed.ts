import type { AuditLine, Intent, Reservation, Scope } from '../entities.ts';
import type { Observation } from '../facts.ts';
import { isNumbered } from './number.ts';
import { line } from './fact.ts';
import type { LedgerTransaction } from '../store.ts';

/** The audit line of a refund of ours that a list without amounts has named by an id that is known here. */
const LISTED = 'listed';

/** Whether the list has named this request's refund: so the ids in it are those that are known here. */
function wasListed(audit: readonly AuditLine[]): boolean {
  return audit.some(({ what }) => what === LISTED);
}

function nameOf({ merchant, provider }: Scope): string {
  return `listed ${JSON.stringify([merchant, provider])}`;
}

/** Whether the list of any payment has named a refund of this merchant by an id that is known here. */
export async function wasAnyListed(tx: LedgerTransaction, scope: Scope): Promise<boolean> {
  return (await tx.peekSharedValue(nameOf(scope))) !== undefined;
}

/** A refund of a list without amounts, by the id that the list shows. */
type Named = Pick<Observation, 'refundId'>;

/** The same, with what the list says of it. */
export type ListedRefund = Pick<Observation, 'refundId' | 'standing'>;

/** Every id that the provider gave the refund. */
export function idsOf({ refundId, references }: Reservation): readonly (string | undefined)[] {
  return [refundId, ...Object.values(references)];
}

/** The ids in the list that no refund known here has. */
export function strangersIn(listed: readonly Named[], rows: readonly Reservation[]): readonly string[] {
  const known = new Set(rows.flatMap(idsOf));
  return listed.map(({ refundId }) => refundId).filter((id) => !known.has(id));
}

export async function noteListed(
  tx: LedgerTransaction,
  scope: Scope,
  {
    paymentId,
    observations,
    source,
    at,
  }: { paymentId: string; observations: readonly Observation[]; source: string; at: number },
): Promise<void> {
  const listed = new Set<string | undefined>(observations.map(({ refundId }) => refundId));
  for (const row of await tx.reservationsOfPayment(scope, paymentId)) {
    const id = row.intentId === undefined ? undefined : idsOf(row).find((one) => one !== undefined && listed.has(one));
    if (row.intentId === undefined || id === undefined) continue;
    const audit = await tx.auditOf(row.intentId);
    if (wasListed(audit) || isNumbered(row, audit)) continue;
    await tx.addAudit({ ...line(row.intentId, 'provider', LISTED, source, at), reservationId: row.id, detail: id });
    if (await wasAnyListed(tx, scope)) continue;
    // This creates the row that is saved.
    await tx.sharedValue(nameOf(scope));
    await tx.saveSharedValue(nameOf(scope), source);
  }
}

/** Refunds of other requests of the payment whose outcome nobody knows. The provider's list may show them. */
export async function countLost(
  tx: Pick<LedgerTransaction, 'reservationsOfPayment'>,
  intent: Pick<Intent, 'id' | 'paymentId'> & Scope,
): Promise<number> {
  const rows = await tx.reservationsOfPayment(intent, intent.paymentId);
  return rows.filter((row) => !row.released && row.standing === 'unknown' && row.intentId !== intent.id).length;
}

/** The audit line of what the list named before a send. */
export const COUNT = 'count';

/** As the audit trail keeps it. */
export function namedNow(ids: readonly string[]): string {
  return `before sending: ${ids.length} ${JSON.stringify(ids)}`;
}

/** What the list named before the first send of a request, and when; `undefined` when that was not kept. */
export function namedBefore(
  audit: readonly AuditLine[],
): { readonly ids: readonly string[]; readonly at: number } | undefined {
  const first = audit.find(({ what }) => what === COUNT);
  const [ids] = /\[.*\]$/s.exec(first?.detail ?? '') ?? [];
  return first && ids !== undefined ? { ids: JSON.parse(ids) as string[], at: first.at } : undefined;
}

/** Reads of the ledger. */
export interface ListReads {
  audit(id: string): Promise<readonly AuditLine[]>;
  wasAnyListed(scope: Scope): Promise<boolean>;
}

/** The same in a transaction. */
export function readsIn(tx: LedgerTransaction): ListReads {
  return { audit: (id) => tx.auditOf(id), wasAnyListed: (scope) => wasAnyListed(tx, scope) };
}

/** A list beside the rows of its payment. */
interface Beside {
  readonly listed: readonly Named[];
  readonly rows: readonly Reservation[];
}

/** What is found out of a list, once for all who ask. */
export interface ListView extends Beside {
  /**
   * Without the refunds that a person has named in the list. Such a number says which refund it is, and nothing of how the
   * provider names one.
   */
  bare(): Promise<Beside>;
  /**
   * Whether a refund of ours would be in the list under an id that is known here. No source says which of a refund's ids
   * the list shows: so only if one of them is known, or was in an earlier list, of this payment or of another one.
   */
  namesOurs(): Promise<boolean>;
}

export function viewOf(reads: ListReads, listed: readonly Named[], rows: readonly Reservation[]): ListView {
  let bare: Promise<Beside> | undefined;
  let isNamed: Promise<boolean> | undefined;
  const view: ListView = {
    listed,
    rows,
    bare: () => (bare ??= withoutNumbered(reads, view)),
    namesOurs: () => (isNamed ??= namesOurs(reads, view)),
  };
  return view;
}

async function withoutNumbered(reads: ListReads, { listed, rows }: Beside): Promise<Beside> {
  const inList = new Set<string | undefined>(listed.map(({ refundId }) => refundId));
  const numbered = new Set<Reservation>();
  for (const row of rows) {
    if (row.intentId === undefined || row.refundId === undefined || !inList.has(row.refundId)) continue;
    const audit = await reads.audit(row.intentId);
    // What the list named before the request is another refund, whatever a person says.
    const isOther = namedBefore(audit)?.ids.includes(row.refundId);
    if (isNumbered(row, audit) && !isOther) numbered.add(row);
  }
  const ids = new Set<string | undefined>([...numbered].map(({ refundId }) => refundId));
  return {
    listed: listed.filter(({ refundId }) => !ids.has(refundId)),
    rows: rows.filter((row) => !numbered.has(row)),
  };
}

async function namesOurs(reads: ListReads, view: ListView): Promise<boolean> {
  const { listed, rows } = await view.bare();
  if (strangersIn(listed, rows).length < listed.length) return true;
  for (const id of new Set(view.rows.map(({ intentId }) => intentId))) {
    if (id !== undefined && wasListed(await reads.audit(id))) return true;
  }
  const [row] = view.rows;
  // How the list names a refund over several vendors, only such a list tells.
  return row !== undefined && view.rows.every(({ vendor }) => vendor === undefined) && reads.wasAnyListed(row);
}

/** How a list differs from what it named before the first send of a request. */
export interface SinceSent {
  /** Ids that are new in it, and that no refund known here has. Each may be the refund of this request. */
  readonly fresh: readonly string[];
  /** Whether a refund of ours would be in the list under an id that is known here: only then is none of `fresh` ours. */
  readonly isNamed: boolean;
  /** How many are missing that have not come to nothing here. What is missing shows that the list is not whole. */
  readonly missing: number;
}

/**
 * Compares a list with the one before the first send of a request; `undefined` where that was not kept. A refund that the
 * list has lost since may make the number the same as before.
 */
export async function sinceSent(
  reads: ListReads,
  view: ListView,
  { id }: Pick<Intent, 'id'>,
): Promise<SinceSent | undefined> {
  const before = namedBefore(await reads.audit(id));
  if (!before) return undefined;
  const { listed, rows } = view;
  const isNamed = await view.namesOurs();
  const now = new Set(listed.map(({ refundId }) => refundId));
  const fresh = strangersIn(listed, rows).filter((one) => !before.ids.includes(one));
  const lost = before.ids.filter((one) => !now.has(one));
  const over = rows.filter((row) => row.intentId !== undefined && row.released);
  if (isNamed) {
    const isOver = (one: string) => over.some((row) => idsOf(row).includes(one));
    return { fresh, isNamed, missing: lost.filter((one) => !isOver(one)).length };
  }
  // Other parts of it, and refunds of ours that were made since, are among them, under ids that are not known here. What
  // only a word has made of another request has no number: it may be the same as the one that is looked for.
  const isSince = ({ createdAt, refundId }: Reservation) => refundId !== undefined && createdAt > before.at;
  const isPart = ({ intentId, standing }: Reservation) => intentId === id && standing !== 'unknown';
  const bare = await view.bare();
  const made = bare.rows.filter((row) => row.intentId !== undefined && !row.released);
  const ended = over.filter(({ refundId, updatedAt }) => refundId !== undefined && updatedAt >= before.at);
  return {
    fresh: fresh.slice(made.filter((row) => isPart(row) || isSince(row)).length),
    isNamed,
    missing: Math.max(0, lost.length - ended.length),
  };
}

function strangersName({ merchant, provider }: Scope, paymentId: string): string {
  return `strangers ${JSON.stringify([merchant, provider, paymentId])}`;
}

/** The list of the payment as it was read last, as JSON, where it showed a refund that nobody knew. */
export async function peekStrangeList(
  tx: LedgerTransaction,
  scope: Scope,
  paymentId: string,
): Promise<string | undefined> {
  return tx.peekSharedValue(strangersName(scope, paymentId));
}

export async function saveStrangeList(
  tx: LedgerTransaction,
  scope: Scope,
  { paymentId, list }: { readonly paymentId: string; readonly list: string | undefined },
): Promise<void> {
  const name = strangersName(scope, paymentId);
  // This creates the row that is saved.
  await tx.sharedValue(name);
  await tx.saveSharedValue(name, list);
}
