export interface Share {
  /** The weight of the share, in minor units or any unit that all shares have in common. Not negative. */
  readonly weight: bigint;
  /** The most this share may take, in minor units. Not negative. */
  readonly cap: bigint;
}

/**
 * Splits `total` minor units in proportion to the weights by largest remainder; ties go to the earlier share. What
 * exceeds a cap is split again among the others. The sum is exactly `total`.
 * @throws RangeError when `total` is negative or above the sum of all caps.
 */
export function splitProportionally(total: bigint, shares: readonly Share[]): bigint[] {
  const room = shares.reduce((sum, { cap }) => sum + cap, 0n);
  if (total < 0n || total > room) {
    throw new RangeError(`Cannot split ${total} minor units: expected between 0 and ${room}, the sum of all caps`);
  }
  const result = shares.map(() => 0n);
  let open = shares.map((_, index) => index).filter((index) => shares[index]!.cap > 0n);
  let rest = total;
  while (rest > 0n) {
    const split = largestRemainder(
      rest,
      open.map((index) => shares[index]!.weight),
    );
    const full = open.filter((index, at) => split[at]! > shares[index]!.cap);
    if (full.length === 0) {
      open.forEach((index, at) => (result[index] = split[at]!));
      break;
    }
    for (const index of full) {
      result[index] = shares[index]!.cap;
      rest -= shares[index]!.cap;
    }
    open = open.filter((index) => !full.includes(index));
  }
  return result;
}

function largestRemainder(total: bigint, weights: readonly bigint[]): bigint[] {
  const sum = weights.reduce((a, b) => a + b, 0n);
  const used = sum === 0n ? weights.map(() => 1n) : weights;
  const whole = sum === 0n ? BigInt(weights.length) : sum;
  const floors = used.map((weight) => (total * weight) / whole);
  const remainders = used.map((weight) => (total * weight) % whole);
  let left = total - floors.reduce((a, b) => a + b, 0n);
  const order = used.map((_, index) => index).sort((a, b) => compare(remainders[b]!, remainders[a]!) || a - b);
  for (const index of order) {
    if (left === 0n) break;
    floors[index]! += 1n;
    left -= 1n;
  }
  return floors;
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
