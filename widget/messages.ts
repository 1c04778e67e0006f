import { en } from './messages/en.ts';

export type MessageKey = keyof typeof en;
export type Messages = Readonly<Record<MessageKey, string>>;

/** The names between braces in an English text: what every language must be given to fill in. */
type Names<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type ValueArgs<Key extends MessageKey, Value> = [Names<(typeof en)[Key]>] extends [never]
  ? [values?: Readonly<Record<string, Value>>]
  : [values: Readonly<Record<Names<(typeof en)[Key]>, Value>>];

/** A language: BCP 47 tag, writing direction, and every text. */
export interface Catalogue {
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  readonly messages: Messages;
}

const catalogues = new Map<string, Catalogue>([['en', { lang: 'en', dir: 'ltr', messages: en }]]);

/** Adds a language, or replaces one, for every form of the page that is drawn from then on. */
export function registerLocale(catalogue: Catalogue): void {
  catalogues.set(catalogue.lang.toLowerCase(), catalogue);
}

/** The texts of one form in one language, and the locale its numbers and times are written in. */
export class Texts {
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl';
  /** A BCP 47 tag that `Intl` knows. */
  readonly locale: string;
  readonly #messages: Messages;

  /** `wanted` is what the page asks for: `ar-KW` finds `ar-KW`, then `ar`, then English with English numbers. */
  constructor(wanted: string, overrides: Partial<Messages> = {}) {
    const tag = wanted.toLowerCase();
    const found = catalogues.get(tag) ?? catalogues.get(tag.split('-')[0]!);
    const { lang, dir, messages } = found ?? catalogues.get('en')!;
    this.lang = lang;
    this.dir = dir;
    this.locale = found && isLocale(wanted) ? wanted : lang;
    this.#messages = { ...messages, ...overrides };
  }

  /** The text, cut at what is to be filled in, so that amounts and ids can be elements of their own. */
  parts<Key extends MessageKey, Value>(key: Key, ...[values]: ValueArgs<Key, Value>): (string | Value)[] {
    return this.#messages[key]
      .split(/\{(\w+)\}/)
      .map((part, index) => (index % 2 ? ((values as Record<string, Value>)?.[part] ?? part) : part));
  }

  /** The text as a string, for labels and announcements. */
  text<Key extends MessageKey>(key: Key, ...args: ValueArgs<Key, string>): string {
    return this.parts<Key, string>(key, ...args).join('');
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.NumberFormat.supportedLocalesOf(tag).length > 0;
  } catch (error) {
    // A tag that is not BCP 47 at all, such as `en_US`.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
