import { toDecimal } from '../../../contract/money.ts';
import type { Collections, DataModel, LooseRows } from './data-model.ts';
import { Store } from './store.ts';
import { WHOLE, type FieldFault } from './validation.ts';

/** Why one row does not fit its collection, as a sentence; `undefined` when it does. */
export function rowFault(model: DataModel, name: string, row: unknown): string | undefined {
  const faults = model.faultsOf(name, row).map(({ field, message }) => `${field}: ${message}`);
  return faults.length === 0 ? undefined : faults.join('; ');
}

/** Faults that one refusal names. */
export const MAX_FAULTS = 10;

interface Told {
  /** Prefix of a collection's name in a path. */
  readonly at?: string;
  /** The rows that a person wrote; each collection begins with them. Without it, all are. */
  readonly given?: LooseRows;
}

/**
 * Why these rows cannot be the whole data of a namespace, with the path of each member that does not fit; `undefined`
 * when they can. A row that was filled in repeats a fault of the row that it was filled in for, so it is named only where
 * no other row has one.
 */
export function rowsFault(
  model: DataModel,
  rows: Readonly<Record<string, readonly unknown[]>>,
  { at = '', given }: Told = {},
): string | undefined {
  const unknown = Object.keys(rows).find((name) => !model.has(name));
  if (unknown !== undefined) return `${at}${unknown}: no such collection, expected ${model.names.join(', ')}`;
  const faults: string[] = [];
  const filledIn: string[] = [];
  for (const name of model.names) {
    const written = given ? (given[name]?.length ?? 0) : Infinity;
    for (const [index, row] of (rows[name] ?? []).entries()) {
      const path = `${at}${name}.${index}`;
      const list = index < written ? faults : filledIn;
      list.push(...model.faultsOf(name, row).map((fault) => `${memberPath(path, fault)}: ${fault.message}`));
      if (faults.length >= MAX_FAULTS) return faults.slice(0, MAX_FAULTS).join('; ');
    }
  }
  const told = faults.length > 0 ? faults : filledIn.slice(0, MAX_FAULTS);
  return told.length > 0 ? told.join('; ') : rulesFault(model, model.clone(rows as Collections));
}

/** A fault of the whole row has the path of the row. */
const memberPath = (row: string, { field }: FieldFault): string => (field === WHOLE ? row : `${row}.${field}`);

/**
 * Why these rows, each of them valid, cannot stand together; an indexed copy of them when they can. A seed, an edit and a
 * restored snapshot have to keep these rules: ids are unique, and each provider's own rules hold.
 */
export function checkRules(
  model: DataModel,
  collections: Collections,
): { readonly fault: string } | { readonly store: Store } {
  for (const name of model.names) {
    const ids = new Set<string>();
    for (const { id } of collections[name] ?? []) {
      if (ids.has(id)) return { fault: `${name}: the id "${id}" is there twice` };
      ids.add(id);
    }
  }
  // A copy, because indexing writes sums into the rows, and these rows may be refused.
  const store = new Store(model, model.clone(collections));
  for (const rows of model.models) {
    const fault = rows.fault(store.of(rows));
    if (fault !== undefined) return { fault };
  }
  return { store };
}

/** Why these rows, each of them valid, cannot stand together; `undefined` when they can. */
export function rulesFault(model: DataModel, collections: Collections): string | undefined {
  const checked = checkRules(model, collections);
  return 'fault' in checked ? checked.fault : undefined;
}

export const missingReference = (name: string, id: string, reference: string): string =>
  `${name} "${id}" refers to "${reference}", which is not there`;
export const otherCurrency = (refund: string): string => `refund "${refund}" is in another currency than its payment`;
export const overRefund = (id: string): string => `the refunds of "${id}" would add up to more than was captured`;

interface RefundRow {
  readonly id: string;
  readonly amount: string;
  readonly currency: string;
}

/** @param available minor units that the balance would have without this refund */
export const tooLow = ({ id, amount, currency }: RefundRow, available: bigint, balance: string): string =>
  `refund "${id}" is of ${amount}, and the ${balance} has ${toDecimal(available, currency)}: raise the balance first`;
