import type { RefundRefusal } from '../payment.ts';
import { upaymentsError } from './refund.ts';

/** UPayments' messages in an answer that is not a success, and its HTTP status; `undefined` when it has none. */
export function readUpaymentsRefusal(status: number, body: unknown): RefundRefusal | undefined {
  const { data } = upaymentsError.safeParse(body);
  if (!data) return undefined;
  const fields = Object.values(data.errors ?? {}).flat();
  // The message often repeats the error of a field.
  const others = fields.filter((text) => !data.message.includes(text));
  return { code: String(status), words: [data.message, ...others].join(' ') };
}
