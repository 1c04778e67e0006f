/**
 * Minor-unit exponents of ISO 4217 (list one, active codes). They are fixed here because `Intl` follows CLDR, which
 * rounds IQD, HUF, IDR and two dozen others to the digits that people use, not to those that banks settle.
 * Each code has three letters, and no space stands between them, because every browser loads them.
 */
const CODES_BY_EXPONENT: readonly (readonly [exponent: number, codes: string])[] = [
  [0, 'BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXUYIVNDVUVXAFXOFXPF'],
  [
    2,
    'AEDAFNALLAMDAOAARSAUDAWGAZNBAMBBDBDTBGNBMDBNDBOBBOVBRLBSDBTNBWPBYNBZDCADCDFCHECHFCHW' +
      'CNYCOPCOUCRCCUPCVECZKDKKDOPDZDEGPERNETBEURFJDFKPGBPGELGHSGIPGMDGTQGYDHKDHNLHTGHUFIDR' +
      'ILSINRIRRJMDKESKGSKHRKPWKYDKZTLAKLBPLKRLRDLSLMADMDLMGAMKDMMKMNTMOPMRUMURMVRMWKMXNMXV' +
      'MYRMZNNADNGNNIONOKNPRNZDPABPENPGKPHPPKRPLNQARRONRSDRUBSARSBDSCRSDGSEKSGDSHPSLESOSSRD' +
      'SSPSTNSVCSYPSZLTHBTJSTMTTOPTRYTTDTWDTZSUAHUSDUSNUYUUZSVEDVESWSTXADXCDXCGYERZARZMWZWG',
  ],
  [3, 'BHDIQDJODKWDLYDOMRTND'],
  [4, 'CLFUYW'],
];

const EXPONENTS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) => codes.match(/.../g)!.map((code) => [code, exponent] as const)),
);

export class UnknownCurrencyError extends Error {
  override name = 'UnknownCurrencyError' as const;

  constructor(currency: string) {
    super(`Unknown currency "${currency}": expected an active ISO 4217 code in capitals, such as KWD or USD`);
  }
}

export function isCurrency(code: string): boolean {
  return EXPONENTS.has(code);
}

/**
 * How many decimals an amount of this currency has: 3 for KWD, 2 for USD, 0 for JPY.
 * @throws UnknownCurrencyError when the code is not in ISO 4217: guessing two decimals would move a wrong amount.
 */
export function fractionDigits(currency: string): number {
  const exponent = EXPONENTS.get(currency);
  if (exponent === undefined) throw new UnknownCurrencyError(currency);
  return exponent;
}

export function currencies(): string[] {
  return [...EXPONENTS.keys()];
}
