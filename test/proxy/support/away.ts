import type { TestContext } from 'node:test';

import { LedgerUnavailableError } from '../../../proxy/index.ts';
import { Ledger } from '../../../proxy/ledger/ledger.ts';

/** While `isAway`, these methods of every ledger fail as if its database could not be reached. */
export function failWhile(
  t: TestContext,
  names: readonly ('settle' | 'reservationsByReference')[],
  isAway: () => boolean,
): void {
  const methods = Ledger.prototype as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
  for (const name of names) {
    const method = methods[name]!;
    t.mock.method(methods, name, function (this: unknown, ...args: unknown[]) {
      if (isAway()) throw new LedgerUnavailableError('away');
      return method.apply(this, args);
    });
  }
}
