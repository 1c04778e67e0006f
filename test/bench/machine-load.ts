import { readFileSync } from 'node:fs';
import os from 'node:os';

import { progress } from './claims.ts';

/** Hundredths of a second, of all cores together. */
interface Spent {
  readonly busy: number;
  readonly all: number;
  /** Of this process and of the children that have ended. */
  readonly own: number;
}

/** How loaded the machine is while something is measured, so that a number can be told from a busy neighbour. */
export class MachineLoad {
  readonly #before = spent();
  readonly #atStart = os.loadavg()[0] ?? 0;

  /** Prints it. Call it once the servers that were measured have ended: only then are they known to be ours. */
  tell(what: string): void {
    const average = `load average ${this.#atStart.toFixed(2)} before, ${(os.loadavg()[0] ?? 0).toFixed(2)} after`;
    progress(`${what}: ${average}, of ${os.availableParallelism()} cores; ${this.#others()}`);
  }

  #others(): string {
    const after = spent();
    if (!this.#before || !after || after.all <= this.#before.all) return 'what others used cannot be measured here';
    return `others used ${percent(othersShare(this.#before, after))} of the CPU`;
  }
}

/** Of all the time that the cores had: what was busy and not ours. */
export function othersShare(before: Spent, after: Spent): number {
  const others = after.busy - before.busy - (after.own - before.own);
  return Math.max(0, others) / (after.all - before.all);
}

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;

/** Only Linux tells: proc(5), `/proc/stat` and `/proc/self/stat`. */
function spent(): Spent | undefined {
  if (process.platform !== 'linux') return undefined;
  const times = parseCpu(readFileSync('/proc/stat', 'utf8'));
  return { ...times, own: parseOwn(readFileSync('/proc/self/stat', 'utf8')) };
}

/** The first line: user, nice, system, idle, iowait, irq, softirq, steal; guests are in user already. */
export function parseCpu(text: string): { readonly busy: number; readonly all: number } {
  const times = text.split('\n', 1)[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = times.reduce((sum, time) => sum + time, 0);
  return { busy: all - (times[3] ?? 0) - (times[4] ?? 0), all };
}

/** utime, stime, cutime and cstime, the 14th field and on; the name before them may hold spaces and brackets. */
export function parseOwn(text: string): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, time) => sum + Number(time), 0);
}
