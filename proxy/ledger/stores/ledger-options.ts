import { nearest } from '../../hooks/nearest.ts';
import { kindOf, received } from '../../hooks/received.ts';
import { isWhole } from '../../hooks/whole.ts';

export interface LedgerOption {
  readonly isRight: (value: unknown) => boolean;
  readonly words: string;
  readonly isRequired?: boolean;
  /** It may hold a password, and is never repeated. */
  readonly isSecret?: boolean;
}

export const MILLISECONDS: LedgerOption = {
  isRight: (value) => isWhole(value, 0),
  words: 'a whole number of milliseconds, 0 or above',
};
export const COUNT: LedgerOption = { isRight: (value) => isWhole(value, 1), words: 'a whole number above 0' };
export const FLAG: LedgerOption = { isRight: (value) => typeof value === 'boolean', words: 'true or false' };

/**
 * Checks what a ledger is made with. A misspelt option would be one that is left out: without its address a PostgreSQL
 * client goes to whatever database the environment names, and a new, empty ledger knows no refund.
 * @throws TypeError that names each wrong option, what came, and what was expected.
 */
export function checkLedgerOptions<Options extends object>(
  ledger: string,
  given: Options,
  expected: Readonly<Record<keyof Options & string, LedgerOption>>,
): void {
  const options = given as Readonly<Record<string, unknown>> | null | undefined;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${ledger}: expected an object with options, received ${kindOf(options)}`);
  }
  const known = Object.keys(expected);
  const faults: string[] = [];
  for (const name of Object.keys(options)) {
    if (known.includes(name) || options[name] === undefined) continue;
    const meant = nearest(name, known);
    faults.push(`${name}: is no option; ${meant ? `is ${meant} meant?` : `expected ${known.join(', ')}`}`);
  }
  for (const [name, { isRight, words, isRequired, isSecret }] of Object.entries<LedgerOption>(expected)) {
    const value = options[name];
    if (value === undefined ? !isRequired : isRight(value)) continue;
    faults.push(`${name}: expected ${words}, received ${(isSecret ? kindOf : received)(value)}`);
  }
  if (faults.length > 0) throw new TypeError(`${ledger}: ${faults.join('; ')}`);
}
