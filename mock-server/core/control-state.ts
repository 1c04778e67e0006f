import * as z from 'zod/mini';

import { parseBody } from './control-bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext } from './control-context.ts';
import { POLICIES } from './policies.ts';
import { COLLECTION_NAMES } from './rows.ts';
import { parseSeed } from './seed-rows.ts';
import { parseSnapshot, putSnapshot, takeSnapshot } from './snapshot.ts';
import type { SandboxState } from './state.ts';
import { ok, type Reply } from './wire.ts';

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

/** Every decision of ours that no source backs, by the name that the journal gives it. */
export function listPolicies(): Reply {
  return ok({ policies: Object.entries(POLICIES).map(([id, about]) => ({ id, text: about })) });
}

export function rowCounts({ store }: SandboxState): Record<string, number> {
  return Object.fromEntries(COLLECTION_NAMES.map((name) => [name, store.collections[name].length]));
}
