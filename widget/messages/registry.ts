import type { en } from './en.ts';
import { unpackMessages } from './pack.ts';

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;

/** A language: BCP 47 tag, writing direction, and every text. */
export interface Catalogue {
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  readonly messages: Messages;
}

/** As a built language file registers itself: it has no code of ours, and its texts have no keys. */
type Registered = Omit<Catalogue, 'messages'> & { messages?: Partial<Messages>; readonly packed?: string };

type FoundCatalogue = Omit<Catalogue, 'messages'> & { readonly messages: Partial<Messages> };

interface Registry {
  readonly catalogues: Map<string, Registered>;
  readonly listeners: Set<() => void>;
}

/** One registry for the page, even with two copies of this file: they share the symbol. */
const REGISTRY: unique symbol = Symbol.for('refund-form.locales') as never;
const page = globalThis as { [REGISTRY]?: Registry };
const { catalogues, listeners } = (page[REGISTRY] ??= { catalogues: new Map(), listeners: new Set() });

/** Adds or replaces a language for every form of the page. Existing forms are drawn again. */
export function registerLocale(catalogue: Catalogue): void {
  catalogues.set(catalogue.lang.toLowerCase(), catalogue);
  for (const listener of listeners) listener();
}

/** Calls back when a language is added. Returns a function that stops it. */
export function onLocale(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** `ar-KW` finds `ar-KW`, then `ar`. A catalogue of another version may lack some texts. */
export function findLocale(wanted: string): FoundCatalogue | undefined {
  const tag = wanted.toLowerCase();
  const found = catalogues.get(tag) ?? catalogues.get(tag.split('-')[0]!);
  if (found) found.messages ??= unpackMessages(found.packed ?? '');
  return found as FoundCatalogue | undefined;
}
