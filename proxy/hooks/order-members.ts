import type { Log } from '../telemetry/log.ts';
import { isTypo, nearest } from './nearest.ts';
import { fault, ORDER_MEMBERS } from './order-faults.ts';
import type { Fault } from './received.ts';

/** Without these, more could be refunded than is there. */
const OF_MONEY: ReadonlySet<string> = new Set(['refunded_elsewhere', 'refunded_elsewhere_count', 'not_refundable']);

interface Misspelt {
  readonly name: string;
  readonly meant: string;
}

/** An order may have more than the proxy reads. A member that is nearly one of those that it reads is a typo. */
export function misspeltMembers(order: object): readonly Misspelt[] {
  return Object.keys(order).flatMap((name) => {
    const meant = ORDER_MEMBERS.includes(name) ? undefined : nearest(name, ORDER_MEMBERS);
    return meant === undefined || Object.hasOwn(order, meant) ? [] : [{ name, meant }];
  });
}

/** What was logged for each orders hook: every order of a hook has the same members. */
const told = new WeakMap<object, Set<string>>();

/** The misspelt members of an order that concern money. Any other is logged, once. */
export function misspeltMoney(order: object, { orders, log }: { readonly orders: object; readonly log: Log }): Fault[] {
  const faults: Fault[] = [];
  for (const { name, meant } of misspeltMembers(order)) {
    const expected = `the name ${meant}, or a member ${meant} beside it (null for none)`;
    const wrong = fault(name, (order as Readonly<Record<string, unknown>>)[name], expected);
    if (OF_MONEY.has(meant) && isTypo(name, meant)) {
      faults.push(wrong);
      continue;
    }
    const names = told.get(orders) ?? new Set();
    told.set(orders, names);
    if (names.has(name)) continue;
    names.add(name);
    const { field, received } = wrong;
    log.warn(`the orders hook returned an order with ${name}, which is not read`, { field, received, expected });
  }
  return faults;
}
