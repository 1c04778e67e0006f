import { Temporal } from 'temporal-polyfill';

import { OFFSET, type Millis } from '../../engine/time.ts';

/** The same day and time some calendar months earlier, in the provider's own offset. */
export function monthsBefore(at: Millis, months: number): Millis {
  return Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(OFFSET).subtract({ months }).epochMilliseconds;
}
