import type { SandboxState } from '../../engine/state.ts';

/** The merchant's own account, which pays every refund that no vendor pays: one a currency. */
export function merchantAccount({ store }: SandboxState, currency: string): string {
  const account = store.accounts.get('merchant');
  return account && account.currency !== currency ? `merchant-${currency}` : 'merchant';
}
