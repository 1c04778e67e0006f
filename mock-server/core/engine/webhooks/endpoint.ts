import type { Signing, TimestampUnit } from './delivery.ts';

/** An address that gets the webhooks of one provider. */
export interface EndpointSpec {
  /** Name of the provider. */
  readonly provider: string;
  readonly url: string;
  /** Only for a provider that signs. The sandbox's default secret without it. */
  readonly secret?: string | undefined;
  /** Unit of `x-wk-timestamp`. The sandbox's default, `milliseconds`, without it. */
  readonly timestamp?: TimestampUnit | undefined;
}

/** Why an endpoint cannot be taken: which member, and a sentence. */
export interface EndpointFault {
  readonly member: keyof EndpointSpec;
  readonly why: string;
}

export interface Endpoint {
  readonly id: string;
  readonly provider: string;
  readonly url: string;
  readonly signing: Signing | null;
}
