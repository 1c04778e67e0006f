import type { Profile } from './profile.ts';

/** A UUID made from the run and a number, with letters that have an upper case. No two runs may share a key, because a ledger remembers the keys of both. */
export function keyOf(run: number, index: number): string {
  const hex = run.toString(16).padStart(14, '0');
  const count = index.toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 14)}0-abcd-${count}`;
}

/** The same run always has the same ids, so that a merchant can create the orders before it. */
export function paymentId({ paymentPrefix }: Profile, run: number, index: number): string {
  const digits = `${String(run).padStart(14, '0').slice(-14)}${String(index).padStart(5, '0')}`;
  return `${paymentPrefix}${digits}`;
}
