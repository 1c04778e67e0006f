/** `KW91 •••• 3254`: enough to distinguish two vendors, and no more. */
export function maskIban(iban: string): string {
  return iban.length > 8 ? `${iban.slice(0, 4)} •••• ${iban.slice(-4)}` : iban;
}
