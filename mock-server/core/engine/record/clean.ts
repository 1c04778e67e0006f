import type { LooseRow } from '../data-model.ts';
import { redactText } from '../redact.ts';

/** What of a member's value may be written to a file that people share. */
export type Cleaner = (value: unknown, row: LooseRow) => unknown;

const REDACTED = '[redacted]';

/** Left out altogether. */
export const nothing: Cleaner = () => null;

/** Free text: nobody can tell whether it has a name in it. */
export const freeText: Cleaner = (value) => (value === null ? null : 'Recorded');

/** Any other text that is not one word may be a sentence about somebody. */
const IDENTIFIER = /^[\w.:/@+-]{1,64}$/;

/** An id or a reference of the merchant. */
export const reference: Cleaner = (value) => {
  if (typeof value !== 'string') return value;
  const text = redactText(value);
  return text === '' || IDENTIFIER.test(text) ? text : REDACTED;
};

const PERSONAL_KEY =
  /name|mail|phone|mobile|address|birth|passport|iban|card|cv[cvn]|token|secret|password|auth|api_?key|customer|user/i;

export const metadata: Cleaner = (value) => {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [key, PERSONAL_KEY.test(key) ? REDACTED : reference(text, {})]),
  );
};

const SHOWN = 4;

/** The country and the last four: enough to tell the vendors of an order apart. */
export const iban: Cleaner = (value) =>
  typeof value === 'string' && value.length > 2 * SHOWN ? `${value.slice(0, SHOWN)}****${value.slice(-SHOWN)}` : '****';

/** The id of a vendor's account, which begins with its IBAN: the same in each row that names it. */
export const account: Cleaner = (value) => {
  const [, text, currency] =
    (typeof value === 'string' && /^([A-Z]{2}\d{2}[A-Z0-9]{10,30})(-[A-Z]{3})$/.exec(value)) || [];
  return text === undefined ? value : `${String(iban(text, {}))}${currency}`;
};

export function cleanRow(row: LooseRow, cleaners: Readonly<Record<string, Cleaner>>): LooseRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, cleaners[name] ? cleaners[name](value, row) : value]),
  );
}
