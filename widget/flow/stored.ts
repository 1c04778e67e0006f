import * as z from 'zod/mini';

import { isCurrency } from '../../contract/money/currency.ts';
import type { Draft, Refund } from '../model.ts';
import type { StoredRecord } from './intent-store.ts';
import { isStanding } from './reduce.ts';

/**
 * What the browser has stored may come from another version of the form, or from a person's hand. Each schema names what
 * the form would stumble over if it were something else.
 */
const text = z.optional(z.string());
const texts = z.optional(z.catchall(z.object({}), z.string()));
const refunds = z.array(
  z.looseObject({ id: z.string(), amount: z.string(), currency: z.string(), standing: z.string(), references: texts }),
);
const record = z.looseObject({
  intent: z.optional(z.looseObject({ key: z.string(), sentAt: z.number(), amount: text, currency: text })),
  refunds: z.optional(refunds),
});
const draft = z.looseObject({
  amount: text,
  share: text,
  quantities: texts,
  shipping: text,
  total: text,
  reason: text,
  divided: texts,
});

/** `undefined` when it is nothing that this version can show. */
export function readRecord(stored: unknown): StoredRecord | undefined {
  const { data } = record.safeParse(stored);
  if (!data) return undefined;
  const { intent } = data;
  const read = { ...data, ...(data.refunds && { refunds: readRefunds(data.refunds) }) } as StoredRecord;
  const codes = [...(read.refunds ?? []), ...(intent ? [intent] : [])].map(({ currency = '' }) => currency);
  return (intent?.key || read.refunds?.length) && codes.every((code) => !code || isCurrency(code)) ? read : undefined;
}

export function readRefunds(stored: unknown): readonly Refund[] {
  const { data = [] } = refunds.safeParse(stored);
  return data.map((one): Refund => ({ ...one, standing: isStanding(one.standing) ? one.standing : 'unrecognised' }));
}

export function readDraft(stored: unknown): Partial<Draft> | undefined {
  return draft.safeParse(stored).data as Partial<Draft> | undefined;
}
