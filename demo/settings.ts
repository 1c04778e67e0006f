import { ar } from './texts/ar.ts';
import { en, type Texts } from './texts/en.ts';
import { zh } from './texts/zh.ts';

/** The languages of the console: their own names, and the tag for numbers and for the form. */
export const LANGUAGES = {
  en: { name: 'English', tag: 'en', dir: 'ltr', texts: en },
  ar: { name: 'العربية', tag: 'ar-KW', dir: 'rtl', texts: ar },
  zh: { name: '简体中文', tag: 'zh-CN', dir: 'ltr', texts: zh },
} as const satisfies Record<string, { name: string; tag: string; dir: 'ltr' | 'rtl'; texts: Texts }>;
export type Language = keyof typeof LANGUAGES;

export const DIRECTIONS = ['auto', 'ltr', 'rtl'] as const;
export const THEMES = ['system', 'light', 'dark'] as const;

/**
 * What the console is asked to show, kept in the query of its address: a link or a reload shows the same, and each tab has
 * its own. What is not there has its default.
 */
const DEFAULTS = { lang: 'en', dir: 'auto', theme: 'system', q: '', provider: '', state: 'any', page: '1' };
export type Setting = keyof typeof DEFAULTS;

const listeners = new Set<() => void>();

export function setting(name: Setting): string {
  return new URLSearchParams(location.search).get(name) ?? DEFAULTS[name];
}

export function change(values: Partial<Record<Setting, string>>): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(values)) {
    if (value === DEFAULTS[name as Setting]) query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  history.replaceState(history.state, '', `${location.pathname}${text && `?${text}`}${location.hash}`);
  applyDisplay();
  for (const listener of listeners) listener();
}

/** Calls back after each change. Returns a function that stops it. */
export function onChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function choice<Name extends string>(name: Setting, known: readonly Name[]): Name {
  const value = setting(name);
  return known.find((one) => one === value) ?? known[0]!;
}

export const language = (): Language => choice('lang', Object.keys(LANGUAGES) as Language[]);
export const theme = () => choice('theme', THEMES);
export const direction = () => choice('dir', DIRECTIONS);
/** The texts in the chosen language. */
export const texts = (): Texts => LANGUAGES[language()].texts;
/** The BCP 47 tag for numbers and times. */
export const tag = (): string => LANGUAGES[language()].tag;
/** The direction that was chosen; `undefined` where it is that of the language. */
export const chosenDirection = (): 'ltr' | 'rtl' | undefined => {
  const chosen = direction();
  return chosen === 'auto' ? undefined : chosen;
};

/** The form follows the page's `lang`, and the tokens the theme. */
export function applyDisplay(): void {
  const { documentElement: root } = document;
  root.lang = tag();
  root.dir = chosenDirection() ?? LANGUAGES[language()].dir;
  root.dataset['theme'] = theme();
}
