import type { Clock } from './clock.ts';
import type { Profile } from './profile.ts';
import type { Recorder } from './recorder.ts';
import type { Sandbox } from './sandbox.ts';

export interface WorldOptions {
  readonly endpoint: URL;
  readonly profile: Profile;
  readonly sandbox: Sandbox;
  readonly recorder: Recorder;
  /** Sent with every request: how the merchant's own sign-in is satisfied. Never shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly clock: Clock;
  /** Milliseconds that the proxy waits for a provider. */
  readonly proxyTimeoutMs: number;
  /** Makes the ids of this run different from those of any other. */
  readonly run: number;
  /** Payments that the proxy knows; without them, payments of the run's own. */
  readonly paymentIds: readonly string[];
}
