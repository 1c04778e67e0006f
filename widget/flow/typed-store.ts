import { countsAgainstRefundable, type RefundStanding } from '../../contract/standing.ts';
import type { Environment } from '../browser/environment.ts';
import { hashOf } from '../hash.ts';
import { readJson } from '../json.ts';
import type { Call, Draft, Refund, RefundRequest, Summary } from '../model.ts';
import { isTyped } from './state.ts';
import { readDraft, type Intent } from './stored.ts';

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
  /** What has sent it. */
  readonly from?: WeakRef<{
    readonly away: boolean;
    readonly stopped: boolean;
    readonly options: { readonly emit: unknown };
  }>;
}

/** What a person says about a request. */
interface Words {
  /** By the name of the field. */
  readonly typed: Record<string, string>;
  /** Where the fields are drawn: nobody else's are drawn there. */
  readonly place: number;
}

/** What one person has typed about a payment. The note and the words never leave the document's memory. */
interface Text {
  draft?: Draft | undefined;
  /** By the request, and what is said about it. */
  readonly words: Map<string, Words>;
}

/** What a document knows of one payment. A reload forgets it. */
interface Known {
  /** Its forms: `storage` events reach other documents only. */
  readonly stores: Set<{ readonly changed: () => void }>;
  /** Whether one of them is sending a refund. */
  busy?: boolean;
  /** The record that the browser did not store, and what it still has under its name. */
  memory?: { readonly text: string; readonly left: string | null } | undefined;
  /** By person, for a page that recreates the element. */
  readonly texts: Map<unknown, Text>;
  readonly sent: Map<string, Sent>;
  /** By the request, which elements have told what became of it. */
  readonly told: Map<string, WeakSet<object>>;
  /** The refunds that are displayed no more, and of which the page is still told, by their ids. */
  readonly followed: Map<string, Pick<Refund, 'standing' | 'picked'>>;
  /** What it had left to refund, in minor units, how many refunds it listed, and whether one was made or asked for since. */
  left: bigint;
  listed: number;
  isMade?: boolean;
  /** The persons whose text is forgotten since a reset that came before anybody knew whose it is. */
  obeyed?: Set<unknown>;
}
const documents = new WeakMap<Environment, Map<string, Known>>();

/** What is typed about one payment at one endpoint, by the person who has typed it, and what became of it. */
export class TypedStore {
  readonly name: string;
  /**
   * Whose text is read and kept here, as in the record of a request: nobody else sees it. Empty where nobody tells who has
   * signed in, and undefined until that is known.
   */
  person: number | '' | undefined;
  protected readonly environment: Environment;
  readonly known: Known;

  constructor(environment: Environment, endpoint: string, paymentId: string) {
    this.environment = environment;
    this.name = `refund-form:${endpoint}:${paymentId}`;
    const payments = documents.get(environment) ?? new Map<string, Known>();
    documents.set(environment, payments);
    this.known = payments.get(this.name) ?? {
      stores: new Set(),
      texts: new Map(),
      sent: new Map(),
      told: new Map(),
      followed: new Map(),
      left: 0n,
      listed: Infinity,
    };
    payments.set(this.name, this.known);
  }

  /** The text of this person in this document. */
  get own(): Text {
    return this.#of(this.person);
  }

