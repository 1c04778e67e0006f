import { readFile } from 'node:fs/promises';

import type { SeedData } from '../core/providers/uqpay/rows.ts';
import { parseSeed } from '../core/providers/uqpay/seed-rows.ts';

/** A seed that cannot be used; the message names the file, the place, what came and what was expected. */
export class SeedFileError extends Error {
  override name = 'SeedFileError' as const;
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const firstLine = (error: unknown) => messageOf(error).split('\n')[0] ?? '';

/**
 * Rows from a JSON or YAML file, by its ending; what a row leaves out is filled in.
 * @param now when a row that gives no time was made, in epoch milliseconds
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
  const parsed = parseSeed(rows, now);
  if ('fault' in parsed) throw new SeedFileError(`--seed: ${file}: ${parsed.fault}`);
  return parsed.data;
}

/** @throws Error whose first line says what is wrong, and in which line and column */
export async function parseYaml(text: string): Promise<unknown> {
  // Only whoever has YAML waits for it to load.
  const { parse } = await import('yaml');
  return parse(text, { logLevel: 'error' }) as unknown;
}
