/**
 * Planting a mistake takes seconds, so `npm test` plants one in so many of them and `npm run faults` all. That each
 * mistake still fits the code is tested in every run.
 */
const ONE_IN = Number(process.env['FAULTS_PLANTED_ONE_IN'] ?? 5);

export function sampled<Mistake>(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.filter((_, index) => index % ONE_IN === 0);
}