  #of(person: TypedStore['person']): Text {
    const { texts } = this.known;
    const text = texts.get(person) ?? { words: new Map() };
    texts.set(person, text);
    return text;
  }

  /** What is typed. After a reload of this tab it lacks the note, which may name a person. */
  get draft(): Draft | undefined {
    const { draft } = this.own;
    if (draft) return draft;
    const kept = readDraft(this.readTab(DRAFT + this.person));
    const { scope } = kept ?? {};
    return kept && { ...kept, scope: scope === 'full' || scope === 'items' ? scope : 'part', note: '' };
  }

  set draft(draft: Draft | undefined) {
    this.keepDraft(draft);
  }

  keepDraft(draft: Draft | undefined, person: TypedStore['person'] = this.person): void {
    this.#of(person).draft = draft;
    this.writeTab(DRAFT + person, draft && { ...draft, note: undefined });
    this.writeTab(HAS_TEXT, draft && isTyped(draft));
  }

  /** Whether somebody has typed something in this tab that may not be sent. */
  get hasText(): boolean {
    return !!this.readTab(HAS_TEXT);
  }

  /** Also of whoever signs in later, while nobody knows who has. */
  forgetOwn(): void {
    this.draft = undefined;
    this.own.words.clear();
    if (this.person === undefined) this.known.obeyed = new Set();
  }

  /** Forgets what was to be forgotten before anybody knew whose it is. */
  obey(): void {
    const { obeyed } = this.known;
    if (!obeyed || obeyed.has(this.person)) return;
    obeyed.add(this.person);
    this.forgetOwn();
  }

  /** What this person says about something. */
  wordsOn(about: string): Words {
    const { words } = this.own;
    const found = words.get(about) ?? { typed: {}, place: (places += 1) };
    words.set(about, found);
    return found;
  }

  /** What was typed while nobody knew who has signed in is this person's. */
  adopt(person: number): void {
    const { own, draft } = this;
    const { texts } = this.known;
    texts.delete(this.person);
    this.draft = undefined;
    texts.set((this.person = person), own);
    if (draft) this.draft = draft;
  }

  /**
   * What this page has sent for this request, also from a form that another one has come in place of. A reload forgets it.
   * An approval by somebody else goes by the key of the request, and is another call. Without `print`: what was typed for it.
   */
  sentFor({ key, print }: Pick<Intent, 'key' | 'print'>): Sent | undefined {
    return this.known.sent.get(callOf(key, print));
  }

  /** Whether this element has not told yet what became of the request. From now on it has. */
  isNews({ key, print }: Pick<Intent, 'key' | 'print'>, element: object): boolean {
    const { told } = this.known;
    const name = callOf(key, print);
    const elements = told.get(name) ?? new WeakSet();
    const isNew = !elements.has(element);
    told.set(name, elements.add(element));
    return isNew;
  }

  set sent(made: Sent) {
    const { sent, told } = this.known;
    const name = callOf(made.key, fingerprint(made.call));
    sent.set(name, made);
    told.delete(name);
    if (made.draft) sent.set(callOf(made.key), made);
  }

  /** Whether it was sent from here as it was typed, also from another form. */
  wasSent(draft: Draft): boolean {
    return [...this.known.sent.values()].some((sent) => sent.draft === draft);
  }

  /** What the payment tells now. */
  saw({ refundable, refunds }: Summary): void {
    const { known } = this;
    const listed =
      refunds?.filter(({ standing }) => countsAgainstRefundable(standing as RefundStanding)).length ?? known.listed;
    known.isMade ||= refundable < known.left || listed > known.listed;
    known.left = refundable;
    known.listed = listed;
  }

  /** Something that is kept for this tab, also over a reload, if the browser stores anything. */
  readTab(part: string): unknown {
    let text: string | null = null;
    useStorage(this.environment, (storage) => (text = storage.getItem(this.name + part)), 'tabStorage');
    return readJson(text ?? 'null');
  }

  writeTab(part: string, value: unknown): void {
    const name = this.name + part;
    useStorage(
      this.environment,
      (storage) => (value ? storage.setItem(name, JSON.stringify(value)) : storage.removeItem(name)),
      'tabStorage',
    );
  }
}

let places = 0;

/** Frames of one tab share its storage and hear of it: this is never the name of a record. */
const DRAFT = ':draft';
const HAS_TEXT = ':typed';

/** Whether the browser has done it. */
export function useStorage(
  environment: Environment,
  use: (storage: NonNullable<ReturnType<Environment['storage']>>) => unknown,
  which: 'storage' | 'tabStorage' = 'storage',
): boolean {
  try {
    const storage = environment[which]();
    // An embedded web view may have none at all.
    return !!storage && use(storage) !== false;
  } catch {
    // Disabled or full storage throws a DOMException, and what a page has put in its place may throw anything.
    return false;
  }
}

/** Names a call by the key of its request and its fingerprint: an approval goes by the same key. */
function callOf(key: string, print?: number): string {
  return `${key} ${print}`;
}

/** Whether a repeated request equals the first one. */
export function fingerprint(call: Call): number {
  return hashOf(JSON.stringify(call));
}
