/** `KW91 •••• 3254`: enough to distinguish two vendors, and no more. */
export function maskIban(iban: string): string {
  return iban.length > 8 ? `${iban.slice(0, 4)} •••• ${iban.slice(-4)}` : iban;
}

/** Whether it has the form of an IBAN (ISO 13616), with or without spaces. Its check digits are not computed. */
export function isIban(text: string): boolean {
  return /^[A-Z]{2}\d{2}[A-Z\d]{11,30}$/i.test(text.replaceAll(' ', ''));
}
