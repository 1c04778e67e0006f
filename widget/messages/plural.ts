import type { Messages } from './registry.ts';

/** In the order in which a text lists its forms. English needs `one|other`, Arabic all six, Chinese `other`. */
const CATEGORIES = ['zero', 'one', 'two', 'few', 'many', 'other'] as const;

function categoriesOf(rules: Intl.PluralRules): string[] {
  const { pluralCategories } = rules.resolvedOptions();
  return CATEGORIES.filter((category) => pluralCategories.includes(category));
}

/**
 * The form for this number, of `forms` such as `# refund|# refunds`. `#` is the number, in the digits of `locale`.
 * `lang` is the language of the text.
 */
export function plural(value: number, forms: string, lang: string, locale: string): string {
  const rules = new Intl.PluralRules(lang);
  const all = forms.split('|');
  const form = all[categoriesOf(rules).indexOf(rules.select(value))] ?? all.at(-1)!;
  return form.replace('#', new Intl.NumberFormat(locale).format(value));
}

/** The keys of the texts that have too few or too many plural forms for this language. */
export function incompletePlurals(messages: Messages, lang: string): string[] {
  const { length } = categoriesOf(new Intl.PluralRules(lang));
  return Object.entries(messages)
    .filter(([, text]) =>
      // A number alone, `{count:#}`, has no forms.
      [...text.matchAll(/\{\w+:([^}]+)\}/g)].some(
        ([, forms = '']) => forms !== '#' && forms.split('|').length !== length,
      ),
    )
    .map(([key]) => key);
}
