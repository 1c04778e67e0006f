import type { Check } from '../check.ts';
import { CREDENTIALS, LEAKS } from './credentials.ts';
import { CANCELLED } from './cancelled.ts';
import { SUCCESS_TRUE } from './claims.ts';
import { COUNTED } from './counted.ts';
import { CURRENCIES } from './currencies.ts';
import { FAULTS } from './faults.ts';
import { FLOWS } from './flows.ts';
import { BROWSER_GONE } from './gone.ts';
import { GUARDS } from './guards.ts';
import { IDEMPOTENCY } from './idempotency.ts';
import { KEYS } from './keys.ts';
import { LIMITS } from './limits.ts';
import { LIVE } from './live.ts';
import { LOST, REMEMBERED } from './lost.ts';
import { PASS_THROUGH } from './pass-through.ts';
import { PATHS } from './paths.ts';
import { RECORDED } from './recorded.ts';
import { REFUSALS } from './refusals.ts';
import { RESENT } from './resent.ts';
import { RESTARTED, SENT_AT_RESTART } from './restart.ts';
import { SILENT_STATUS } from './silent.ts';
import { SIGN_INS } from './sign-in.ts';
import { STANDINGS } from './standings.ts';
import { SUMMARY } from './summary.ts';
import { TOKENS } from './tokens.ts';
import { UNASKED } from './unasked.ts';
import { UNLISTED } from './unlisted.ts';
import { USER_CHANGED } from './user.ts';
import { WEBHOOKS } from './webhooks.ts';

/** In the order in which they run. The last check searches the answers that all others received. */
export const CHECKS: readonly Check[] = [
  ...PATHS,
  ...CREDENTIALS,
  ...PASS_THROUGH,
  ...IDEMPOTENCY,
  ...REFUSALS,
  ...KEYS,
  ...SIGN_INS,
  ...GUARDS,
  USER_CHANGED,
  ...LIMITS,
  ...CURRENCIES,
  ...SUMMARY,
  ...STANDINGS,
  ...LIVE,
  ...COUNTED,
  ...CANCELLED,
  ...FLOWS,
  ...WEBHOOKS,
  ...FAULTS,
  SUCCESS_TRUE,
  BROWSER_GONE,
  RESENT,
  ...RECORDED,
  SILENT_STATUS,
  ...UNLISTED,
  ...TOKENS,
  ...LOST,
  REMEMBERED,
  RESTARTED,
  SENT_AT_RESTART,
  UNASKED,
  LEAKS,
];
