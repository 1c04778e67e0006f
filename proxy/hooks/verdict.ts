import { isProblemCode, type ProblemCode } from '../../contract/index.ts';
import type { Permission } from '../options.ts';
import { permissionFault } from './permission.ts';
import { kindOf, type Fault } from './received.ts';
import { isUnkeepable } from '../http/text.ts';
import { personOf } from '../ledger/rules/person.ts';

/** Reads what the authorize hook returned, without a schema: anything but an exact `Authorization` is a refusal. */
export type Verdict =
  | { readonly kind: 'allowed'; readonly user: string; readonly permission: Permission | undefined }
  | { readonly kind: 'needs_approval'; readonly user: string; readonly approvers: string | undefined }
  | { readonly kind: 'refused'; readonly code: ProblemCode; readonly detail: string | undefined }
  | { readonly kind: 'wrong'; readonly fault: Fault };

export function readVerdict(verdict: unknown): Verdict {
  if (typeof verdict !== 'object' || verdict === null || !('user' in verdict || 'refuse' in verdict)) {
    return wrong('verdict', verdict, '{ user } or { refuse }');
  }
  const { user, refuse, detail, approvers, permission } = verdict as Readonly<Record<string, unknown>>;
  if ((user !== undefined || !('refuse' in verdict)) && (typeof user !== 'string' || personOf(user) === '')) {
    return wrong('user', user, "the user's id, a string with something to see");
  }
  // The ledger would keep another name, and whoever asks could then approve it as somebody else.
  if (typeof user === 'string' && isUnkeepable(user)) {
    return wrong('user', user, "the user's id, well-formed text without NUL");
  }
  const fault = permission === undefined ? undefined : permissionFault(permission);
  if (fault) return { kind: 'wrong', fault };
  if (!('refuse' in verdict)) {
    return { kind: 'allowed', user: String(user), permission: permission as Permission | undefined };
  }
  if (typeof refuse !== 'string' || !isProblemCode(refuse)) {
    return wrong('refuse', refuse, "one of the proxy's problem codes such as 'forbidden'; leave it out to allow");
  }
  if (detail !== undefined && typeof detail !== 'string') return wrong('detail', detail, 'a string, or nothing');
  if (approvers !== undefined && typeof approvers !== 'string') {
    return wrong('approvers', approvers, 'a string that says who may agree, or nothing');
  }
  return refuse === 'approval_required' && typeof user === 'string'
    ? { kind: 'needs_approval', user, approvers }
    : { kind: 'refused', code: refuse, detail };
}

/** Never with the value, which may be personal. */
function wrong(field: string, value: unknown, expected: string): Verdict {
  const boolean = typeof value === 'boolean' ? `the boolean ${value}` : undefined;
  const kind = boolean ?? kindOf(value);
  return { kind: 'wrong', fault: { field, received: kind, kind, expected } };
}
