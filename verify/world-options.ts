import type { ProxyDescription } from '../contract/index.ts';
import type { Clock } from './clock.ts';
import type { Timing } from './drive.ts';
import type { Payment, Profile, Tender } from './profile.ts';
import type { ProviderCall, Recorder } from './recorder.ts';
import type { Sandbox } from './sandbox.ts';

export interface WorldOptions {
  readonly endpoint: URL;
  readonly profile: Profile;
  readonly sandbox: Sandbox;
  readonly recorder: Recorder;
  /** The merchant's sign-in, sent with every request. Never shown in a report. */
  readonly headers: Readonly<Record<string, string>>;
  /** The sign-in of somebody who may neither refund nor read, where `--other-header` gives one. */
  readonly otherHeaders: Readonly<Record<string, string>>;
  /** What the proxy says of itself. */
  readonly description: ProxyDescription | undefined;
  readonly clock: Clock;
  /** How long the proxy waits for a provider, in milliseconds. */
  readonly proxyTimeoutMs: number;
  /** A number that makes the ids of this run different from those of any other run. */
  readonly run: number;
  /** Ids of payments that the proxy knows. If empty, the run makes its own payments. */
  readonly paymentIds: readonly string[];
  /** Restarts the proxy, where `--restart` says how. */
  readonly restart?: (() => Promise<void>) | undefined;
}

export interface PaymentOptions {
  readonly refundedElsewhere?: string;
  readonly tender?: Tender;
}

export interface Write extends Timing {
  readonly body: unknown;
  /** Without it a new key is made. */
  readonly key?: string;
  /** Headers to add. `undefined` removes a header. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
}

/** The calls of the provider since a moment, as the checks read them. */
export interface Watch {
  calls(): readonly ProviderCall[];
  tokens(): readonly ProviderCall[];
  writes(): readonly ProviderCall[];
  creates(payment: Payment): readonly ProviderCall[];
  /** Writes with this path. */
  to(path: string): readonly ProviderCall[];
  answerTo(path: string): ProviderCall | undefined;
}
