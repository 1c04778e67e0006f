/** Members that hold a secret. */
const SECRET =
  /^(?:auth_?token|access_?token|client_?secret|secret|token|password|authorization|api_?key|x-api-key|card_?number|cvc|cvv|cvn)$/i;
/** Members that hold personal data; `customer` and similar objects hold nothing else. */
const PERSONAL =
  /^(?:customer(?:first_?name|last_?name|name|email|mobile(?:number)?|phone|uniqueid)?|email|e_?mail|phone(?:_?number)?|mobile(?:_?number)?|first_?name|last_?name|full_?name|card_?name|holder_?name|billing|shipping|address|ip_?address|browser_?info)$/i;
const EMAIL = /[^\s@"<>]{1,64}@[^\s@"<>]{1,190}\.[^\s@"<>]{1,63}/g;
const PHONE = /(?<![\w+])\+\d{8,15}\b/g;
const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** Not ids such as PI1234, which have the same form. */
const IBAN = /\b((?!PI|PA|RF)[A-Z]{2}\d{2})[A-Z0-9]{8,26}([A-Z0-9]{4})\b/g;
const DIGITS = /\b\d{13,19}\b/g;
const REDACTED = '[redacted]';
/** Below this depth nothing is shown, so that no body can exhaust the stack. */
export const MAX_DEPTH = 8;

/** A parsed body without secrets and personal data. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (Array.isArray(value)) return value.map((item: unknown) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      (SECRET.test(key) || PERSONAL.test(key)) && member !== null ? REDACTED : redact(member, depth + 1),
    ]),
  );
}

/** A text without persons, tokens and card numbers. */
export function redactText(text: string): string {
  return text
    .replace(JWT, REDACTED)
    .replace(EMAIL, REDACTED)
    .replace(PHONE, REDACTED)
    .replace(IBAN, '$1****$2')
    .replace(DIGITS, (digits) => (isCardNumber(digits) ? REDACTED : digits));
}

/** A query, percent-encoded and without the leading `?`, without secrets and personal data. */
export function redactQuery(query: string): string {
  const given = new URLSearchParams(query);
  const shown = new URLSearchParams();
  for (const [name, value] of given) shown.append(name, String((redact({ [name]: value }) as object)[name as never]));
  return shown.toString() === given.toString() ? query : shown.toString();
}

/** ISO/IEC 7812: the Luhn sum of a card's digits ends in 0. */
function isCardNumber(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = digit * (index % 2 === 0 ? 1 : 2);
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
