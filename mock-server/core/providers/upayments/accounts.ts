import type { State } from '../../engine/provider.ts';
import { storeOf } from './model.ts';

/** The merchant's account of a currency. It pays every refund that no vendor pays. */
export function merchantAccount(state: State, currency: string): string {
  const account = storeOf(state).accounts.get('merchant');
  return account && account.currency !== currency ? `merchant-${currency}` : 'merchant';
}
