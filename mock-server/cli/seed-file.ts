import { readFile } from 'node:fs/promises';

import { parseYaml } from '../bindings/yaml-body.ts';
import { parseSeed } from '../core/engine/seed-rows.ts';
import { BUILT_IN, type SeedData } from '../core/providers/index.ts';

/** A seed that cannot be used; the message names the file, the place, what came and what was expected. */
export class SeedFileError extends Error {
  override name = 'SeedFileError' as const;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const firstLine = (error: unknown) => messageOf(error).split('\n')[0] ?? '';

/**
 * Rows from a JSON or YAML file, by its ending. Missing members are filled in.
 * @param now creation time of a row that gives none, in epoch milliseconds
 * @throws SeedFileError
 */
export async function readSeedFile(file: string, now: number): Promise<SeedData> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new SeedFileError(`--seed: ${file} cannot be read: ${messageOf(error)}`);
  }
  let rows: unknown;
  try {
    rows = /\.ya?ml$/i.test(file) ? await parseYaml(text) : JSON.parse(text);
  } catch (error) {
    throw new SeedFileError(`--seed: ${file}: ${firstLine(error)}`);
  }
  const parsed = parseSeed(BUILT_IN.data, rows, now);
  if ('fault' in parsed) throw new SeedFileError(`--seed: ${file}: ${parsed.fault}`);
  return parsed.data;
}
