import type { FaultName } from './texts/faults/en.ts';

/** A rule for the sandbox's `POST /_sandbox/scenarios`. */
interface Rule {
  readonly scenario: string;
  readonly params?: Readonly<Record<string, number>> | undefined;
  /** How many calls it is for; 1 by default. */
  readonly times?: number;
  readonly route?: string;
  /** It is for the provider, whatever the payment. */
  readonly anyPayment?: boolean;
}

export const GROUPS = ['answer', 'refund', 'vendors', 'webhook'] as const;
export type Group = (typeof GROUPS)[number];

interface Fault {
  readonly group: Group;
  readonly rules: readonly Rule[];
}

const ALWAYS = 1_000_000;
const one = (group: Group) => (scenario: string, params?: Rule['params']) => ({ group, rules: [{ scenario, params }] });
const answer = one('answer');
const refund = one('refund');
const vendors = one('vendors');
const webhook = one('webhook');

/** Everything that can happen to a refund in the sandbox, as a person would name it. */
export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  // Without the delay it would be the webhook that tells what happened, and not the list of refunds.
  lost: { group: 'answer', rules: [{ scenario: 'drop_after_commit' }, { scenario: 'webhook_delay' }] },
  lost_for_good: {
    group: 'answer',
    rules: [
      { scenario: 'drop_after_commit' },
      { scenario: 'webhook_drop' },
      { scenario: 'server_error', route: 'list_refunds', times: ALWAYS, anyPayment: true },
    ],
  },
  no_connection: answer('drop_before_commit'),
  down: { group: 'answer', rules: [{ scenario: 'drop_before_commit', route: '*', times: ALWAYS, anyPayment: true }] },
  // Longer than `PROVIDER_TIMEOUT_MS`.
  timeout: answer('latency', { ms: 6_000 }),
  slow: answer('latency', { ms: 1_500 }),
  error: answer('server_error'),
  error_after: answer('server_error', { after_commit: 1 }),
  rate_limited: answer('rate_limited'),
  forbidden: answer('forbidden'),
  status_false: answer('status_false'),
  not_json: answer('malformed_json'),
  half_json: answer('truncated_json'),
  cut: answer('drop_at_byte'),
  html: answer('wrong_content_type'),
  trickle: answer('slow_body'),
  no_balance: refund('insufficient_balance'),
  too_much: refund('over_refund'),
  refused: refund('not_refundable'),
  dispute: refund('dispute_open'),
  fails_later: refund('fail'),
  fails_at_once: refund('fast_fail'),
  stays: refund('stay_processing'),
  stays_asked: refund('stay_initiated'),
  at_once: refund('fast_success'),
  reversed: refund('reversal'),
  reversal_begun: refund('reversal_stays_initiated'),
  reversal_stuck: refund('reversal_stays_processing'),
  reversed_early: refund('reversal_from_initiated'),
  too_late: refund('delete_too_late'),
  vendor_short: vendors('vendor_short'),
  vendor_limit: vendors('vendor_over_limit'),
  vendor_tampered: vendors('vendor_tampered'),
  hook_twice: webhook('webhook_duplicate'),
  hook_late: webhook('webhook_delay'),
  hook_order: webhook('webhook_reorder'),
  hook_lost: webhook('webhook_drop'),
  hook_first: webhook('webhook_before_answer'),
  hook_forged: webhook('webhook_forged'),
  hook_stale: webhook('webhook_stale'),
};

/** How long the demo's proxy waits for a provider, in milliseconds. */
export const PROVIDER_TIMEOUT_MS = 4_000;

/**
 * The faults that an order can meet. @param supporters the providers that can carry out a scenario
 */
export function faultsFor(
  order: { readonly provider: string; readonly vendors?: object | undefined },
  supporters: ReadonlyMap<string, readonly string[]>,
): FaultName[] {
  return (Object.keys(FAULTS) as FaultName[]).filter((name) => {
    const { group, rules } = FAULTS[name];
    if (group === 'vendors' && !order.vendors) return false;
    return rules.every(
      ({ scenario, route }) =>
        supporters.get(scenario)?.includes(order.provider) === true &&
        // UPayments has no list of refunds to lose.
        (route !== 'list_refunds' || order.provider === 'uqpay'),
    );
  });
}

/** A rule that waits in the sandbox. */
export interface ActiveRule {
  readonly scenario: string;
  readonly route?: string | undefined;
  readonly params: Readonly<Record<string, unknown>>;
  /** The rule is for this provider, or for this payment, and for no other. */
  readonly provider?: string | undefined;
  readonly payment_id?: string | undefined;
}

/** The rules that a refund of this order can meet. */
export function rulesFor(
  { provider, payment_id }: { readonly provider: string; readonly payment_id: string },
  active: readonly ActiveRule[],
): readonly ActiveRule[] {
  return active.filter(
    (rule) => (rule.provider ?? provider) === provider && (rule.payment_id ?? payment_id) === payment_id,
  );
}

const isActive = ({ scenario, route, params = {} }: Rule, active: readonly ActiveRule[]) =>
  active.some(
    (rule) =>
      rule.scenario === scenario &&
      rule.route === route &&
      Object.entries(params).every(([name, value]) => rule.params[name] === value),
  );

/** Whether the sandbox still waits for a call that meets the fault. */
export function isSet(fault: FaultName, active: readonly ActiveRule[]): boolean {
  return FAULTS[fault].rules.every((rule) => isActive(rule, active));
}

/** The fault that these rules make up, if they are those of one. */
export function faultOf(active: readonly ActiveRule[]): FaultName | undefined {
  return (Object.keys(FAULTS) as FaultName[])
    .filter((name) => isSet(name, active))
    .toSorted((first, second) => weight(second) - weight(first))[0];
}

/** The fault of which only a part still waits, after it has met a refund. */
export function leftOf(active: readonly ActiveRule[]): FaultName | undefined {
  return (Object.keys(FAULTS) as FaultName[]).find((name) => FAULTS[name].rules.some((rule) => isActive(rule, active)));
}

/** `error_after` has the scenario of `error` and more. */
const weight = (name: FaultName) =>
  FAULTS[name].rules.reduce((sum, { params = {} }) => sum + 1 + Object.keys(params).length, 0);
