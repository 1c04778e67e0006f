import { styleText } from 'node:util';

export interface Claim {
  readonly name: string;
  readonly value: number;
  /** `ms`, `bytes`; nothing for a plain ratio. */
  readonly unit?: string;
  readonly atLeast?: number;
  readonly atMost?: number;
}

const broken: string[] = [];

/** Prints what was measured beside what was promised. A promise that is not kept fails the command in the end. */
export function claim({ name, value, unit, atLeast, atMost }: Claim): void {
  const holds = value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
  const bound = atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast}`;
  const mark = holds ? styleText('green', '✓') : styleText('red', '✗');
  const after = unit === undefined ? '' : ` ${unit}`;
  console.log(`${mark} ${name}: ${value.toFixed(2)}${after} (${bound}${after})`);
  if (!holds) broken.push(name);
}

export const brokenClaims = (): readonly string[] => broken;

export function progress(text: string): void {
  console.log(styleText('dim', `  ${text}`));
}
