import type { PaymentRefundStanding, RefundStanding } from '../../contract/index.ts';
import { unreachable } from '../unreachable.ts';
import { refuse, type BeginRequest, type Refusal } from './admission.ts';
import type { AuditLine, Intent, Reservation, Scope, StoredAnswer, VendorLimit } from './entities.ts';
import { contradicts, holdsAmount, intentMayMove, standingMayMove, type IntentState } from './states.ts';
import type { IntentQuery, LedgerStore, LedgerTransaction } from './store.ts';

export type BeginResult =
  /** Written and synced: the provider may be called, now and by nobody else. */
  | { readonly kind: 'admitted'; readonly intent: Intent }
  /** Finished before; `answer` is missing when a person settled it. */
  | { readonly kind: 'finished'; readonly intent: Intent }
  | { readonly kind: 'running'; readonly intent: Intent }
  | { readonly kind: 'unknown'; readonly intent: Intent }
  | { readonly kind: 'reused'; readonly intent: Intent }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** What an answer says about one reservation. */
export interface RefundFact {
  readonly standing: PaymentRefundStanding;
  readonly status: string;
  readonly refundId?: string;
  readonly references?: Readonly<Record<string, string>>;
}

export interface Settlement {
  readonly to: 'succeeded' | 'failed' | 'unknown' | 'void';
  readonly answer?: StoredAnswer;
  /** One for each reservation, in the order asked. */
  readonly refunds?: readonly RefundFact[];
  /** The answer moved no money and opened a second step instead, with these limits. */
  readonly opened?: readonly VendorLimit[];
  readonly who: string;
  /** From which answer: `answer 200`, `timeout`, `restart`, `list`, `person`. */
  readonly source: string;
  readonly detail?: string;
  readonly at: number;
}

/** A refund as a provider's read answers it. With `amount` it is complete enough to be taken in when it is not ours. */
export interface Observation extends RefundFact {
  readonly refundId: string;
  readonly standing: RefundStanding;
  /** The intent that the provider's record names as its origin. */
  readonly intentId?: string | undefined;
  readonly amount?: bigint;
  readonly currency?: string;
  readonly reason?: string | undefined;
  readonly createdAt?: number | undefined;
  /** The read, in the shape of the lost answer. */
  readonly answer?: StoredAnswer;
}

export interface Observed {
  readonly changed: number;
  readonly settled: number;
  readonly takenIn: number;
}

/** A person's word on a refund whose outcome no machine can know. */
export interface Resolution {
  /** `refunded` and `initiated`: it happened. `cancelled`: a cancel happened. `nothing`: it did not, and never will. */
  readonly outcome: 'refunded' | 'initiated' | 'cancelled' | 'nothing';
  readonly reason: string;
  readonly who: string;
  readonly refundId?: string | undefined;
  /** Only this vendor's part. */
  readonly vendor?: string | undefined;
  readonly at: number;
}

const FIRST_CHECK_MS = 5_000;
const LONGEST_CHECK_MS = 3_600_000;

/** The wait before check number `checks`, doubling from 5 seconds to an hour. */
export function checkDelay(checks: number): number {
  return Math.min(FIRST_CHECK_MS * 2 ** Math.min(checks, 20), LONGEST_CHECK_MS);
}

/**
 * The record that makes one intent one refund. Every rule is here and in `admission.ts` and `states.ts`; a store only
 * keeps rows. Every method is one transaction: when its promise resolves, what it says is on disk.
 */
export class Ledger {
  readonly #store: LedgerStore;

  constructor(store: LedgerStore) {
    this.#store = store;
  }

