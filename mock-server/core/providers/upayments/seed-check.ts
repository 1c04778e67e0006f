import type { FilledRows, LooseRows } from '../../engine/data-model.ts';
import { groupBy } from '../../engine/indexes.ts';
import { firstFault, timesFault, unlike, written, zeroFault, type WrittenRow } from '../../engine/seed-check.ts';
import { parseDuration, parseInstant, SECOND } from '../../engine/time.ts';
import { describe } from '../../engine/validation.ts';
import { UPAYMENTS_LIFECYCLES } from './lifecycle.ts';
import {
  currencyNamed,
  type UpaymentsAccountRow,
  type UpaymentsOrderRow,
  type UpaymentsRefundRow,
  type UpaymentsVendorRow,
} from './rows.ts';

/** Why rows that a person wrote contradict themselves, or have no effect. It is asked of seeds only, as of UQPAY's rows. */
export function upaymentsSeedFault(given: LooseRows, filled: FilledRows): string | undefined {
  const vendors = (filled['upayments_vendors'] ?? []) as readonly UpaymentsVendorRow[];
  const refunds = (filled['upayments_refunds'] ?? []) as readonly UpaymentsRefundRow[];
  const vendorsOf = groupBy(vendors, ({ order }) => order);
  const payers = new Set([...vendors, ...refunds].map(({ account }) => account));
  return (
    firstFault(written<UpaymentsOrderRow>('upayments_orders', given, filled), (row) =>
      vendorsFault(row, vendorsOf.get(row.row.id)?.length ?? 0),
    ) ??
    firstFault(written<UpaymentsAccountRow>('upayments_accounts', given, filled), (row) => idleFault(row, payers)) ??
    firstFault(written<object>('upayments_payments', given, filled), timesFault) ??
    firstFault(
      written<UpaymentsRefundRow>('upayments_refunds', given, filled),
      (row) => timesFault(row) ?? zeroFault(row) ?? courseFault(row),
    )
  );
}

/** An order of several vendors has some, and no other order has any. */
function vendorsFault(
  { at, row: { multivendor } }: WrittenRow<UpaymentsOrderRow>,
  vendors: number,
): string | undefined {
  if (multivendor === vendors > 0) return undefined;
  const expected = multivendor
    ? 'rows of upayments_vendors for this order, or false'
    : 'true for an order with rows of upayments_vendors';
  return unlike(`${at}.multivendor`, expected, multivendor);
}

/** The merchant and the vendors pay refunds, and nobody else. */
function idleFault({ at, row: { id } }: WrittenRow<UpaymentsAccountRow>, payers: ReadonlySet<string>) {
  // A later charge may be of the vendor with this IBAN. A recording has left the middle of it out.
  const isOfVendor = /^[A-Z]{2}\d{2}(?:[A-Z0-9]{10,30}|\*{4}[A-Z0-9]{4})-[A-Z]{3}$/.test(id);
  if (id === 'merchant' || currencyNamed(id) !== undefined || payers.has(id) || isOfVendor) return undefined;
  const of = [...payers].filter((payer) => payer !== 'merchant' && currencyNamed(payer) === undefined);
  const accounts = ['merchant', 'merchant-USD', ...of.slice(0, 2)].join(', ');
  return `${at}.id: no refund is paid from ${describe(id)}: expected an account such as ${accounts}`;
}

/** An outcome that is planned has to be to come, and a date of a refund has to be of one that was refunded. */
function courseFault({ at, row }: WrittenRow<UpaymentsRefundRow>): string | undefined {
  const { refund_status: status, lifecycle = 'default', outcome_after: after, refunded_date: date } = row;
  if (status !== 'refunded' && date !== null) {
    return unlike(`${at}.refunded_date`, `null for a refund that is ${status}`, date);
  }
  if (status === 'initiated' && UPAYMENTS_LIFECYCLES[lifecycle] === 'at_once') {
    return unlike(`${at}.refund_status`, `refunded, as its lifecycle ${lifecycle} is at once`, status);
  }
  if (after === undefined) return undefined;
  if (UPAYMENTS_LIFECYCLES[lifecycle] !== 'settles') {
    return unlike(`${at}.outcome_after`, `none beside the lifecycle ${lifecycle}`, after);
  }
  const planned = (parseInstant(row.create_time) ?? 0) + (parseDuration(after) ?? 0);
  // The times of rows are in whole seconds. One that was deleted before has still the time of its outcome.
  const isEarly = (parseInstant(row.update_time) ?? 0) + SECOND <= planned;
  return status === 'refunded' && isEarly
    ? unlike(`${at}.outcome_after`, 'none for a refund that is refunded already', after)
    : undefined;
}
