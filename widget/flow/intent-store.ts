import type { Environment } from '../browser/environment.ts';
import { readJson } from '../json.ts';
import type { Refund } from '../model.ts';
import { readRecord, type Intent, type StoredRecord } from './stored.ts';
import { TypedStore, useStorage } from './typed-store.ts';

/**
 * Stores the refund in progress of one payment at one endpoint, across reloads and tabs. If the browser stores nothing
 * it is kept in memory, and `durable` says so.
 */
export class IntentStore extends TypedStore {
  /** Called when another form of this document has written. */
  changed: () => void = () => {};
  durable: boolean;
  /** `undefined` also where the browser has them and refuses to lock. */
  #locks: Environment['locks'];

  constructor(environment: Environment, endpoint: string, paymentId: string) {
    super(environment, endpoint, paymentId);
    this.#locks = environment.locks;
    this.open();
    this.durable = useStorage(this.environment, (storage) => {
      // Full storage can still be read: only a write shows that it is full.
      storage.setItem('refund-form', '');
      storage.removeItem('refund-form');
    });
  }

  /** From now on `changed` is called. */
  open(): void {
    this.known.stores.add(this);
  }

  /** The form no longer needs it, or is out of the page. */
  close(): void {
    this.known.stores.delete(this);
  }

  /** `text`: what another tab has stored, which may be outdated by now. */
  read(text?: string | null): StoredRecord {
    const stored = this.#stored();
    const kept = this.known.memory;
    return parse(text ?? (stored === kept?.left ? kept?.text : stored) ?? undefined);
  }

  #stored(): string | null {
    let stored: string | null = null;
    useStorage(this.environment, (storage) => (stored = storage.getItem(this.name)));
    return stored;
  }

  /**
   * Whether the record is of the request with this key, or of these refunds, or there is none. That of another request is
   * left to whoever settles it: without it, nobody is kept from refunding twice.
   */
  owns(key: string | undefined, refunds: readonly Refund[]): boolean {
    const { intent, refunds: stored } = this.read();
    if (intent) return intent.key === key;
    return !stored || stored.some(({ id }) => refunds.some((refund) => refund.id === id));
  }

  /** False when the browser did not store it, so that it is in memory only. */
  write(record: StoredRecord): boolean {
    const text = JSON.stringify(record);
    const before = this.#stored();
    this.durable = useStorage(this.environment, (storage) => storage.setItem(this.name, text));
    const after = this.#stored();
    // A page that waits for a consent may have put one in its place that drops everything.
    if (after === before && after !== text) this.durable = false;
    const { known } = this;
    known.memory = undefined;
    if (!this.durable) {
      // An older record in a full store would be read instead of this one.
      useStorage(this.environment, (storage) => storage.removeItem(this.name));
      known.memory = { text, left: this.#stored() };
    }
    this.#tell();
    return this.durable;
  }

  clear(): void {
    this.known.memory = undefined;
    useStorage(this.environment, (storage) => storage.removeItem(this.name));
    this.#tell();
  }

  /** Runs `work`, unless another form or tab works on the same payment: then returns `undefined` at once. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const { known } = this;
    if (known.busy) return undefined;
    known.busy = true;
    let began: Promise<Result> | undefined;
    const begin = (lock: unknown) => (began = lock ? work() : undefined);
    try {
      // Without storage there are no other tabs to notice, and such a page may not lock either.
      return this.#locks && this.durable
        ? await this.#locks.request(this.name, { ifAvailable: true }, begin)
        : await begin(true);
    } catch {
      // A script of the page may have taken the lock away meanwhile: what has begun goes on.
      if (began) return await began;
      this.#locks = undefined;
      return await work();
    } finally {
      known.busy = false;
      // Forms that have come in place of this one learn that it waits no more.
      if (this.read().intent) this.#tell();
    }
  }

  /**
   * Whether storage still holds this intent after every other tab that wrote at the same moment has written. Web Locks
   * make that certain; a page on plain HTTP has none, and waits.
   */
  async holds({ key }: Intent): Promise<boolean> {
    const { later } = this.environment;
    if (!this.#locks && this.durable) await new Promise<void>((resolve) => later(resolve, SETTLE_MS));
    return this.read().intent?.key === key;
  }

  #tell(): void {
    for (const store of this.known.stores) if (store !== this) store.changed();
  }
}

/** Longer than two tabs need to see each other's writes to `localStorage`. */
const SETTLE_MS = 100;

/** An unreadable record still means that a refund was in progress. */
function parse(text: string | undefined): StoredRecord {
  if (text === undefined) return {};
  return readRecord(readJson(text)) ?? { intent: { key: '', sentAt: 0 } };
}
