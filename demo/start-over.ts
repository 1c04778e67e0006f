let begin: (() => void) | undefined;

/** Where sandbox and proxy run in the page itself, their state can be thrown away. Elsewhere this is `undefined`. */
export const startOver = (): typeof begin => begin;

export function allowStartOver(how: () => void): void {
  begin = how;
}
