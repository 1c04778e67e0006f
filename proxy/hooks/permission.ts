import { toDecimal, type PaymentPermission } from '../../contract/index.ts';
import type { Permission } from '../options.ts';
import { received, type Fault } from './received.ts';

interface Member {
  readonly fits: (value: unknown) => boolean;
  readonly expected: string;
}

const YES_OR_NO: Member = { fits: (value) => typeof value === 'boolean', expected: 'true, false or nothing' };

const MEMBERS: Readonly<Record<keyof Permission, Member>> = {
  refund: YES_OR_NO,
  approve: YES_OR_NO,
  resolve: YES_OR_NO,
  cancel: YES_OR_NO,
  reason: { fits: (value) => typeof value === 'string', expected: 'a string that the user reads, or nothing' },
  approvalAbove: {
    fits: (value) => typeof value === 'bigint' && value >= 0n,
    expected: 'minor units as a bigint, not negative, or nothing',
  },
};

/** What is wrong with the permission that the authorize hook returned. A misspelt member would say nothing. */
export function permissionFault(permission: unknown): Fault | undefined {
  if (typeof permission !== 'object' || permission === null) {
    return faultOf('permission', permission, `an object with any of ${Object.keys(MEMBERS).join(', ')}`);
  }
  for (const [name, value] of Object.entries(permission)) {
    const member = Object.hasOwn(MEMBERS, name) ? MEMBERS[name as keyof Permission] : undefined;
    if (!member) return faultOf(`permission.${name}`, value, `no such member, only ${Object.keys(MEMBERS).join(', ')}`);
    if (value !== undefined && !member.fits(value)) return faultOf(`permission.${name}`, value, member.expected);
  }
  return undefined;
}

/** As a reader of the payment receives it: who reads is always told, so that a form can tell two people apart. */
export function describePermission(
  { refund, reason, approvalAbove, approve, resolve, cancel }: Permission = {},
  user: string,
  currency: string,
): PaymentPermission {
  const described = { user, refund, reason, approve, resolve, cancel };
  return approvalAbove === undefined ? described : { ...described, approval_above: toDecimal(approvalAbove, currency) };
}

function faultOf(field: string, value: unknown, expected: string): Fault {
  // A string may be personal.
  const what = received(value);
  return { field, received: what, kind: what, expected };
}
