import { isCurrency } from '../../../../contract/money.ts';
import { note } from '../../engine/context.ts';
import type { Context } from '../../engine/provider.ts';
import { describe } from '../../engine/validation.ts';
import { ok, type Reply } from '../../engine/wire.ts';
import { formatBalance } from './format.ts';
import { pageOf, parsePage } from './lists.ts';
import { storeOf } from './model.ts';
import { invalidParameter, notFound } from './replies.ts';
import { balanceKey, type UqpayBalanceRow } from './rows.ts';
import { amountStyle } from './settings.ts';

/** `GET /v2/payment/balances`, in pages; without page parameters the first ten. */
export function listBalances(context: Context): Reply {
  const { account, state } = context;
  const query = new URLSearchParams(context.call.query);
  if (!query.has('page_size')) query.set('page_size', '10');
  if (!query.has('page_number')) query.set('page_number', '1');
  const page = parsePage(query);
  if (!page.ok) return page.reply;
  note(context, 'uqpay.balances', 'uqpay.balance-members');
  const own = storeOf(state).collections.uqpay_balances.filter((row) => row.account === account);
  // Unlike the other lists, oldest first: in the order in which the balances were opened.
  return pageOf(own.toReversed(), 0, own.length, page.value, (row) => balanceObject(context, row));
}

/** `GET /v2/payment/balances/{currency}` */
export function retrieveBalance(context: Context): Reply {
  const { account, state, params } = context;
  const currency = params['currency'] ?? '';
  if (!isCurrency(currency)) {
    return invalidParameter(`currency: expected an ISO 4217 code in capitals, received ${describe(currency)}`);
  }
  const row = storeOf(state).balances.get(balanceKey(account, currency));
  if (!row) return notFound(context, 'balance_not_found', `no balance in ${currency}`);
  note(context, 'uqpay.balances', 'uqpay.balance-members');
  return ok(balanceObject(context, row));
}

function balanceObject(context: Context, row: UqpayBalanceRow): object {
  return formatBalance(row, amountStyle(context.state));
}