  /** Admits a new intent and reserves its amounts, or says why not. Must resolve before the provider is called. */
  begin(request: BeginRequest): Promise<BeginResult> {
    return this.#store.transaction(async (tx): Promise<BeginResult> => {
      await tx.lockPayment(request, request.paymentId);
      const existing = await tx.intentByKey(request, request.key);
      if (existing) {
        const known = knownIntent(existing, request.fingerprint);
        if (known) return known;
      }
      const refusal = refuse(request, {
        reservations: await tx.reservationsOfPayment(request, request.paymentId),
        opened: request.kind === 'vendor_refund' ? await tx.openedVendors(request, request.paymentId) : [],
        openCancels: request.target === undefined ? [] : await tx.openCancels(request.target),
      });
      if (refusal) return { kind: 'refused', refusal };

      const intent = newIntent(request, existing);
      if (existing) await tx.saveIntent(intent);
      else await tx.insertIntent(intent);
      for (const asked of request.asked) {
        await tx.insertReservation({
          merchant: request.merchant,
          provider: request.provider,
          intentId: intent.id,
          key: intent.key,
          paymentId: request.paymentId,
          currency: request.currency,
          vendor: asked.vendor,
          amount: asked.amount,
          released: false,
          refundId: undefined,
          references: {},
          status: '',
          standing: 'unknown',
          reason: asked.reason,
          createdAt: request.at,
          updatedAt: request.at,
          checks: 0,
          nextCheckAt: request.at,
        });
      }
      await tx.addAudit({
        ...line(intent.id, request.user, 'begin', 'request', request.at),
        from: existing?.state,
        to: 'sending',
      });
      return { kind: 'admitted', intent };
    });
  }

  /** Claims an unknown intent for one more send under its own provider key; `undefined` when another one was faster. */
  resume(id: string, { who, at }: { who: string; at: number }): Promise<Intent | undefined> {
    return this.#store.transaction(async (tx) => {
      const intent = await locked(tx, id);
      if (!intentMayMove(intent.state, 'resending')) return undefined;
      const resumed: Intent = { ...intent, state: 'resending', updatedAt: at };
      await tx.saveIntent(resumed);
      await tx.addAudit({ ...line(id, who, 'resend', 'request', at), from: intent.state, to: 'resending' });
      return resumed;
    });
  }

  /** Records what became of a send. A word that comes too late for the state table changes nothing and is audited. */
  settle(id: string, settlement: Settlement): Promise<Intent> {
    return this.#store.transaction(async (tx) => settleIn(tx, await locked(tx, id), settlement));
  }

  /** Takes in what a provider's read says: moves standings on, settles lost answers, counts refunds made elsewhere. */
  observe(
    scope: Scope,
    {
      paymentId,
      observations,
      source,
      at,
    }: { paymentId?: string; observations: readonly Observation[]; source: string; at: number },
  ): Promise<Observed> {
    return this.#store.transaction(async (tx) => {
      const count = { changed: 0, settled: 0, takenIn: 0, same: 0 };
      if (paymentId !== undefined) await tx.lockPayment(scope, paymentId);
      for (const seen of observations) count[await observeIn(tx, scope, seen, { paymentId, source, at })] += 1;
      return { changed: count.changed, settled: count.settled, takenIn: count.takenIn };
    });
  }

  /** Settles by a person's word, with the reason in the audit. `undefined` when nothing about the intent is unknown. */
  resolve(id: string, resolution: Resolution): Promise<Intent | undefined> {
    return this.#store.transaction(async (tx) => {
      const intent = await locked(tx, id);
      const { outcome, who, at, reason, vendor } = resolution;
      const parts = await tx.reservationsOfIntent(id);
      const open = parts.filter(
        (row) => !row.released && row.standing === 'unknown' && (vendor === undefined || row.vendor === vendor),
      );
      if (intent.kind === 'cancel' ? intent.state !== 'unknown' : open.length === 0) return undefined;
      if (intent.state !== 'unknown' && intent.state !== 'succeeded') return undefined;
      const said = line(id, who, 'resolve', 'person', at);
      await tx.addAudit({ ...said, to: outcome, detail: vendor === undefined ? reason : `${vendor}: ${reason}` });
      const happened = outcome !== 'nothing';
      for (const row of open) {
        const standing = outcome === 'refunded' ? 'succeeded' : happened ? 'pending' : 'failed';
        const fact = { standing, status: outcome } as const;
        const { refundId } = resolution;
        await applyFact(tx, row, refundId === undefined ? fact : { ...fact, refundId }, said);
      }
      const rest = await tx.reservationsOfIntent(id);
      if (rest.some((row) => !row.released && row.standing === 'unknown')) return intent;
      if (intent.state === 'succeeded') return intent;
      const to = happened || rest.some(({ released }) => !released) ? 'succeeded' : 'failed';
      return settleIn(tx, intent, { to, who, source: 'person', at });
    });
  }

  /** At start-up nobody is sending any more: what was, has no known outcome. Returns how many. */
  recover(scope: Scope, at: number): Promise<number> {
    return this.#store.transaction(async (tx) => {
      const cut = await tx.intents(scope, { states: ['sending', 'resending'], limit: Number.MAX_SAFE_INTEGER });
      for (const intent of cut) await settleIn(tx, intent, { to: 'unknown', who: 'proxy', source: 'restart', at });
      return cut.length;
    });
  }

  /** Adds to the audit trail, and remembers what the provider listed before the first send. */
  note(
    id: string,
    {
      what,
      source,
      detail,
      seenBefore,
      at,
    }: { what: string; source: string; detail: string; seenBefore?: number; at: number },
  ): Promise<Intent> {
    return this.#store.transaction(async (tx) => {
      const intent = await locked(tx, id);
      const noted = seenBefore === undefined ? intent : { ...intent, seenBefore };
      if (seenBefore !== undefined) await tx.saveIntent(noted);
      await tx.addAudit({ ...line(id, 'proxy', what, source, at), detail });
      return noted;
    });
  }

  /** Puts the next check off, after one that changed nothing. */
  checked(row: Intent | Reservation, at: number): Promise<void> {
    return this.#store.transaction(async (tx) => {
      const next = (checks: number) => ({ checks: checks + 1, nextCheckAt: at + checkDelay(checks + 1) });
      if ('kind' in row) {
        const intent = await tx.intent(row.id);
        if (intent) await tx.saveIntent({ ...intent, ...next(intent.checks) });
        return;
      }
      const reservation = await tx.reservation(row.id);
      if (reservation) await tx.saveReservation({ ...reservation, ...next(reservation.checks) });
    });
  }

  intent(id: string): Promise<Intent | undefined> {
    return this.#store.read((tx) => tx.intent(id));
  }

  intentByKey(scope: Scope, key: string): Promise<Intent | undefined> {
    return this.#store.read((tx) => tx.intentByKey(scope, key));
  }

  intents(scope: Scope, query: IntentQuery): Promise<Intent[]> {
    return this.#store.read((tx) => tx.intents(scope, query));
  }

  reservationsOfPayment(scope: Scope, paymentId: string): Promise<Reservation[]> {
    return this.#store.read((tx) => tx.reservationsOfPayment(scope, paymentId));
  }

  reservationsOfIntent(id: string): Promise<Reservation[]> {
    return this.#store.read((tx) => tx.reservationsOfIntent(id));
  }

  /** Refunds that the provider knows under this id, of whatever name. */
  reservationsByReference(scope: Scope, reference: string): Promise<Reservation[]> {
    return this.#store.read((tx) => tx.reservationsByReference(scope, reference));
  }

  dueReservations(scope: Scope, at: number, limit: number): Promise<Reservation[]> {
    return this.#store.read((tx) => tx.dueReservations(scope, at, limit));
  }

  audit(id: string): Promise<AuditLine[]> {
    return this.#store.read((tx) => tx.auditOf(id));
  }

  close(): Promise<void> {
    return this.#store.close();
  }
}

