import { member } from '../../engine/context.ts';
import type { Support } from '../../engine/scenarios/catalogue.ts';
import { quote } from '../../engine/validation.ts';

/** TypeScript reports a scenario of the catalogue that is missing here. */
export const UQPAY_SCENARIOS = {
  fail: true,
  succeed: true,
  fast_fail: true,
  stay_initiated: true,
  stay_processing: true,
  fast_success: true,
  reversal: true,
  reversal_stays_initiated: true,
  reversal_stays_processing: true,
  reversal_from_initiated: true,
  insufficient_balance: true,
  over_refund: true,
  not_refundable: true,
  dispute_open: true,
  delete_too_late: false,
  vendor_tampered: false,
  vendor_over_limit: false,
  vendor_short: false,
  payment_declined: true,
  requires_action: true,
  cancel_fails: true,
  latency: true,
  rate_limited: true,
  server_error: true,
  forbidden: false,
  status_false: false,
  malformed_json: true,
  truncated_json: true,
  wrong_content_type: true,
  drop_before_commit: true,
  drop_after_commit: true,
  drop_at_byte: true,
  slow_body: true,
  webhook_duplicate: true,
  webhook_delay: true,
  webhook_reorder: true,
  webhook_drop: true,
  webhook_before_answer: true,
  webhook_forged: true,
  webhook_stale: true,
} as const satisfies Support;

/** Outcomes of a payment, not of a refund. */
export type PaymentScenario = 'payment_declined' | 'requires_action';

/** The member of `metadata` that asks for a scenario. */
export const SCENARIO_MEMBER = 'sandbox_scenario';
/** In other spellings it would be an ordinary member, in silence. */
const LIKE_MEMBER = /^[\W_]*sandbox[\W_]*s[a-z]*ios?[\W_]*$/i;

/** Why a member of the metadata that is meant for a scenario has no effect, as a sentence. */
export function scenarioFault(json: unknown): string | undefined {
  const metadata = member(json, 'metadata');
  if (typeof metadata !== 'object' || metadata === null) return undefined;
  const odd = Object.keys(metadata).find((name) => name !== SCENARIO_MEMBER && LIKE_MEMBER.test(name));
  return odd && `metadata: ${quote(odd)} is no member of the sandbox: expected ${SCENARIO_MEMBER}`;
}
