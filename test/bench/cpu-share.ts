import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Microseconds; short, so that nobody stands still for long. */
const PERIOD = 10_000;

/** Where Linux keeps control groups that limit CPU, and what says the limit there: version 1, then version 2. */
const KINDS = [
  {
    root: '/sys/fs/cgroup/cpu',
    limits: (quota: number) => ({ 'cpu.cfs_period_us': String(PERIOD), 'cpu.cfs_quota_us': String(quota) }),
  },
  { root: '/sys/fs/cgroup', limits: (quota: number) => ({ 'cpu.max': `${quota} ${PERIOD}` }) },
] as const;

/**
 * Gives a process that many cores and no more, as a container with a CPU limit has them: on a machine that instances
 * share each has its own all the same. Returns how to take the limit back once the process has ended; `undefined` where
 * the system does not let us, which takes root on Linux.
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
