import { scenario, type WebhookFaultName } from '../scenarios/catalogue.ts';
import type { Chosen } from '../scenarios/parse.ts';
import type { Delivery, SignatureFault } from './delivery.ts';

/** An event of a refund or a payment, before its receivers are known. */
export interface Announcement {
  readonly provider: string;
  readonly type: string;
  /** `null` for an event of the payment itself. */
  readonly refund: string | null;
  readonly payment: string;
  /** Whether the body has an `event_id`. */
  readonly identified: boolean;
  readonly body: (event: string | null) => object;
  /** The request's own address, besides the endpoints. */
  readonly url: string | null;
  readonly policies: readonly string[];
}

/** What each webhook scenario does to a signature. */
const SIGNATURE_FAULTS: Readonly<Record<WebhookFaultName, SignatureFault | null>> = {
  webhook_duplicate: null,
  webhook_delay: null,
  webhook_reorder: null,
  webhook_drop: null,
  webhook_before_answer: null,
  webhook_forged: 'signature',
  webhook_stale: 'timestamp',
};

const isWebhookFault = (name: string): name is WebhookFaultName =>
  Object.hasOwn(SIGNATURE_FAULTS, name) && scenario(name as WebhookFaultName).kind === 'webhook';

/** A parameter of a webhook scenario; 0 where the scenario or the parameter is missing. */
export function faultParam(faults: readonly Chosen[], name: WebhookFaultName, param: string): number {
  return Number(faults.find((fault) => fault.name === name)?.params[param] ?? 0);
}

export const hasFault = (faults: readonly Chosen[], name: WebhookFaultName): boolean =>
  faults.some((fault) => fault.name === name);

interface NewDelivery extends Pick<Delivery, 'id' | 'url' | 'signing' | 'event' | 'body' | 'reason'> {
  readonly faults: readonly Chosen[];
}

/** One delivery of an announcement to one address; `reason` says why the address is refused. */
export function newDelivery(announcement: Announcement, { faults, reason, ...rest }: NewDelivery): Delivery {
  const { provider, type, refund, payment, policies } = announcement;
  const names = faults.map(({ name }) => name);
  const signatureFault = names.filter(isWebhookFault).map((name) => SIGNATURE_FAULTS[name]);
  return {
    ...rest,
    provider,
    type,
    refund,
    payment,
    signatureFault: signatureFault.find((fault) => fault !== null) ?? null,
    scenario: names.length === 0 ? null : names.join(', '),
    policies,
    status: reason !== null ? 'refused' : hasFault(faults, 'webhook_drop') ? 'dropped' : 'waiting',
    reason,
    attempts: [],
    next: null,
    step: 0,
  };
}
