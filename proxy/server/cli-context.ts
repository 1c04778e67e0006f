import { InvalidArgumentError, Option } from 'commander';
import * as z from 'zod/mini';

import type { Looking, ProxyContext } from '../context.ts';
import type { Scope } from '../ledger/entities.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isUnkeepable } from '../http/text.ts';

/** What is needed to compare a person's word with the order and the provider. */
export type Comparing = Looking & Pick<ProxyContext, 'provider' | 'orders' | 'hookMs'>;

/** What a command works with. */
export interface CommandContext {
  /** Opens the ledger for the work, and closes it. `merchant`: whose changes the running proxy delivers. */
  readonly withLedger: (work: (ledger: Ledger) => Promise<void>, merchant?: string) => Promise<void>;
  readonly print: (line: string) => void;
}

/** What a command works with that also asks the provider. */
export interface AskingContext extends CommandContext {
  /** Or why the provider cannot be asked here, in one sentence. */
  readonly compare: (ledger: Ledger, scope: Scope) => Promise<Comparing | string>;
  /** Prints one line on standard error. */
  readonly complain: (line: string) => void;
}

export interface ForMerchant {
  readonly merchant: string;
}

/** The stand-alone proxy serves one merchant, and a server that embeds the proxy may keep several in one ledger. */
export const forMerchant = (): Option =>
  new Option('--merchant <name>', 'whose refund it is, where one ledger serves several merchants')
    .argParser(filled)
    .default(ONLY_MERCHANT);

/** The merchant of a proxy that names none. */
export const ONLY_MERCHANT = 'default';

/** The text of a flag. An empty one comes of a variable of the shell that is not set. */
export function filled(text: string): string {
  if (text.trim() === '' || text.length > 255) throw new InvalidArgumentError('Expected 1 to 255 characters.');
  return text;
}

/** Whether this is a day of the calendar: `Date` takes the 30th of February for the 2nd of March. */
export function isDay(text: string): boolean {
  return z.safeParse(z.iso.date(), text).success;
}

/** What a person states when changing the ledger by hand. Both go to the audit trail. */
export interface Statement {
  readonly reason: string;
  readonly user: string;
}

/** The faults of a statement, and of the payment that it is about: one sentence for each flag. */
export function statementFaults({ reason, user }: Statement, payment = ''): string[] {
  const faults: string[] = [];
  if (reason.trim().length < 3 || reason.length > 500) faults.push('--reason: expected 3 to 500 characters');
  if (user.trim() === '' || user.length > 255) faults.push('--user: expected 1 to 255 characters');
  if ([payment, reason, user].some(isUnkeepable)) faults.push('payment, --reason, --user: expected well-formed text');
  return faults;
}
