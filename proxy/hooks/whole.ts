/** Whether it is a whole number, and at least that. */
export function isWhole(value: unknown, least: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least;
}
