import type { Intent } from '../entities.ts';

/** How every pseudonym of a person who was erased begins. */
export const PSEUDONYM = 'erased-';

/** Whether the person who made a request was erased: the provider's answer repeats what that person wrote. */
export function isErased({ user }: Pick<Intent, 'user'>): boolean {
  return user.startsWith(PSEUDONYM);
}
