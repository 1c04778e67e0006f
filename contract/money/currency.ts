/**
 * Minor-unit exponents of ISO 4217 (list one, active codes). They are fixed here because `Intl` follows CLDR, which
 * rounds IQD, HUF, IDR and two dozen others to the digits that people use, not to those that banks settle.
 */
const CODES_BY_EXPONENT: readonly (readonly [exponent: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW ' +
      'CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ' +
      'ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV ' +
      'MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD ' +
      'SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const EXPONENTS: ReadonlyMap<string, number> = /* @__PURE__ */ new Map(
  CODES_BY_EXPONENT.flatMap(([exponent, codes]) => codes.split(' ').map((code) => [code, exponent])),
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
