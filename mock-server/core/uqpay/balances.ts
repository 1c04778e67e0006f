import { isCurrency } from '../../../contract/money.ts';
import { note, type Context } from '../context.ts';
import type { UqpayBalanceRow } from '../rows.ts';
import { describe } from '../validation.ts';
import { ok, type Reply } from '../wire.ts';
import { pageOf, parsePage } from './lists.ts';
import { invalidParameter, notFound } from './replies.ts';

const formatBalance = ({ currency, available_balance, pending_balance }: UqpayBalanceRow) => ({
  currency,
  available_balance,
  pending_balance,
});

/** `GET /v2/payment/balances`, in pages; without page parameters the first ten. */
export function listBalances(context: Context): Reply {
  const query = new URLSearchParams(context.call.query);
  if (!query.has('page_size')) query.set('page_size', '10');
  if (!query.has('page_number')) query.set('page_number', '1');
  const page = parsePage(query);
  if (!page.ok) return page.reply;
  note(context, 'uqpay.balances');
  // Not a history: in the order in which the balances were opened.
  const rows = context.state.store.collections.uqpay_balances.toReversed();
  return pageOf(rows, 0, rows.length, page.value, formatBalance);
}

/** `GET /v2/payment/balances/{currency}` */
export function retrieveBalance(context: Context): Reply {
  const currency = context.params['currency'] ?? '';
  if (!isCurrency(currency)) {
    return invalidParameter(`currency: expected an ISO 4217 code in capitals, received ${describe(currency)}`);
  }
  const row = context.state.store.balances.get(currency);
  if (!row) return notFound(context, 'balance_not_found', `no balance in ${currency}`);
  note(context, 'uqpay.balances');
  return ok(formatBalance(row));
}
