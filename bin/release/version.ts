const STEPS = ['major', 'minor', 'patch'] as const;

/** Why nothing was released, as a sentence. */
export class ReleaseError extends Error {
  override name = 'ReleaseError' as const;
}

const numbersOf = (version: string): readonly number[] | undefined =>
  /^(?:0|[1-9]\d{0,8})(?:\.(?:0|[1-9]\d{0,8})){2}$/.test(version) ? version.split('.').map(Number) : undefined;

/**
 * The version to release.
 *
 * @param wanted `major`, `minor` or `patch`, or a version itself: the first release has the version that is there already
 * @throws ReleaseError for anything else, and for a version below the one that is there
 */
export function versionAfter(current: string, wanted: string): string {
  const from = numbersOf(current);
  if (!from) throw new ReleaseError(`package.json: expected a version such as 1.2.3, received ${current}`);
  const step = STEPS.findIndex((name) => name === wanted);
  if (step >= 0) return from.map((number, at) => (at < step ? number : Number(at === step) * (number + 1))).join('.');
  const to = numbersOf(wanted);
  if (!to) throw new ReleaseError(`expected ${STEPS.join(', ')} or a version such as 1.2.3, received ${wanted}`);
  const differs = to.findIndex((number, at) => number !== from[at]);
  if (differs >= 0 && to[differs]! < from[differs]!) {
    throw new ReleaseError(`${wanted} is below ${current}, the version of package.json`);
  }
  return wanted;
}
