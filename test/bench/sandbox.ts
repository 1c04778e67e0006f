import { measureColdStart } from './sandbox-cold-start.ts';
import { measureGrowth } from './sandbox-growth.ts';
import { measurePeers } from './sandbox-peers.ts';
import { measureReset } from './sandbox-reset.ts';
import { measureSpeed } from './sandbox-speed.ts';

/** What the sandbox promises about speed, one after the other: each wants the machine to itself. */
export async function measureSandbox(): Promise<void> {
  await measureColdStart();
  await measureSpeed();
  await measureReset();
  await measureGrowth();
  await measurePeers();
}
