import { HOUR, MINUTE, SECOND, type Millis } from '../time.ts';

/**
 * Waits of the virtual clock between the attempts of one delivery: eight attempts within a day. Only that a 200
 * acknowledges is documented; the times are ours. P
 */
export const WEBHOOK_BACKOFF: readonly Millis[] = [
  15 * SECOND,
  MINUTE,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  6 * HOUR,
  12 * HOUR,
];

/** `uqpay.md`, Webhooks: acknowledged by a 200, and by nothing else. D */
export const ACKNOWLEDGED = 200;
