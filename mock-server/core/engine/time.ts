import { Temporal } from 'temporal-polyfill';

/** Epoch milliseconds. The one form of a time inside the sandbox; text exists on the wire and in rows. */
export type Millis = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** UQPAY writes RFC 3339 with this offset; `uqpay.md`, Refund object. */
const UQPAY_OFFSET = '+08:00';
/** UPayments' dates carry no offset; the provider is in Kuwait, so its local time is assumed. P */
const UPAYMENTS_OFFSET = '+03:00';

/** One instant repeats for every call of its second, and Temporal is slow beside a call: remember the last one. */
function memo(write: (at: Millis) => string): (at: Millis) => string {
  let second = Number.NaN;
  let text = '';
  return (at) => {
    const current = Math.floor(at / SECOND);
    if (current !== second) {
      text = write(current * SECOND);
      second = current;
    }
    return text;
  };
}

/** `2026-11-01T09:00:00+08:00`: fixed width and offset, so that the texts sort as the instants do. */
export const toRfc3339 = memo((at) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(UQPAY_OFFSET).toString({
    timeZoneName: 'never',
    smallestUnit: 'second',
  }),
);

/** `2026-11-01 04:00:00`, as in `refunded_date`. */
export const toPlainDateTime = memo((at) =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(UPAYMENTS_OFFSET)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' })
    .replace('T', ' '),
);

/** `20261101040000`, the stamp inside UPayments' ids. */
export const toStamp = memo((at) => toPlainDateTime(at).replace(/\D/g, ''));

/** What the virtual clock can be set to: times are written with four digits for the year, and it runs on from there. */
export const EARLIEST: Millis = 0;
export const LATEST: Millis = Date.UTC(9999, 0, 1);

/** @returns undefined when the text is not an RFC 3339 instant. */
export function parseInstant(text: string): Millis | undefined {
  try {
    return Temporal.Instant.from(text).epochMilliseconds;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** ISO 8601 duration without weeks, months or years, whose length depends on where they start: `PT4H`, `P2DT30M`. */
export function parseDuration(text: string): Millis | undefined {
  try {
    const duration = Temporal.Duration.from(text);
    if (duration.years !== 0 || duration.months !== 0 || duration.weeks !== 0) return undefined;
    return Math.round(duration.total('milliseconds'));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The same day and time some calendar months earlier, in the provider's own offset. */
export function monthsBefore(at: Millis, months: number): Millis {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(UQPAY_OFFSET).subtract({ months })
    .epochMilliseconds;
}
