import { deniesCancel } from '../ledger/rules/states.ts';
import { ProblemError } from '../http/problem.ts';
import type { Found } from './evidence.ts';

/**
 * Refuses a person's word that a refund is cancelled, if the provider says otherwise.
 * @throws ProblemError unless the refund is only still listed as pending, and the word is confirmed.
 */
export function checkCancelled(found: Found, confirm: boolean | undefined): void {
  if (found.code !== 'refund_is') return;
  const { word, standings = [] } = found;
  if (!standings.some(deniesCancel)) return;
  // A list may be late, and a person may have the provider's own word that it is deleted.
  const mayBeLate = standings.every((standing) => standing === 'pending');
  if (mayBeLate && confirm) return;
  const how = mayBeLate ? '. If it is cancelled all the same, say so again with confirm: true' : '';
  throw new ProblemError('invalid_request', {
    detail: `The provider lists the refund as ${word}, so it is not cancelled${how}`,
  });
}
