import { Temporal } from 'temporal-polyfill';

/** Epoch milliseconds. Every time inside the sandbox has this form. Texts are for the wire and for rows. */
export type Millis = number;

export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Offset of every time in rows and in answers of the control API. */
export const OFFSET = '+08:00';

/** Remembers the last text: all calls of one second write the same, and Temporal is slow compared with a call. */
export function rememberLast(write: (at: Millis) => string): (at: Millis) => string {
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
export const toRfc3339 = rememberLast((at) =>
  Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(OFFSET).toString({
    timeZoneName: 'never',
    smallestUnit: 'second',
  }),
);

/** For error messages. */
export const EXAMPLE_TIME = '2026-11-01T09:00:00+08:00';

/** Whether a text is a time as `toRfc3339` writes it. Temporal would take long for many rows. */
export function isWritten(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/.test(text)) return false;
  const local = text.slice(0, -OFFSET.length);
  const at = new Date(`${local}Z`);
  // Of an impossible day, such as 30 February, this makes the next possible one.
  return !Number.isNaN(at.valueOf()) && at.toISOString().startsWith(local);
}

/** Range of the virtual clock: a year is written with four digits, and the clock runs on from there. */
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

/** When an edit changes a status but not its time, the time becomes the present one. */
export function stamp(row: { update_time: string }, before: { readonly update_time: string }, at: Millis): void {
  if (row.update_time === before.update_time) row.update_time = toRfc3339(at);
}
