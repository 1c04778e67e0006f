import type { Check } from '../check.ts';
import { CREDENTIALS, LEAKS } from './credentials.ts';
import { COUNTED } from './counted.ts';
import { CURRENCIES } from './currencies.ts';
import { FAULTS } from './faults.ts';
import { FLOWS } from './flows.ts';
import { GUARDS } from './guards.ts';
import { IDEMPOTENCY } from './idempotency.ts';
import { KEYS } from './keys.ts';
import { LIMITS } from './limits.ts';
import { LOST, REMEMBERED } from './lost.ts';
import { PASS_THROUGH } from './pass-through.ts';
import { PATHS } from './paths.ts';
import { RECORDED } from './recorded.ts';
import { RESENT } from './resent.ts';
import { RESTARTED } from './restart.ts';
import { SIGN_IN } from './sign-in.ts';
import { STANDINGS } from './standings.ts';
import { SUMMARY } from './summary.ts';
import { TOKENS } from './tokens.ts';
import { UNLISTED } from './unlisted.ts';
import { WEBHOOKS } from './webhooks.ts';

/** In the order in which they run. The last check searches the answers that all others received. */
export const CHECKS: readonly Check[] = [
  ...PATHS,
  ...CREDENTIALS,
  ...PASS_THROUGH,
  ...IDEMPOTENCY,
  ...KEYS,
  SIGN_IN,
  ...GUARDS,
  ...LIMITS,
  ...CURRENCIES,
  SUMMARY,
  ...STANDINGS,
  ...COUNTED,
  ...FLOWS,
  ...WEBHOOKS,
  ...FAULTS,
  RESENT,
  ...RECORDED,
  ...UNLISTED,
  ...TOKENS,
  ...LOST,
  REMEMBERED,
  RESTARTED,
  LEAKS,
];
