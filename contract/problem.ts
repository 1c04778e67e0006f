import * as z from 'zod/mini';

import { number, optionalNumber, optionalString, string } from './leaves.ts';

/**
 * What a problem means for the money. `nothing`: this request moved none and never will. `unknown`: it may have.
 * `running`: an earlier request with the same key is in progress, or waits for an approval.
 */
export type ProblemEffect = 'nothing' | 'unknown' | 'running';

export const PROBLEM_CONTENT_TYPE = 'application/problem+json';

/**
 * RFC 9457. `code` stays a string so that a problem of a newer proxy is carried through. `effect` is a `ProblemEffect`.
 * `errors` names fields of the request by JSON pointer. Amounts are decimal strings in units of `currency`: `refundable`
 * is what can be refunded now, with `refundable_changed`, `amount_above_refundable` and `not_refundable`; `expected`, with
 * `refundable_changed`, is what the request took to be refundable; `asked`, with `amount_above_refundable`, is what it asked
 * for. With `refunded_elsewhere` the provider lists `listed` refunds, of which `known` are known with their amounts.
 * `user` reads a payment that cannot be read now: a form has to know who it is before it sends anything again.
 * `request_id` is in every line that the proxy logs about the request.
 */
export const problem = z.looseObject({
  type: optionalString,
  title: string,
  status: number,
  code: string,
  effect: optionalString,
  detail: optionalString,
  errors: z.optional(z.array(z.looseObject({ pointer: string, detail: string }))),
  refundable: optionalString,
  currency: optionalString,
  expected: optionalString,
  asked: optionalString,
  listed: optionalNumber,
  known: optionalNumber,
  user: optionalString,
  request_id: optionalString,
});
export type Problem = z.infer<typeof problem>;
