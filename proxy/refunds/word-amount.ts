import { parseDecimal } from '../../contract/index.ts';
import { amountFault } from '../providers/fields.ts';
import { wrongMember } from './word-refusals.ts';

/** @throws ProblemError unless it is an amount above zero. */
export function readAmount(text: string, currency: string): bigint {
  const parsed = parseDecimal(text, currency);
  if (parsed.ok && parsed.minor > 0n) return parsed.minor;
  throw wrongMember('amount', amountFault(parsed.ok ? 'zero' : parsed.fault, currency));
}
