import type { AuditLine, Intent, KeptAmount, KeptRequest, Reservation, Scope } from './entities.ts';
import type { LedgerFigures } from './figures.ts';
import { LedgerCore } from './ledger-core.ts';
import { peekStrangeList, wasAnyListed, type ListedRefund } from './rules/listed.ts';
import { mayHaveMore } from './rules/put-off.ts';
import { isUncompared, readRestored, type Restored } from './rules/restored.ts';
import { rowsOf, spokenElsewhere, type SettledElsewhere, type SpokenElsewhere } from './rules/said-elsewhere.ts';
import { spokenIn, type Spoken } from './rules/said.ts';
import { forgetTotal, peekTotal, type TotalThen } from './rules/total.ts';
import type { ExportedPart, IntentQuery } from './rows.ts';

/** How many rows of an export are in memory at a time. */
const PAGE = 500;
/** Far more than one payment ever has. */
const MAX_OF_A_PAYMENT = 100_000;

/** Everything that the ledger has about one payment, at one moment. */
export interface PaymentRecord {
  readonly rows: readonly Reservation[];
  readonly intents: readonly Intent[];
  /** Requests that wait for an approval. */
  readonly waiting: readonly KeptAmount[];
  /** See `LedgerTransaction.auditOfPayment`. */
  readonly audit: readonly AuditLine[];
}

/** The reads of a ledger. */
export class LedgerReads extends LedgerCore {
  /** The waiting request, as it was sent. */
  keptRequest(intentId: string): Promise<KeptRequest | undefined> {
    return this.read((tx) => tx.keptRequest(intentId));
  }

  intent(id: string): Promise<Intent | undefined> {
    return this.read((tx) => tx.intent(id));
  }

  intentByKey(scope: Scope, key: string): Promise<Intent | undefined> {
    return this.read((tx) => tx.intentByKey(scope, key));
  }

  intents(scope: Scope, query: IntentQuery): Promise<Intent[]> {
    return this.read((tx) => tx.intents(scope, query));
  }

  /**
   * Counts what is pending, in bounded time however much has been settled. `follows`: successful refunds are checked,
   * too.
   */
  figures(scope: Scope, about: { readonly follows: boolean }): Promise<LedgerFigures> {
    return this.read((tx) => tx.figures(scope, about));
  }

  reservationsOfPayment(scope: Scope, paymentId: string): Promise<Reservation[]> {
    return this.read((tx) => tx.reservationsOfPayment(scope, paymentId));
  }

  /** All of one payment in one read. */
  paymentRecord(scope: Scope, paymentId: string): Promise<PaymentRecord> {
    return this.read(async (tx) => {
      const [rows, intents, waiting, audit] = await Promise.all([
        tx.reservationsOfPayment(scope, paymentId),
        tx.intents(scope, { paymentId, limit: MAX_OF_A_PAYMENT }),
        tx.keptAmounts(scope, paymentId),
        tx.auditOfPayment(scope, paymentId),
      ]);
      return { rows, intents, waiting, audit };
    });
  }

  reservationsOfIntent(id: string): Promise<Reservation[]> {
    return this.read((tx) => tx.reservationsOfIntent(id));
  }

  /** Refunds that the provider knows under this id, of whatever name. */
  reservationsByReference(scope: Scope, reference: string): Promise<Reservation[]> {
    return this.read((tx) => tx.reservationsByReference(scope, reference));
  }

  /** Refunds made elsewhere that the provider contradicts, until a person settles them. */
  contradictedElsewhere(scope: Scope, limit: number): Promise<Reservation[]> {
    return this.read((tx) => tx.contradictedElsewhere(scope, limit));
  }

  /** What people have said of the parts of a request. One read follows from another, so it is no `read`. */
  spoken(intent: Intent): Promise<Spoken> {
    return this.transaction((tx) => spokenIn(tx, intent));
  }

  /** The same of a refund made elsewhere that the provider contradicts, or has contradicted. */
  spokenElsewhere(
    scope: Scope,
    refund: Pick<SettledElsewhere, 'paymentId' | 'refundId' | 'currency'>,
  ): Promise<SpokenElsewhere | undefined> {
    return this.transaction(async (tx) =>
      spokenElsewhere(tx, rowsOf(await tx.reservationsByReference(scope, refund.refundId), refund)),
    );
  }

  audit(id: string): Promise<AuditLine[]> {
    return this.read((tx) => tx.auditOf(id));
  }

  /** The restore of this ledger that is not dealt with yet; `undefined` if there is none. */
  restored(): Promise<Restored | undefined> {
    return this.store.read(readRestored);
  }

  /** See `wasAnyListed`. */
  wasAnyListed(scope: Scope): Promise<boolean> {
    return this.store.read((tx) => wasAnyListed(tx, scope));
  }

  /** See `mayHaveMore`. One read follows from another, so it is no `read`. */
  mayHaveMore(scope: Scope, paymentId: string): Promise<boolean> {
    return this.transaction((tx) => mayHaveMore(tx, scope, paymentId));
  }

  /** The list of the payment as it was read last, where it showed a refund that nobody knew. */
  async strangeList(scope: Scope, paymentId: string): Promise<readonly ListedRefund[] | undefined> {
    const list = await this.store.read((tx) => peekStrangeList(tx, scope, paymentId));
    return list === undefined ? undefined : (JSON.parse(list) as ListedRefund[]);
  }

  /** See `peekTotal`. */
  providerTotal(scope: Scope, paymentId: string): Promise<TotalThen | undefined> {
    return this.store.read((tx) => peekTotal(tx, scope, paymentId));
  }

  /** See `forgetTotal`. */
  forgetTotal(scope: Scope, paymentId: string): Promise<void> {
    return this.transaction((tx) => forgetTotal(tx, scope, paymentId));
  }

  /** How many words people have said of the payment's requests. */
  wordsOn(scope: Scope, paymentId: string): Promise<number> {
    return this.store.read((tx) => tx.wordsOn(scope, paymentId));
  }

  /** Whether the payment has to be compared before anything is sent. */
  isUncompared(scope: Scope, paymentId: string): Promise<boolean> {
    return this.store.read((tx) => isUncompared(tx, scope, paymentId));
  }

  /** Every part of every refund that was requested or made at `since` or later, page by page. */
  async *exported(since: number): AsyncGenerator<ExportedPart> {
    for (let after = 0; ;) {
      const last = after;
      const page = await this.store.read((tx) => tx.retention.parts(since, last, PAGE));
      yield* page;
      if (page.length < PAGE) return;
      after = page.at(-1)!.id;
    }
  }
}
