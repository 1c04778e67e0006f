import * as z from 'zod/mini';

import { isCurrency } from '../../../contract/money.ts';
import { EXAMPLE_TIME, isWritten, parseDuration } from './time.ts';

export const MAX_ID = 255;
export const id = z.string().check(z.minLength(1), z.maxLength(MAX_ID));
export const text = z.string().check(z.maxLength(1_000));
export const maybe = z.nullable(text);
export const currency = z
  .string()
  .check(z.refine(isCurrency, { error: 'an active ISO 4217 code in capitals, such as KWD' }));
/** Decimal string. The data model checks its decimals against the currency of the row. */
export const amount = z
  .string()
  .check(z.regex(/^\d{1,18}(?:\.\d{1,4})?$/, { error: 'a decimal string such as "10.01"' }));
/** As `toRfc3339` writes it: one width and one offset, because rows are compared by this text. */
export const instant = z.string().check(z.refine(isWritten, { error: `a time such as "${EXAMPLE_TIME}"` }));
export const maybeInstant = z.nullable(instant);
export const metadata = z.record(z.string(), z.string());
export const duration = z.string().check(
  z.refine((given) => (parseDuration(given) ?? -1) >= 0, {
    error: 'a duration in days or less, such as PT4H or P3D',
  }),
);
/** One of the names of a table. */
export const names = <Name extends string>(table: Record<Name, unknown>) => z.enum(Object.keys(table) as Name[]);
