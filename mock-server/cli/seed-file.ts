import { readFile } from 'node:fs/promises';

import { parseYaml } from '../bindings/yaml-body.ts';
import { parseSeed } from '../core/engine/seed-rows.ts';
import { BUILT_IN, type SeedData } from '../core/providers/index.ts';

/** A seed that cannot be used; the message names the file, the place, what came and what was expected. */
export class SeedFileError extends Error {
  override name = 'SeedFileError' as const;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
/** The parser of YAML ends it with a colon, before a picture of the place. */
const firstLine = (error: unknown) => messageOf(error).split('\n')[0]!.replace(/:$/, '');

/**
 * Rows from a JSON or YAML file, by its ending. Missing members are filled in.
 * @param now creation time of a row that gives none, in epoch milliseconds
 * @throws SeedFileError
 */
export async function readSeedFile(file: string, now: number): Promise<SeedData> {
  let text: string;
  try {
    // Editors on Windows write a byte order mark.
    text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new SeedFileError(`--seed: ${file} cannot be read: ${messageOf(error)}`);
  }
  const isYaml = /\.ya?ml$/i.test(file);
  let rows: unknown;
  try {
    rows = isYaml ? await parseYaml(text) : JSON.parse(text);
  } catch (error) {
    const hint = isYaml || /\.json$/i.test(file) ? '' : '. Only a file that ends in .yaml or .yml is read as YAML';
    throw new SeedFileError(`--seed: ${file}: ${firstLine(error)}${hint}`);
  }
  const parsed = parseSeed(BUILT_IN.data, rows, now);
  if ('fault' in parsed) throw new SeedFileError(`--seed: ${file}: ${parsed.fault}`);
  return parsed.data;
}
