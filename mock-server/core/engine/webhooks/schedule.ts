import { HOUR, MINUTE, SECOND, type Millis } from '../time.ts';

/** Waits between the attempts of one delivery, by the virtual clock: eight attempts within a day. P */
export const WEBHOOK_BACKOFF: readonly Millis[] = [
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** Only this HTTP status acknowledges a webhook. D */
export const ACKNOWLEDGED = 200;
