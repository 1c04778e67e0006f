import { Temporal } from 'temporal-polyfill';

import { parseInstant, rememberLast } from '../../engine/time.ts';

/** Dates of the provider carry no offset. The provider is in Kuwait, so its local time is assumed. P */
const OFFSET = '+03:00';

/** `2026-11-01 04:00:00`, as in `refunded_date`. */
export const toPlainDateTime = rememberLast((at) =>
  Temporal.Instant.fromEpochMilliseconds(at)
    .toZonedDateTimeISO(OFFSET)
    .toPlainDateTime()
    .toString({ smallestUnit: 'second' })
    .replace('T', ' '),
);

export const isPlainDateTime = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) && parseInstant(`${text.replace(' ', 'T')}${OFFSET}`) !== undefined;

/** `20261101040000`, as inside the provider's ids. */
export const toStamp = rememberLast((at) => toPlainDateTime(at).replace(/\D/g, ''));
