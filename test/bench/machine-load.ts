import { readFileSync } from 'node:fs';
import os from 'node:os';

import { progress } from './claims.ts';

/** CPU time of all cores together, in hundredths of a second. */
interface CpuTime {
  readonly busy: number;
  readonly all: number;
  /** CPU time of this process and of its ended children. */
  readonly own: number;
}

/** The load of the machine during a measurement, which shows whether other processes disturbed it. */
export class MachineLoad {
  readonly #before = readCpuTime();
  readonly #atStart = os.loadavg()[0] ?? 0;

  /** Prints the load. Call it after the measured servers have ended: only then their CPU time counts as our own. */
  tell(what: string): void {
    const average = `load average ${this.#atStart.toFixed(2)} before, ${(os.loadavg()[0] ?? 0).toFixed(2)} after`;
    progress(`${what}: ${average}, of ${os.availableParallelism()} cores; ${this.#others()}`);
  }

  #others(): string {
    const after = readCpuTime();
    if (!this.#before || !after || after.all <= this.#before.all) return 'what others used cannot be measured here';
    return `others used ${percent(othersShare(this.#before, after))} of the CPU`;
  }
}

/** The share of all CPU time that other processes used. */
export function othersShare(before: CpuTime, after: CpuTime): number {
  const others = after.busy - before.busy - (after.own - before.own);
  return Math.max(0, others) / (after.all - before.all);
}

const percent = (share: number): string => `${(100 * share).toFixed(0)}%`;

/** Only on Linux: `/proc/stat` and `/proc/self/stat`, see proc(5). */
function readCpuTime(): CpuTime | undefined {
  if (process.platform !== 'linux') return undefined;
  const times = parseCpu(readFileSync('/proc/stat', 'utf8'));
  return { ...times, own: parseOwn(readFileSync('/proc/self/stat', 'utf8')) };
}

/** Reads the first line: user, nice, system, idle, iowait, irq, softirq, steal. `user` already includes guests. */
export function parseCpu(text: string): { readonly busy: number; readonly all: number } {
  const times = text.split('\n', 1)[0]!.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = times.reduce((sum, time) => sum + time, 0);
  return { busy: all - (times[3] ?? 0) - (times[4] ?? 0), all };
}

/** Adds up utime, stime, cutime and cstime, from field 14. The process name before them may contain spaces and brackets. */
export function parseOwn(text: string): number {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, time) => sum + Number(time), 0);
}
