import { readFileSync } from 'node:fs';

const PAGE = new URL('../../../docs/operations.md', import.meta.url);

export interface Block {
  readonly language: string;
  /** The text after the language: the path of a file, or the purpose of the commands. */
  readonly name: string;
  readonly text: string;
}

export const page = readFileSync(PAGE, 'utf8');

export const blocks: readonly Block[] = [...page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', name = '', text = '']) => ({ language, name, text }),
);

/** One block of `docs/operations.md` as an operator copies it. @throws unless exactly one block has this name. */
export function block(name: string): string {
  const matches = blocks.filter((each) => each.name === name);
  if (matches.length !== 1)
    throw new Error(`docs/operations.md: expected one block "${name}", found ${matches.length}`);
  return matches[0]!.text;
}

/**
 * Replaces the places of a server in the document with those of a test. @throws when the text lacks one of them: the
 * document has changed, and the test would run something else.
 */
export function replacePlaces(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((result, [from, to]) => {
    if (!result.includes(from)) throw new Error(`docs/operations.md: expected ${from} in:\n${result}`);
    return result.replaceAll(from, to);
  }, text);
}