function knownIntent(intent: Intent, fingerprint: string): BeginResult | undefined {
  if (intent.fingerprint !== fingerprint) return { kind: 'reused', intent };
  switch (intent.state) {
    case 'sending':
    case 'resending':
      return { kind: 'running', intent };
    case 'unknown':
      return { kind: 'unknown', intent };
    case 'succeeded':
    case 'failed':
      return { kind: 'finished', intent };
    case 'void':
      return undefined;
    default:
      return unreachable(intent.state);
  }
}

function newIntent(request: BeginRequest, existing: Intent | undefined): Intent {
  const { at, user, paymentId, currency, target } = request;
  if (existing) return { ...existing, state: 'sending', user, firstSentAt: at, updatedAt: at, seenBefore: undefined };
  return {
    id: request.id,
    merchant: request.merchant,
    provider: request.provider,
    key: request.key,
    fingerprint: request.fingerprint,
    kind: request.kind,
    paymentId,
    currency,
    state: 'sending',
    providerKey: request.providerKey,
    user,
    target,
    answer: undefined,
    seenBefore: undefined,
    createdAt: at,
    firstSentAt: at,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at,
  };
}

async function settleIn(tx: LedgerTransaction, intent: Intent, settlement: Settlement): Promise<Intent> {
  const { to, answer, at, who, source, detail } = settlement;
  const audit = { ...line(intent.id, who, 'settle', source, at), from: intent.state, to, detail };
  if (!intentMayMove(intent.state, to)) {
    await tx.addAudit({ ...audit, what: 'too_late' });
    return intent;
  }
  const settled: Intent = {
    ...intent,
    state: to,
    answer: to === 'succeeded' || to === 'failed' ? answer : undefined,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at + checkDelay(0),
  };
  await tx.saveIntent(settled);
  await tx.addAudit(audit);

  const parts = (await tx.reservationsOfIntent(intent.id)).filter(({ released }) => !released);
  if (to === 'failed' || to === 'void' || settlement.opened) {
    for (const row of parts) await tx.saveReservation({ ...row, released: true, updatedAt: at });
  }
  if (settlement.opened) await openVendors(tx, intent, settlement.opened);
  if (settlement.refunds) {
    for (const [index, fact] of settlement.refunds.entries()) {
      const row = parts[index];
      if (row) await applyFact(tx, row, fact, audit);
    }
  }
  if (intent.kind === 'cancel' && to === 'succeeded' && intent.target !== undefined) {
    const target = await tx.reservation(intent.target);
    if (target) await applyFact(tx, target, { standing: 'cancelled', status: 'cancelled' }, audit);
  }
  return settled;
}

