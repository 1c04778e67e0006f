const LETTERS = [...'abcdefghijklmnopqrstuvwxyz'];
const SCRIPTS = 'Adlm Arab Beng Cyrl Deva Guru Hans Hant Latn Olck Orya Telu Tfng Vaii'.split(' ');

/** Every locale that this engine has number data of its own for, regions and scripts included: about 900 in full ICU. */
export function everyLocale(): string[] {
  const pairs = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  const languages = Intl.NumberFormat.supportedLocalesOf([
    ...pairs,
    ...pairs.flatMap((pair) => LETTERS.map((third) => pair + third)),
  ]).filter((tag) => !tag.includes('-'));
  const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
  const regions = ['001', '150', '419', ...pairs.map((pair) => pair.toUpperCase()).filter((code) => names.of(code))];
  const written = [...languages, ...languages.flatMap((language) => SCRIPTS.map((script) => `${language}-${script}`))];
  const own = written.filter(hasOwnData);
  return [...own, ...own.flatMap((tag) => regions.map((region) => `${tag}-${region}`).filter(hasOwnData))];
}

function hasOwnData(tag: string): boolean {
  return new Intl.NumberFormat(tag).resolvedOptions().locale === tag;
}
