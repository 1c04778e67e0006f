import { M } from '../messages.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** The sandbox writes every time with one width and one offset, so that its parts can be cut out. */
const dayOf = (time: string) => time.slice(0, 10);
const clockOf = (time: string) => time.slice(11, 19);

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `2 Nov 2026` */
export function showDay(time: string): string {
  const [year = '', month = '', day = ''] = dayOf(time).split('-');
  return `${Number(day)} ${MONTHS[Number(month) - 1] ?? month} ${year}`;
}

/** The time of day, with its day where that is not the day of `now`. */
export function showTime(time: string, now: string): string {
  const day = dayOf(time) === dayOf(now) ? '' : `${showDay(time).replace(/ \d{4}$/, '')} `;
  return day + clockOf(time);
}

/** `14 s`, `3 min`, `4 h`, `2 days`: the largest unit that leaves no rest, or two of them. */
export function showSpan(ms: number): string {
  const units = [
    [DAY, M.units.day],
    [HOUR, M.units.hour],
    [MINUTE, M.units.minute],
    [SECOND, M.units.second],
  ] as const;
  const parts: string[] = [];
  let rest = Math.max(0, Math.ceil(ms / SECOND) * SECOND);
  for (const [length, write] of units) {
    const count = Math.floor(rest / length);
    if (count > 0) parts.push(write(count));
    rest %= length;
    if (parts.length === 2) break;
  }
  return parts.join(' ') || M.units.second(0);
}

/** Milliseconds from one time to another. */
export const spanBetween = (from: string, to: string): number => Date.parse(to) - Date.parse(from);
