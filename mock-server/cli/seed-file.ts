import { readFile } from 'node:fs/promises';

import { parseYaml } from '../bindings/yaml-body.ts';
import { repeatedMember, withoutMark } from '../core/engine/json.ts';
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
  const text = await readText(file);
  const isYaml = /\.ya?ml$/i.test(file);
  let rows: unknown;
  try {
    rows = isYaml ? await parseYaml(text) : JSON.parse(text);
  } catch (error) {
    const hint = isYaml || /\.json$/i.test(file) ? '' : '. Only a file that ends in .yaml or .yml is read as YAML';
    throw new SeedFileError(`--seed: ${file}: ${firstLine(error)}${hint}`);
  }
  const twice = isYaml ? undefined : repeatedMember(text);
  if (twice !== undefined) throw new SeedFileError(`--seed: ${file}: ${twice}: is there twice: expected it once`);
  const parsed = parseSeed(BUILT_IN.data, rows, now);
  if ('fault' in parsed) throw new SeedFileError(`--seed: ${file}: ${parsed.fault}`);
  return parsed.data;
}

async function readText(file: string): Promise<string> {
  try {
    return withoutMark(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file)));
  } catch (error) {
    // The decoder's own error says nothing of the file.
    const reason = error instanceof TypeError ? 'it is not UTF-8: save it as UTF-8' : messageOf(error);
    throw new SeedFileError(`--seed: ${file} cannot be read: ${reason}`);
  }
}