async function openVendors(tx: LedgerTransaction, intent: Intent, opened: readonly VendorLimit[]): Promise<void> {
  const rows = await tx.reservationsOfPayment(intent, intent.paymentId);
  const after = rows.reduce((highest, { id }) => Math.max(highest, id), 0);
  await tx.replaceOpenedVendors(
    intent,
    intent.paymentId,
    opened.map((row) => ({ ...row, after })),
  );
}

/** Moves one reservation on as far as the table lets it, and keeps every id that came. */
async function applyFact(tx: LedgerTransaction, row: Reservation, fact: RefundFact, from: AuditLine): Promise<boolean> {
  const moves = standingMayMove(row.standing, fact.standing);
  const standing = moves ? fact.standing : row.standing;
  const sameStanding = row.standing === fact.standing;
  const status = moves || sameStanding ? fact.status : row.status;
  const refundId = row.refundId ?? fact.refundId;
  const references = { ...row.references, ...fact.references };
  const newIds = refundId !== row.refundId || Object.keys(references).length !== Object.keys(row.references).length;
  if (contradicts(row.standing, fact.standing)) {
    await tx.addAudit({ ...from, reservationId: row.id, what: 'contradiction', from: row.standing, to: fact.standing });
  }
  if (!moves && status === row.status && !newIds) return false;
  await tx.saveReservation({
    ...row,
    standing,
    status,
    refundId,
    references,
    released: row.released || !holdsAmount(standing),
    updatedAt: from.at,
    checks: 0,
    nextCheckAt: from.at + checkDelay(0),
  });
  if (moves) {
    await tx.addAudit({ ...from, reservationId: row.id, what: 'standing', from: row.standing, to: standing });
  }
  return moves;
}

