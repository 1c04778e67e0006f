import { readFileSync } from 'node:fs';

const PAGE = new URL('../../../docs/operations.md', import.meta.url);

export interface Block {
  readonly language: string;
  /** What stands behind the language: the path of a file, or what a list of commands is for. */
  readonly name: string;
  readonly text: string;
}

export const page = readFileSync(PAGE, 'utf8');

export const blocks: readonly Block[] = [...page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', name = '', text = '']) => ({ language, name, text }),
);

/** One block of `docs/operations.md` as an operator copies it. @throws when there is not exactly one of this name. */
export function block(name: string): string {
  const matches = blocks.filter((each) => each.name === name);
  if (matches.length !== 1)
    throw new Error(`docs/operations.md: expected one block "${name}", found ${matches.length}`);
  return matches[0]!.text;
}

/**
 * Puts the places of a test where the document has those of a server.
 * @throws when one of them is not in the text: then the document has changed, and the test would run something else.
 */
export function replacePlaces(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`docs/operations.md: expected ${from} in:\n${result}`);
    return result.replaceAll(from, to);
  }, text);
}
