import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** In microseconds. Short, so that no process waits long for its next share. */
const PERIOD = 10_000;

/** The folder of Linux control groups and the files of their CPU limit: version 1, then version 2. */
const KINDS = [
  {
    root: '/sys/fs/cgroup/cpu',
    limits: (quota: number) => ({ 'cpu.cfs_period_us': String(PERIOD), 'cpu.cfs_quota_us': String(quota) }),
  },
  { root: '/sys/fs/cgroup', limits: (quota: number) => ({ 'cpu.max': `${quota} ${PERIOD}` }) },
] as const;

/**
 * Limits a process to so many cores, as a container with a CPU limit does. So each instance has its own share, although
 * all run on one machine.
 * @returns removes the limit after the process has ended. `undefined` when the system does not allow a limit: it needs
 * root on Linux
 */
export function limitCpu(pid: number, cores: number): (() => void) | undefined {
  for (const { root, limits } of KINDS) {
    if (!existsSync(path.join(root, 'cgroup.procs'))) continue;
    const group = path.join(root, `refund-bench-${pid}`);
    try {
      mkdirSync(group);
      for (const [file, text] of Object.entries(limits(cores * PERIOD))) writeFileSync(path.join(group, file), text);
      writeFileSync(path.join(group, 'cgroup.procs'), String(pid));
    } catch {
      if (existsSync(group)) rmdirSync(group);
      continue;
    }
    return () => rmdirSync(group);
  }
  return undefined;
}
