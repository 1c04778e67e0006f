import { Changes } from './changes.ts';
import { hearingOf, type Contradiction } from './rules/contradiction.ts';
import type { Intent, Scope } from './entities.ts';
import { LedgerUnavailableError } from './errors.ts';
import { scopeKey, tellingOf } from './rules/keep-change.ts';
import type { LedgerStore, LedgerTransaction } from './store.ts';
import { watching, type LedgerWatch } from './watch.ts';
import { WriteProbe } from './write-probe.ts';

/** `by`: who heard it, in the words of its `LedgerWatch`. */
type ContradictionListener = (contradiction: Contradiction, by?: LedgerWatch['fields']) => void;

/** The transactions of a ledger, and who is notified of them. */
export class LedgerCore {
  protected readonly store: LedgerStore;
  /** Notified of each payment that was written to, after that is on disk. */
  readonly changes: Changes;

  readonly #probe: WriteProbe;
  readonly #contradicted: Set<ContradictionListener>;
  readonly #toldOf: Set<string>;
  readonly #watch: LedgerWatch | undefined;

  /** `view`: another ledger object on the same store. */
  constructor(store: LedgerStore, view?: { readonly of: LedgerCore; readonly watch: LedgerWatch }) {
    this.store = store;
    this.changes = view ? view.of.changes : new Changes();
    this.#probe = view ? view.of.#probe : new WriteProbe(store);
    this.#contradicted = view ? view.of.#contradicted : new Set();
    this.#toldOf = view ? view.of.#toldOf : new Set();
    this.#watch = view?.watch;
  }

  /** Notified of each contradiction, after it is on disk. Returns a function that stops it. */
  onContradiction(listener: ContradictionListener): () => void {
    this.#contradicted.add(listener);
    return () => this.#contradicted.delete(listener);
  }

  /**
   * From now on the outbox keeps each change of a refund until it is accepted. Every process that writes has to call
   * this.
   */
  keepChanges(scope: Scope): void {
    this.#toldOf.add(scopeKey(scope));
  }

  protected async transaction<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    let heard: Contradiction[] = [];
    const run = (each: typeof work) => this.store.transaction(each);
    const result = await watching(this.#watch, 'write', run, (tx) => {
      heard = hearingOf(tx);
      tellingOf(tx, this.#toldOf);
      return work(tx);
    }).catch((error: unknown) => {
      if (error instanceof LedgerUnavailableError) this.#probe.failed();
      throw error;
    });
    for (const contradiction of heard) for (const tell of this.#contradicted) tell(contradiction, this.#watch?.fields);
    return result;
  }

  protected read<T>(work: (tx: LedgerTransaction) => Promise<T>): Promise<T> {
    return watching(this.#watch, 'read', (each) => this.store.read(each), work);
  }

  /** Whether other instances may write to it: `changes` does not report those writes. */
  get isShared(): boolean {
    return this.store.isShared;
  }

  /**
   * Resolves when a write is on disk.
   * @throws LedgerUnavailableError when nothing can be written, as on a full disk.
   */
  tryWriting(at: number): Promise<void> {
    return this.#probe.run(at);
  }

  /** See `LedgerStore`. */
  replaceShared(name: string, replace: (current: string | undefined) => Promise<string | undefined>): Promise<void> {
    return this.store.replaceShared(name, replace);
  }

  /** Changes such a value in one transaction, without a call of anybody else meanwhile. Returns `result`. */
  updateShared<T>(name: string, update: (current: string | undefined) => { next: string; result: T }): Promise<T> {
    return this.transaction(async (tx) => {
      const { next, result } = update(await tx.sharedValue(name));
      await tx.saveSharedValue(name, next);
      return result;
    });
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** One transaction about one intent, under the lock of its payment. */
  protected async about<Read extends { readonly intent: Intent }, T>(
    id: string,
    lock: (tx: LedgerTransaction, id: string) => Promise<Read>,
    work: (tx: LedgerTransaction, read: Read) => Promise<T>,
  ): Promise<T> {
    let subject: Intent | undefined;
    const result = await this.transaction(async (tx) => {
      const read = await lock(tx, id);
      subject = read.intent;
      return work(tx, read);
    });
    if (subject) this.changes.tell(subject, [subject.paymentId]);
    return result;
  }

  protected async telling<T>(scope: Scope, paymentId: string, work: Promise<T>): Promise<T> {
    const result = await work;
    this.changes.tell(scope, [paymentId]);
    return result;
  }
}
