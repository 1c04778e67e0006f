import { CHECKS } from './checks/index.ts';
import type { World } from './world.ts';

const NO_SIGN_IN =
  'nobody signed in, so nothing is said of who may refund. Give your own sign-in with --header to have it checked.';

const NO_OTHER_SIGN_IN =
  'nobody signed in who may not refund, so nothing is said of what such a user reads and sends. Give the sign-in of one with --other-header to have it checked.';

const NO_RESTART =
  'the proxy was not restarted, so nothing is said of what it then remembers. Give the command that restarts it with --restart.';

const noDay = (hours: number): string =>
  `no run lasts ${hours} hours, so nothing is said of a key that comes again after the provider has forgotten it: to send it then is a second refund. "When a key is too old" in docs/wire/providers.md says what your proxy has to do.`;

interface Asked {
  /** Ids of the checks to run. Without it all checks run. */
  readonly only?: readonly string[] | undefined;
  readonly restart?: (() => Promise<void>) | undefined;
}

export const isAsked = (id: string, only: readonly string[] | undefined): boolean => !only || only.includes(id);

/** What this run could not see of the proxy, a sentence each. */
export function unseen({ signsIn, otherHeaders, profile }: World, { only, restart }: Asked): readonly string[] {
  const { keyHours } = profile;
  const hasOther = Object.keys(otherHeaders).length > 0;
  const isRestartAsked = CHECKS.some((check) => check.needsRestart && isAsked(check.id, only));
  return [
    ...(signsIn || !isAsked('sign-in', only) ? [] : [NO_SIGN_IN]),
    ...(hasOther || !isAsked('permission', only) ? [] : [NO_OTHER_SIGN_IN]),
    ...(restart || !isRestartAsked ? [] : [NO_RESTART]),
    ...(keyHours === undefined || !isAsked('lost-answer-same-key', only) ? [] : [noDay(keyHours)]),
  ];
}
