import { findLocale, type Catalogue, type MessageKey, type Messages } from './registry.ts';
import { en } from './en.ts';
import { plural } from './plural.ts';

export type Values = Readonly<Record<string, unknown>>;

const ENGLISH: Catalogue = { lang: 'en', dir: 'ltr', messages: en };

export interface Texts extends Catalogue {
  /** The tag for numbers and times: one that `Intl` knows. */
  readonly locale: string;
  /** The text, split at its parameters, so that amounts and ids can be elements of their own. */
  readonly t: (key: MessageKey, values?: Values) => unknown[];
  /** The same as one string, for attributes. */
  readonly s: (key: MessageKey, values?: Values) => string;
}

/**
 * `wanted` is the page's tag: `ar-KW` finds `ar-KW`, then `ar`, then English with English numbers. `en-GB` is English
 * with British numbers.
 */
export function textsFor(wanted: string, always: Values, overrides?: Partial<Messages>): Texts {
  const found = findLocale(wanted) ?? (/^en\b/i.test(wanted) ? ENGLISH : undefined);
  const { lang, dir, messages: own } = found ?? ENGLISH;
  const messages = overrides ? { ...complete(own), ...given(overrides) } : complete(own);
  const locale = [found ? wanted : lang, lang].find(isTag) ?? ENGLISH.lang;
  const t = (key: MessageKey, values?: Values): unknown[] => {
    const all: Values = { ...always, ...values };
    const text = messages[key];
    const spoken = text === en[key] ? ENGLISH.lang : locale;
    return text.split(/\{(\w+(?::[^}]+)?)\}/).map((part, index) => {
      if (index % 2 === 0) return part;
      const [name = '', forms] = part.split(':');
      const value = all[name];
      return forms && typeof value === 'number' ? plural(value, forms, spoken, locale) : value;
    });
  };
  return {
    lang,
    dir,
    messages,
    locale,
    t,
    s: (key, values) => t(key, values).join(''),
  };
}

/** The texts of each language: all forms of a page share them, and every key that is typed needs them. */
const completed = new WeakMap<Partial<Messages>, Messages>([[en, en]]);

/** A catalogue for an older version lacks some texts: English is better than nothing. */
function complete(own: Partial<Messages>): Messages {
  const messages = completed.get(own) ?? { ...en, ...given(own) };
  completed.set(own, messages);
  return messages;
}

/** Leaves out what is no text. */
function given(messages: Partial<Messages> = {}): Partial<Messages> {
  return Object.fromEntries(Object.entries(messages).filter(([, text]) => typeof text === 'string'));
}

/** `Intl` throws on a tag that is not BCP 47, such as `en_US`. */
function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/**
 * Reasons that suit most merchants. The provider records them in English whatever the admin reads, so that reports add
 * up.
 */
export function usualReasons({ messages }: Texts) {
  const codes = en.reasons.split('|');
  const last = codes.length - 1;
  return messages.reasons
    .split('|')
    .map((label, index) => ({ code: codes[index] ?? label, label, noteRequired: index === last }));
}
