import type { LedgerTransaction } from './store.ts';

/** Notified of what one user of the ledger does. */
export interface LedgerWatch {
  /** The name for the log. */
  readonly fields: Readonly<Record<string, string>>;
  /** A transaction was requested. `began` is called when it starts, and again at each retry. */
  transaction(mode: 'read' | 'write'): { began(): void; ended(error?: unknown): void };
}

type Work<T> = (tx: LedgerTransaction) => Promise<T>;

export async function watching<T>(
  watch: LedgerWatch | undefined,
  mode: 'read' | 'write',
  run: (work: Work<T>) => Promise<T>,
  work: Work<T>,
): Promise<T> {
  if (!watch) return run(work);
  const seen = watch.transaction(mode);
  try {
    const result = await run((tx) => {
      seen.began();
      return work(tx);
    });
    seen.ended();
    return result;
  } catch (error) {
    seen.ended(error);
    throw error;
  }
}
