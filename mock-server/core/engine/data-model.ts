import type * as z from 'zod/mini';

import { parseDecimal } from '../../../contract/money.ts';
import { instant, maybeInstant } from './row-types.ts';
import type { Millis } from './time.ts';
import { explainIssues, type FieldFault } from './validation.ts';

export interface Row {
  readonly id: string;
}

/** Plain arrays of plain rows, by the name of their collection. json-server shares them as they are. */
export type Collections = Readonly<Record<string, Row[]>>;

/** A seed or a snapshot: any collection may be missing. */
export type SeedData = Readonly<Record<string, readonly Row[] | undefined>>;

/** A row as a person writes it. */
export type LooseRow = Readonly<Record<string, unknown>>;
export type LooseRows = Readonly<Record<string, readonly LooseRow[] | undefined>>;

/** The rows of a seed, each of them valid. Each collection begins with the ones that a person wrote. */
export type FilledRows = Readonly<Record<string, readonly unknown[]>>;

/** A row's schema; its members are the filters of the data view. */
type RowSchema = z.ZodMiniType<Row> & { readonly shape: Readonly<Record<string, unknown>> };

/** The rows of one provider, and the indexes that it keeps of them. */
export interface RowModel<Indexes = unknown> {
  readonly schemas: Readonly<Record<string, RowSchema>>;
  /** Members that are amounts in the `currency` of their row. */
  readonly amounts: readonly string[];
  /** Builds the indexes again after rows were edited by hand. */
  index(collections: Collections): Indexes;
  /** A rule that these rows break together, as a sentence: a reference that leads nowhere, a payment refunded too far. */
  fault(indexes: Indexes): string | undefined;
  /** Members that name a row of another collection, from which a seed fills in the rest: that collection, by both names. */
  readonly references?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Why rows that a person wrote in a seed contradict themselves, or have no effect, with the path of the member. */
  seedFault?(given: LooseRows, filled: FilledRows): string | undefined;
  /** Fills in what the rows of a seed leave out. Rows stay as they are without it. */
  fill?(given: LooseRows, now: Millis): Readonly<Record<string, readonly LooseRow[]>>;
}

/** The row models of all providers. */
export class DataModel {
  readonly models: readonly RowModel[];
  readonly names: readonly string[];
  readonly #modelOf = new Map<string, RowModel>();

  constructor(models: readonly RowModel[]) {
    this.models = models;
    this.names = models.flatMap(({ schemas }) => Object.keys(schemas));
    for (const model of models) for (const name of Object.keys(model.schemas)) this.#modelOf.set(name, model);
  }

  has(name: string): boolean {
    return this.#modelOf.has(name);
  }

  /** Members of the rows of a collection. */
  membersOf(name: string): readonly string[] {
    return Object.keys(this.#modelOf.get(name)?.schemas[name]?.shape ?? {});
  }

  /** What a member of these rows can be; `undefined` where they have no such member. */
  schemaOf(name: string, member: string): z.ZodMiniType | undefined {
    const shape = this.#modelOf.get(name)?.schemas[name]?.shape ?? {};
    return Object.hasOwn(shape, member) ? (shape[member] as z.ZodMiniType) : undefined;
  }

  /** Whether a member of these rows is a time. */
  isTime(name: string, member: string): boolean {
    const schema = this.#modelOf.get(name)?.schemas[name]?.shape[member];
    return schema === instant || schema === maybeInstant;
  }

  /** Whether a member of these rows is an amount. */
  isAmount(name: string, member: string): boolean {
    return this.#modelOf.get(name)?.amounts.includes(member) ?? false;
  }

  /** Members of these rows that name a row of another collection, with its name. */
  referencesOf(name: string): readonly (readonly [member: string, collection: string])[] {
    return Object.entries(this.#modelOf.get(name)?.references?.[name] ?? {});
  }

  /** Why a row does not fit its collection; empty when it does. */
  faultsOf(name: string, row: unknown): FieldFault[] {
    const model = this.#modelOf.get(name);
    const schema = model?.schemas[name];
    const parsed = schema?.safeParse(row);
    if (!model || !parsed) return [{ field: name, message: 'no such collection' }];
    if (!parsed.success) return explainIssues(parsed.error.issues, row, schema);
    const fault = amountFault(parsed.data as unknown as LooseRow, model.amounts);
    return fault ? [fault] : [];
  }

  /** A copy that shares no row with its source. Nested values are shared: they are replaced as a whole, never changed. */
  clone(data: SeedData): Collections {
    return Object.fromEntries(this.names.map((name) => [name, (data[name] ?? []).map((row) => ({ ...row }))]));
  }
}

/** An amount with decimals that its currency does not have. */
function amountFault(row: LooseRow, members: readonly string[]): FieldFault | undefined {
  const currency = String(row['currency']);
  for (const member of members) {
    const value = row[member];
    if (typeof value !== 'string' || parseDecimal(value, currency).ok) continue;
    return { field: member, message: `"${value}" is not an amount in ${currency}` };
  }
  return undefined;
}
