import type { Environment } from '../browser/environment.ts';
import { hashOf } from '../hash.ts';
import type { Call, Draft, Refund, RefundRequest } from '../model.ts';
import { readDraft, readRecord, type Intent, type StoredRecord } from './stored.ts';

/** What this page has sent, and can send again unchanged. */
export interface Sent {
  readonly key: string;
  readonly call: Call;
  readonly order: RefundRequest;
  /** Who has reviewed it, and the same as in the record of a request. */
  readonly user?: string | undefined;
  readonly by?: number | undefined;
  /** What was typed for it, until the page resets the form. */
  draft?: Draft | undefined;
  /** What has sent it, and what was told of its outcome. */
  readonly from?: WeakRef<{ readonly away: boolean; readonly stopped: boolean }>;
  readonly told?: WeakSet<object>;
}

/** What a person says about a request. */
interface Words {
  /** By the name of the field. */
  readonly typed: Record<string, string>;
  /** Where the fields are drawn: nobody else's are drawn there. */
  readonly place: number;
}

/** The forms of this document: `storage` events reach other documents only. */
interface Document {
  readonly stores: Set<IntentStore>;
  /** Payments for which a form of this document is sending a refund. */
  readonly busy: Set<string>;
  /** The records that the browser did not store, by name, and what it still has under that name. */
  readonly memory: Map<string, { readonly text: string; readonly left: string | null }>;
  /** Typed text, for a page that recreates the element. The note and the words never leave the document's memory. */
  readonly drafts: Map<string, Draft>;
  readonly words: Map<string, Words>;
  readonly sent: Map<string, Sent>;
  /** What each payment had left to refund, in minor units, or `MADE`. */
  readonly most: Map<string, bigint>;
}
const documents = new WeakMap<Environment, Document>();

/**
 * Stores the refund in progress of one payment at one endpoint, across reloads and tabs. If the browser stores nothing
 * it is kept in memory, and `durable` says so.
 */
export class IntentStore {
  readonly name: string;
  /**
   * Whose text is read and kept here, as in the record of a request: nobody else sees it. Empty where nobody tells who has
   * signed in, and undefined until that is known.
   */
  person: number | '' | undefined;
  /** Called when another form of this document has written. */
  changed: () => void = () => {};
  durable: boolean;
  readonly #environment: Environment;
  readonly #document: Document;
  /** `undefined` also where the browser has them and refuses to lock. */
  #locks: Environment['locks'];

