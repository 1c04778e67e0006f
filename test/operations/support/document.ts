import { readFileSync } from 'node:fs';

/** The pages with commands and configurations for a machine, by their path below `docs/`. */
export const pages: ReadonlyMap<string, string> = new Map(
  ['operations.md', 'operations/front-end.md', 'operations/backup.md', 'operations/incidents.md'].map((file) => [
    file,
    readFileSync(new URL(`../../../docs/${file}`, import.meta.url), 'utf8'),
  ]),
);

export interface Block {
  readonly language: string;
  /** The text after the language: the path of a file, or the purpose of the commands. */
  readonly name: string;
  readonly text: string;
}

export const page = [...pages.values()].join('\n');

export const blocks: readonly Block[] = [...page.matchAll(/^```(\w+) ?(.*)\n([\s\S]*?)^```$/gm)].map(
  ([, language = '', name = '', text = '']) => ({ language, name, text }),
);

/** One block of the pages as an operator copies it. @throws unless exactly one block has this name. */
export function block(name: string): string {
  const matches = blocks.filter((each) => each.name === name);
  if (matches.length !== 1)
    throw new Error(`docs/operations.md and its pages: expected one block "${name}", found ${matches.length}`);
  return matches[0]!.text;
}

/**
 * Replaces the places of a server in the document with those of a test. @throws when the text lacks one of them: the
 * document has changed, and the test would run something else.
 */
export function replacePlaces(text: string, places: Readonly<Record<string, string>>): string {
  const names = Object.keys(places);
  const missing = names.find((from) => !text.includes(from));
  if (missing !== undefined) throw new Error(`docs/operations.md and its pages: expected ${missing} in:\n${text}`);
  // At once: a port of a test may begin like a place that is still to be replaced.
  const any = new RegExp(names.map((from) => from.replaceAll(/[^\w\s]/g, String.raw`\$&`)).join('|'), 'g');
  return text.replaceAll(any, (from) => places[from]!);
}
