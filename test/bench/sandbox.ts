import { measureColdStart } from './sandbox-cold-start.ts';
import { measureGrowth } from './sandbox-growth.ts';
import { measurePeers } from './sandbox-peers.ts';
import { measureReset } from './sandbox-reset.ts';
import { measureSpeed } from './sandbox-speed.ts';
import { MachineLoad } from './machine-load.ts';

const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  'cold start': measureColdStart,
  speed: measureSpeed,
  reset: measureReset,
  growth: measureGrowth,
  peers: measurePeers,
};

/** Measures the sandbox's promises about speed, one after the other, because each needs the whole machine. */
export async function measureSandbox(): Promise<void> {
  for (const [what, measure] of Object.entries(PARTS)) {
    const load = new MachineLoad();
    await measure();
    load.tell(what);
  }
}
