/** The store is locked, full, read-only or gone. Until it works again, nothing may be sent to a provider. */
export class LedgerUnavailableError extends Error {
  override name = 'LedgerUnavailableError' as const;
}

/** The ledger has no such intent. It had one if its database has gone back to an older copy. */
export class UnknownIntentError extends RangeError {
  override name = 'UnknownIntentError' as const;
}

/** A newer program has opened the ledger: this one must not write over data that it does not know. */
export function newerSchema(version: number, known: number): LedgerUnavailableError {
  return new LedgerUnavailableError(
    `The ledger has version ${version}, this program knows ${known}: run the newer program, or let the newer program take ` +
      'the ledger back with `refund-form proxy rollback-schema`',
  );
}

/** A command would upgrade the ledger under an older proxy, which could then not be started again. */
export function olderSchema(version: number, known: number): LedgerUnavailableError {
  return new LedgerUnavailableError(
    `The ledger has version ${version}, and this program would make it version ${known}. The proxy of this release does that when it ` +
      'starts; until then use the commands of the release that made it',
  );
}

/** Another process owns this store, which only one process may send with. */
export class LedgerOwnedError extends LedgerUnavailableError {
  /** `file` and `holder`: the store and its owner, if known. */
  constructor(file: string, holder: string | undefined) {
    super(
      `The ledger ${file} belongs to another proxy that runs${holder === undefined ? '' : ` (${holder})`}: stop that ` +
        'one first, or let several proxies share a PostgreSQL ledger (REFUND_PROXY_DB=postgres://..., or PostgresLedger)',
    );
  }
}
