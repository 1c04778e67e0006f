import * as z from 'zod/mini';

import type { Flag } from './flag.ts';

export type SettingValue = string | number | boolean;

/** A point in which clients of a provider saw different answers. */
export interface Setting {
  /** Name on the control API. */
  readonly wire: string;
  readonly values: readonly SettingValue[];
  readonly default: SettingValue;
  readonly flag: Flag;
}

/** What a namespace does until it is set otherwise or reset, by the names of the options. */
export type Settings = Readonly<Record<string, SettingValue>>;
export type SettingTable = Readonly<Record<string, Setting>>;

export const defaultSettings = (table: SettingTable): Settings =>
  Object.fromEntries(Object.entries(table).map(([name, setting]) => [name, setting.default]));

export function settingSchema({ values }: Setting): z.ZodMiniType<SettingValue> {
  if (values.every((value) => typeof value === 'boolean')) return z.boolean();
  return z.literal(values as [SettingValue, ...SettingValue[]]);
}
