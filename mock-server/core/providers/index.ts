import type * as z from 'zod/mini';

import { Registry } from '../engine/registry.ts';
import { CATALOGUE, SCENARIO_NAMES, type ScenarioName } from '../engine/scenarios/catalogue.ts';
import { upayments } from './upayments/provider.ts';
import { uqpay } from './uqpay/provider.ts';

/** The providers of this sandbox. A new one is a folder and an entry here. */
export const PROVIDERS = [uqpay, upayments] as const;

export const BUILT_IN = new Registry(PROVIDERS);

type BuiltIn = (typeof PROVIDERS)[number];
type Intersection<Union> = (Union extends unknown ? (given: Union) => void : never) extends (given: infer All) => void
  ? All
  : never;

export type ProviderName = BuiltIn['name'];

type Schemas = Intersection<BuiltIn['schemas']>;
export type CollectionName = keyof Schemas;
/** Plain arrays of plain rows. */
export type Collections = {
  [Name in CollectionName]: Schemas[Name] extends z.ZodMiniType<infer Row> ? Row[] : never;
};
/** A seed or a snapshot: any collection may be missing. */
export type SeedData = { readonly [Name in CollectionName]?: readonly Collections[Name][number][] };

type SettingsOf<Table> = {
  readonly [Name in keyof Table]: Table[Name] extends { readonly values: readonly (infer Value)[] } ? Value : never;
};
/** Settings by the names of their options. */
export type ProviderSettings = SettingsOf<Intersection<BuiltIn['settings']>>;
export type AmountStyle = ProviderSettings['amounts'];
export type GetStatus = ProviderSettings['upaymentsGetStatus'];
/** Settings by their names on the control API. */
export type WireSettings = {
  readonly [Name in keyof ProviderSettings as Intersection<BuiltIn['settings']>[Name]['wire']]: ProviderSettings[Name];
};

/** Ids of the policies of every provider. */
export type PolicyId = keyof Intersection<BuiltIn['policies']>;

export type Credentials = Readonly<Intersection<BuiltIn['credentials']>>;

/** Rows of the example shop. */
export const DEFAULT_SEED = Object.assign({}, ...PROVIDERS.map(({ seed }) => seed)) as SeedData;

type Scenarios = {
  readonly [Name in ScenarioName]: (typeof CATALOGUE)[Name] & { readonly providers: readonly ProviderName[] };
};

/** All scenarios, and the providers that support them. */
export const SCENARIOS = Object.fromEntries(
  SCENARIO_NAMES.map((name) => [name, { ...CATALOGUE[name], providers: BUILT_IN.supporters(name) }]),
) as unknown as Scenarios;