async function observeIn(
  tx: LedgerTransaction,
  scope: Scope,
  seen: Observation,
  { paymentId, source, at }: { paymentId: string | undefined; source: string; at: number },
): Promise<'changed' | 'settled' | 'takenIn' | 'same'> {
  const known = await tx.reservationsByReference(scope, seen.refundId);
  const byId = known.filter(({ refundId }) => refundId === seen.refundId);
  if (byId.length > 0) {
    const row = byId[0]!;
    // An id that several refunds share says nothing about any one of them.
    if (byId.length > 1) return 'same';
    return (await applyFact(tx, row, seen, line(row.intentId, 'provider', 'observe', source, at))) ? 'changed' : 'same';
  }
  const origin = seen.intentId === undefined ? undefined : await tx.intent(seen.intentId);
  if (origin && origin.merchant === scope.merchant && origin.provider === scope.provider) {
    // Still on its way: its own answer will say so, and its reservation counts already.
    if (origin.state === 'sending' || origin.state === 'resending') return 'same';
    if (origin.state === 'unknown') {
      await settleIn(tx, origin, {
        to: 'succeeded',
        ...(seen.answer && { answer: seen.answer }),
        refunds: [seen],
        who: 'provider',
        source,
        at,
      });
      return 'settled';
    }
    if (await attachToOrigin(tx, origin, seen, line(origin.id, 'provider', 'observe', source, at))) return 'changed';
  }
  if (paymentId === undefined || seen.amount === undefined || seen.currency === undefined) return 'same';
  const row = await tx.insertReservation({
    ...scopeOf(scope),
    intentId: undefined,
    key: undefined,
    paymentId,
    currency: seen.currency,
    vendor: undefined,
    amount: seen.amount,
    released: !holdsAmount(seen.standing),
    refundId: seen.refundId,
    references: seen.references ?? {},
    status: seen.status,
    standing: seen.standing,
    reason: seen.reason,
    createdAt: seen.createdAt ?? at,
    updatedAt: at,
    checks: 0,
    nextCheckAt: at + checkDelay(0),
  });
  await tx.addAudit({
    ...line(undefined, 'provider', origin ? 'contradiction' : 'take_in', source, at),
    reservationId: row.id,
    to: seen.standing,
    detail: origin ? `intent ${origin.id} was ${origin.state}` : undefined,
  });
  return 'takenIn';
}

/** A person settled the intent without the provider's id: the read brings it. */
async function attachToOrigin(
  tx: LedgerTransaction,
  origin: Intent,
  seen: Observation,
  audit: AuditLine,
): Promise<boolean> {
  const parts = (await tx.reservationsOfIntent(origin.id)).filter(
    ({ released, refundId }) => !released && refundId === undefined,
  );
  if (parts.length !== 1) return false;
  await applyFact(tx, parts[0]!, seen, audit);
  return true;
}

async function locked(tx: LedgerTransaction, id: string): Promise<Intent> {
  const found = await tx.intent(id);
  if (!found) throw new RangeError(`No intent ${id} in the ledger`);
  await tx.lockPayment(found, found.paymentId);
  return (await tx.intent(id)) ?? found;
}

function scopeOf({ merchant, provider }: Scope): Scope {
  return { merchant, provider };
}

function line(intentId: string | undefined, who: string, what: string, source: string, at: number): AuditLine {
  return {
    at,
    intentId,
    reservationId: undefined,
    who,
    what,
    from: undefined,
    to: undefined,
    source,
    detail: undefined,
  };
}

export type { IntentState };
