import { ProblemError } from '../http/problem.ts';

/**
 * Refuses a person's word until it is said again with `confirm`. `why`: sentences. `but`: what is then said all the same.
 * `missing`: why the confirmation is needed. `or`: another way on.
 */
export function unconfirmed(
  why: string,
  { but, missing, or = '' }: { readonly but: string; readonly missing: string; readonly or?: string | undefined },
): ProblemError {
  return new ProblemError('confirmation_required', {
    detail: `${/[.!?]$/.test(why) ? why : `${why}.`} If ${but}, say so again with confirm: true${or}`,
    errors: [{ pointer: '/confirm', detail: `is missing, and ${missing}` }],
  });
}

/** No word settles what may still get its answer. */
export function onItsWay(): ProblemError {
  return new ProblemError('invalid_request', {
    detail: 'It is on its way: wait for its answer, and read it again. If the proxy was killed, start it first',
  });
}

/** Refuses one member of a person's word. */
export function wrongMember(name: 'amount' | 'vendor', detail: string): ProblemError {
  return new ProblemError('invalid_request', {
    detail: `${name}: ${detail}`,
    errors: [{ pointer: `/${name}`, detail }],
  });
}
