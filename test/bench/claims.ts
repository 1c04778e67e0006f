import { styleText } from 'node:util';

export interface Claim {
  readonly name: string;
  readonly value: number;
  /** `ms` or `bytes`. Without it the value is a ratio. */
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const broken: string[] = [];

/** Prints the measured value and the promised limit. A broken promise makes the command fail at its end. */
export function claim({ name, value, unit, atLeast, atMost }: Claim): void {
  const holds = value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  const mark = holds ? styleText('green', '✓') : styleText('red', '✗');
  const suffix = unit === undefined ? '' : ` ${unit}`;
  console.log(`${mark} ${name}: ${value.toFixed(2)}${suffix} (${bound}${suffix})`);
  if (!holds) broken.push(name);
}

export const brokenClaims = (): readonly string[] => broken;

export function progress(text: string): void {
  console.log(styleText('dim', `  ${text}`));
}
