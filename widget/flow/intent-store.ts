import type { Environment } from '../browser/environment.ts';
import type { Call, Draft, Refund } from '../model.ts';

/**
 * A refund with an unknown outcome. It holds nothing personal: the admin's note is left out, and `print` shows whether
 * a note that is typed again is the same.
 */
export interface Intent {
  /** Empty when the record was unreadable. */
  readonly key: string;
  /** The second step of a refund over several vendors. */
  readonly vendors?: boolean;
  /** The proxy's id of the request of somebody else that this person has approved. */
  readonly approves?: string;
  /** Fingerprint of the request. */
  readonly print?: number;
  /** Unix milliseconds. */
  readonly sentAt: number;
  /** Decimal strings in units of `currency`. */
  readonly amount?: string;
  readonly currency?: string;
  /** The refundable amount that the admin saw. */
  readonly expected?: string | undefined;
  readonly attemptId?: string | null | undefined;
  /** The `value` of the chosen reason. */
  readonly reason?: string;
  readonly reference?: string | undefined;
  /** Whether a note was sent. */
  readonly noted?: boolean;
  /** For the second step: the provider's id of each vendor's row, and its masked IBAN. */
  readonly parts?: readonly { readonly row: string; readonly label: string }[];
}

export interface StoredRecord {
  /** In progress or unknown, as a whole or for one vendor. */
  readonly intent?: Intent | undefined;
  /** Accepted and not final. */
  readonly refunds?: readonly Refund[];
}

/** The forms of this document: `storage` events reach other documents only. */
interface Document {
  readonly stores: Set<IntentStore>;
  /** Payments for which a form of this document is sending a refund. */
  readonly busy: Set<string>;
  /** Typed text, for a page that recreates the element. It never leaves the document's memory. */
  readonly drafts: Map<string, Draft>;
}
const documents = new WeakMap<Environment, Document>();

/**
 * Stores the refund in progress of one payment at one endpoint, across reloads and tabs. If the browser stores nothing
 * it is kept in memory, and `durable` says so.
 */
export class IntentStore {
  readonly name: string;
  /** Called when another form of this document has written. */
  changed: () => void = () => {};
  durable: boolean;
  readonly #environment: Environment;
  readonly #document: Document;
  #memory: string | null = null;

  constructor(environment: Environment, endpoint: string, paymentId: string) {
    this.#environment = environment;
    this.name = `refund-form:${endpoint}:${paymentId}`;
    const found = documents.get(environment) ?? { stores: new Set(), busy: new Set(), drafts: new Map() };
    documents.set(environment, found);
    this.#document = found;
    found.stores.add(this);
    this.durable = this.#use((storage) => {
      // Full storage can still be read: only a write shows that it is full.
      storage.setItem('refund-form', '');
      storage.removeItem('refund-form');
    });
  }

  get draft(): Draft | undefined {
    return this.#document.drafts.get(this.name);
  }

  set draft(draft: Draft | undefined) {
    if (draft) this.#document.drafts.set(this.name, draft);
    else this.#document.drafts.delete(this.name);
  }

  /** The form no longer needs it. */
  close(): void {
    this.#document.stores.delete(this);
  }

  read(): StoredRecord {
    let stored: string | null = null;
    this.#use((storage) => (stored = storage.getItem(this.name)));
    return parse(stored ?? this.#memory);
  }

  /** False when the browser did not store it, so that it is in memory only. */
  write(record: StoredRecord): boolean {
    const text = JSON.stringify(record);
    this.durable = this.#use((storage) => storage.setItem(this.name, text));
    this.#memory = this.durable ? null : text;
    // Remove an older record from a full store: it would be read instead of this one.
    if (!this.durable) this.#use((storage) => storage.removeItem(this.name));
    this.#tell();
    return this.durable;
  }

  clear(): void {
    this.#memory = null;
    this.#use((storage) => storage.removeItem(this.name));
    this.#tell();
  }

  /** Runs `work`, unless another form or tab works on the same payment: then returns `undefined` at once. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const { busy } = this.#document;
    if (busy.has(this.name)) return undefined;
    busy.add(this.name);
    try {
      const { locks } = this.#environment;
      // Without storage there are no other tabs to notice, and such a page may not lock either.
      return locks && this.durable
        ? await locks.request(this.name, { ifAvailable: true }, (lock) => (lock ? work() : undefined))
        : await work();
    } finally {
      busy.delete(this.name);
    }
  }

  /**
   * Whether storage still holds this intent after every other tab that wrote at the same moment has written. Web Locks
   * make that certain; a page on plain HTTP has none, and waits.
   */
  async holds({ key }: Intent): Promise<boolean> {
    const { locks, later } = this.#environment;
    if (!locks && this.durable) await new Promise<void>((resolve) => later(resolve, SETTLE_MS));
    return this.read().intent?.key === key;
  }

  #tell(): void {
    for (const store of this.#document.stores) if (store !== this && store.name === this.name) store.changed();
  }

  #use(use: (storage: NonNullable<ReturnType<Environment['storage']>>) => void): boolean {
    try {
      const storage = this.#environment.storage();
      // An embedded web view may have none at all.
      if (storage) use(storage);
      return !!storage;
    } catch (error) {
      // Disabled or full storage throws a DOMException by specification.
      if (error instanceof DOMException) return false;
      throw error;
    }
  }
}

/** Longer than two tabs need to see each other's writes to `localStorage`. */
const SETTLE_MS = 100;

/** An unreadable record still means that a refund was in progress. */
function parse(text: string | null): StoredRecord {
  if (text === null) return {};
  try {
    const record = JSON.parse(text) as StoredRecord;
    if (record.intent?.key || record.refunds?.length) return record;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  return { intent: { key: '', sentAt: 0 } };
}

/**
 * FNV-1a over UTF-16 units: whether the repeated request equals the first one. It guards against mistakes, not
 * attackers, and has to work where `crypto.subtle` is missing.
 */
export function fingerprint(call: Call): number {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(call).split('')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash;
}