  constructor(environment: Environment, endpoint: string, paymentId: string) {
    this.#environment = environment;
    this.#locks = environment.locks;
    this.name = `refund-form:${endpoint}:${paymentId}`;
    const found = documents.get(environment) ?? {
      stores: new Set(),
      busy: new Set(),
      memory: new Map(),
      drafts: new Map(),
      words: new Map(),
      sent: new Map(),
      most: new Map(),
    };
    documents.set(environment, found);
    this.#document = found;
    this.open();
    this.durable = this.#use((storage) => {
      // Full storage can still be read: only a write shows that it is full.
      storage.setItem('refund-form', '');
      storage.removeItem('refund-form');
    });
  }

  /** What is typed. After a reload of this tab it lacks the note, which may name a person. */
  get draft(): Draft | undefined {
    const part = DRAFT + this.person;
    const draft = this.#document.drafts.get(this.name + part);
    if (draft) return draft;
    const kept = readDraft(this.readTab(part));
    const { scope } = kept ?? {};
    return kept && { ...kept, scope: scope === 'full' || scope === 'items' ? scope : 'part', note: '' };
  }

  set draft(draft: Draft | undefined) {
    this.keepDraft(draft);
  }

  keepDraft(draft: Draft | undefined, person: IntentStore['person'] = this.person): void {
    const { drafts } = this.#document;
    const part = DRAFT + person;
    if (draft) drafts.set(this.name + part, draft);
    else drafts.delete(this.name + part);
    this.writeTab(part, draft && { ...draft, note: undefined });
  }

  /** Whether nobody has typed it in this document: the storage of a tab is copied into a window that the tab opens. */
  get isCopy(): boolean {
    return !this.#document.drafts.has(this.name + DRAFT + this.person);
  }

  /** What this person says about something, also to a form that another one has come in place of. */
  wordsOn(about: string): Words {
    const { words } = this.#document;
    const name = this.#wordsOf(about);
    const found = words.get(name) ?? { typed: {}, place: (places += 1) };
    words.set(name, found);
    return found;
  }

  /** Forgets what this person says about everything that begins so. */
  forgetWords(about = '', person = this.person): void {
    const { words } = this.#document;
    for (const name of words.keys()) if (name.startsWith(this.#wordsOf(about, person))) words.delete(name);
  }

  #wordsOf(about: string, person = this.person): string {
    return `${this.name} ${person} ${about}`;
  }

  /** What was typed while nobody knew who has signed in is this person's. */
  adopt(person: number): void {
    const { draft } = this;
    const { words } = this.#document;
    const before = this.#wordsOf('');
    this.draft = undefined;
    this.person = person;
    if (draft) this.draft = draft;
    for (const [name, said] of words) {
      if (name.startsWith(before)) words.set(this.#wordsOf(name.slice(before.length)), said);
    }
  }

  /**
   * What this page has sent for this request, also from a form that another one has come in place of. A reload forgets it.
   * An approval by somebody else goes by the key of the request, and is another call. Without `print`: what was typed for it.
   */
  sentFor({ key, print }: Pick<Intent, 'key' | 'print'>): Sent | undefined {
    return this.#document.sent.get(`${this.name} ${key} ${print}`);
  }

  set sent(made: Sent) {
    const { sent } = this.#document;
    const name = `${this.name} ${made.key} `;
    sent.set(name + fingerprint(made.call), made);
    if (made.draft) sent.set(name + undefined, made);
  }

  /** The payment has this left to refund, in minor units; `MADE`: a refund was made here. */
  saw(refundable: bigint): void {
    const { most } = this.#document;
    const before = most.get(this.name);
    if (before !== MADE) most.set(this.name, refundable < (before ?? 0n) ? MADE : refundable);
  }

  /** Whether a refund was made since this document shows the payment, by whomever. */
  get isMade(): boolean {
    return this.#document.most.get(this.name) === MADE;
  }

  /** Something that is kept for this tab, also over a reload, if the browser stores anything. */
  readTab(part: string): unknown {
    let text: string | null = null;
    this.#use((storage) => (text = storage.getItem(this.name + part)), 'tabStorage');
    try {
      return JSON.parse(text ?? 'null');
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  writeTab(part: string, value: unknown): void {
    const name = this.name + part;
    this.#use(
      (storage) => (value ? storage.setItem(name, JSON.stringify(value)) : storage.removeItem(name)),
      'tabStorage',
    );
  }

  /** From now on `changed` is called. */
  open(): void {
    this.#document.stores.add(this);
  }

  /** The form no longer needs it, or is out of the page. */
  close(): void {
    this.#document.stores.delete(this);
  }

  /** `text`: what another tab has stored, which may be outdated by now. */
  read(text?: string | null): StoredRecord {
    const stored = this.#stored();
    const kept = this.#document.memory.get(this.name);
    return parse(text ?? (stored === kept?.left ? kept?.text : stored) ?? undefined);
  }

  #stored(): string | null {
    let stored: string | null = null;
    this.#use((storage) => (stored = storage.getItem(this.name)));
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
    this.durable = this.#use((storage) => storage.setItem(this.name, text));
    const after = this.#stored();
    // A page that waits for a consent may have put one in its place that drops everything.
    if (after === before && after !== text) this.durable = false;
    const { memory } = this.#document;
    memory.delete(this.name);
    if (!this.durable) {
      // An older record in a full store would be read instead of this one.
      this.#use((storage) => storage.removeItem(this.name));
      memory.set(this.name, { text, left: this.#stored() });
    }
    this.#tell();
    return this.durable;
  }

  clear(): void {
    this.#document.memory.delete(this.name);
    this.#use((storage) => storage.removeItem(this.name));
    this.#tell();
  }

  /** Runs `work`, unless another form or tab works on the same payment: then returns `undefined` at once. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const { busy } = this.#document;
    if (busy.has(this.name)) return undefined;
    busy.add(this.name);
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
      busy.delete(this.name);
    }
  }

  /**
   * Whether storage still holds this intent after every other tab that wrote at the same moment has written. Web Locks
   * make that certain; a page on plain HTTP has none, and waits.
   */
  async holds({ key }: Intent): Promise<boolean> {
    const { later } = this.#environment;
    if (!this.#locks && this.durable) await new Promise<void>((resolve) => later(resolve, SETTLE_MS));
    return this.read().intent?.key === key;
  }

  #tell(): void {
    for (const store of this.#document.stores) if (store !== this && store.name === this.name) store.changed();
  }

  #use(
    use: (storage: NonNullable<ReturnType<Environment['storage']>>) => unknown,
    which: 'storage' | 'tabStorage' = 'storage',
  ): boolean {
    try {
      const storage = this.#environment[which]();
      // An embedded web view may have none at all.
      return !!storage && use(storage) !== false;
    } catch {
      // Disabled or full storage throws a DOMException, and what a page has put in its place may throw anything.
      return false;
    }
  }
}

/** Less than any payment has left. */
export const MADE = -1n;
let places = 0;

/** Frames of one tab share its storage and hear of it: this is never the name of a record. */
const DRAFT = ':draft';

/** Longer than two tabs need to see each other's writes to `localStorage`. */
const SETTLE_MS = 100;

/** An unreadable record still means that a refund was in progress. */
function parse(text: string | undefined): StoredRecord {
  if (text === undefined) return {};
  try {
    const record = readRecord(JSON.parse(text));
    if (record) return record;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return { intent: { key: '', sentAt: 0 } };
}

/** Whether a repeated request equals the first one. */
export function fingerprint(call: Call): number {
  return hashOf(JSON.stringify(call));
}
