import * as z from 'zod/mini';

import { parseBody } from './bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext } from './context.ts';
import { POLICIES } from '../providers/uqpay/policies.ts';
import { COLLECTION_NAMES } from '../providers/uqpay/rows.ts';
import { parseSeed } from '../providers/uqpay/seed-rows.ts';
import { AMOUNT_STYLES, GET_STATUSES } from '../engine/settings.ts';
import { parseSnapshot, putSnapshot, takeSnapshot } from '../engine/snapshot.ts';
import type { SandboxState } from '../engine/state.ts';
import { ok, type Reply } from '../engine/wire.ts';

/** `POST /_sandbox/seed`: other rows to start from, now and after every reset. */
export function seed({ state, call }: ControlContext): Reply {
  const body = parseBody(call, z.unknown());
  if (isControlFault(body)) return refuseFault(body);
  const parsed = parseSeed(body.data, state.clock.now());
  if ('fault' in parsed) return refuse(422, parsed.fault);
  state.reseed(parsed.data);
  return ok({ status: 'ok', rows: rowCounts(state) });
}

export function snapshot({ state }: ControlContext): Reply {
  return ok(takeSnapshot(state));
}

/** `POST /_sandbox/restore`: all of it or nothing. The journal goes on, and whoever is signed in stays so. */
export function restore({ state, call }: ControlContext): Reply {
  const body = parseBody(call, z.unknown());
  if (isControlFault(body)) return refuseFault(body);
  const parsed = parseSnapshot(body.data);
  if ('fault' in parsed) return refuse(422, parsed.fault);
  putSnapshot(state, parsed.snapshot, 'rewind');
  return ok({ status: 'ok', rows: rowCounts(state) });
}

/** Every decision of ours that no source backs, by the name that the journal gives it, with what would change it. */
export function listPolicies(): Reply {
  const policies = Object.entries(POLICIES).map(([id, { text, until }]) => ({ id, text, changed_by: until }));
  return ok({ policies });
}

export function showSettings({ state: { settings } }: ControlContext): Reply {
  const { amounts, upaymentsGetStatus, refundCallbacks } = settings;
  return ok({ amounts, upayments_get_status: upaymentsGetStatus, refund_callbacks: refundCallbacks });
}

const settingsBody = z.strictObject({
  amounts: z.optional(z.enum(AMOUNT_STYLES)),
  upayments_get_status: z.optional(z.literal(GET_STATUSES)),
  refund_callbacks: z.optional(z.boolean()),
});

/** `{"amounts":"trimmed"}`: what is not named stays as it is; a reset goes back to the options. */
export function changeSettings(context: ControlContext): Reply {
  const { state, call } = context;
  const parsed = parseBody(call, settingsBody);
  if (isControlFault(parsed)) return refuseFault(parsed);
  const { amounts, upayments_get_status: status, refund_callbacks: callbacks } = parsed.data;
  state.settings = {
    amounts: amounts ?? state.settings.amounts,
    upaymentsGetStatus: status ?? state.settings.upaymentsGetStatus,
    refundCallbacks: callbacks ?? state.settings.refundCallbacks,
  };
  return showSettings(context);
}

export function rowCounts({ store }: SandboxState): Record<string, number> {
  return Object.fromEntries(COLLECTION_NAMES.map((name) => [name, store.collections[name].length]));
}
