import * as z from 'zod/mini';

import { parseSeed } from '../engine/seed-rows.ts';
import { settingSchema, type Settings, type SettingTable } from '../engine/settings.ts';
import { parseSnapshot, putSnapshot, takeSnapshot } from '../engine/snapshot.ts';
import type { SandboxState } from '../engine/state.ts';
import { ok, type Reply } from '../engine/wire.ts';
import { parseBody } from './bodies.ts';
import { isControlFault, refuse, refuseFault, type ControlContext } from './context.ts';

/** `POST /_sandbox/seed`: other rows to start from, now and after every reset. */
export function seed({ state, call }: ControlContext): Reply {
  const body = parseBody(call, z.unknown());
  if (isControlFault(body)) return refuseFault(body);
  const parsed = parseSeed(state.registry.data, body.data, state.clock.now());
  if ('fault' in parsed) return refuse(422, parsed.fault);
  state.reseed(parsed.data);
  return ok({ status: 'ok', rows: rowCounts(state) });
}

export function snapshot({ state }: ControlContext): Reply {
  return ok(takeSnapshot(state));
}

/** `POST /_sandbox/restore`: restores the whole snapshot, or nothing. The journal and the sessions stay as they are. */
export function restore({ state, call }: ControlContext): Reply {
  const body = parseBody(call, z.unknown());
  if (isControlFault(body)) return refuseFault(body);
  const parsed = parseSnapshot(state.registry, body.data);
  if ('fault' in parsed) return refuse(422, parsed.fault);
  putSnapshot(state, parsed.snapshot, 'rewind');
  return ok({ status: 'ok', rows: rowCounts(state) });
}

/** Every decision of this project that no source supports, by its name in the journal, with what would change it. */
export function listPolicies({ state }: ControlContext): Reply {
  const policies = Object.entries(state.registry.policies).map(([id, { text, section, until }]) => ({
    id,
    text,
    section,
    changed_by: until,
  }));
  return ok({ policies });
}

export function showSettings({ state: { settings, registry } }: ControlContext): Reply {
  return ok(Object.fromEntries(Object.entries(registry.settings).map(([name, { wire }]) => [wire, settings[name]])));
}

const settingsBody = (table: SettingTable) =>
  z.strictObject(
    Object.fromEntries(Object.values(table).map((setting) => [setting.wire, z.optional(settingSchema(setting))])),
  );

/** `{"amounts":"trimmed"}`: a setting that is not named stays as it is. A reset returns to the options. */
export function changeSettings(context: ControlContext): Reply {
  const { state, call } = context;
  const table = state.registry.settings;
  const parsed = parseBody(call, settingsBody(table));
  if (isControlFault(parsed)) return refuseFault(parsed);
  if (Object.keys(parsed.data).length === 0) {
    const names = Object.values(table).map(({ wire }) => wire);
    return refuse(400, `the body changes nothing: expected ${names.join(', ')}`);
  }
  const entries = Object.entries(table).map(([name, { wire }]) => [name, parsed.data[wire] ?? state.settings[name]]);
  state.settings = Object.fromEntries(entries) as Settings;
  return showSettings(context);
}

export function rowCounts({ store }: SandboxState): Record<string, number> {
  return Object.fromEntries(Object.entries(store.collections).map(([name, rows]) => [name, rows.length]));
}
