import type { Call } from './wire.ts';
import { quote } from './validation.ts';

/** Headers that the sandbox reads besides those of the providers. */
const OWN = ['x-sandbox-scenario', 'x-sandbox-namespace'] as const;
/** Other spellings too: a server in front may write a hyphen as an underscore, and a person may leave it out. */
const LIKE_OWN = /^(?:x[-_]?sandbox|sandbox(?:[-_]|scenario|namespace))/;

/** Why a header that is meant for the sandbox has no effect, as a sentence; `undefined` when each has one. */
export function ownHeaderFault({ headers }: Pick<Call, 'headers'>): string | undefined {
  for (const name in headers) {
    if (LIKE_OWN.test(name) && !OWN.some((known) => known === name)) {
      return `${quote(name)} is no header of the sandbox: expected ${OWN.join(' or ')}`;
    }
  }
  return undefined;
}
