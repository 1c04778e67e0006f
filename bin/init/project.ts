import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

import type { Layer } from './servers.ts';

/** The path below the new project, with slashes, and the text. */
export interface ProjectFile {
  readonly path: string;
  readonly text: string;
}

/** Why nothing was written, as a sentence. */
export class InitError extends Error {
  override name = 'InitError' as const;
}

/** npm leaves files with some names out of a package, so `dot.env.example` is written as `.env.example`. */
const written = (name: string) => name.replace(/^dot\./, '.');

/**
 * Every file of the layers, with its placeholders filled in.
 *
 * @throws Error when a template has a placeholder without a value, or when two layers have the same file
 */
export function filesOf(layers: readonly Layer[], values: Readonly<Record<string, string>>): ProjectFile[] {
  const files = new Map<string, string>();
  for (const { from, to = '', files: wanted } of layers) {
    const folder = fileURLToPath(new URL(`${from}/`, import.meta.url));
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || wanted?.includes(entry.name) === false) continue;
      const source = path.join(entry.parentPath, entry.name);
      const below = path.relative(folder, entry.parentPath).split(path.sep);
      const target = path.posix.join(to, ...below, written(entry.name));
      if (files.has(target)) throw new Error(`two templates are ${target}`);
      files.set(target, filled(readFileSync(source, 'utf8'), values, source));
    }
  }
  return [...files].map(([path, text]) => ({ path, text }));
}

function filled(text: string, values: Readonly<Record<string, string>>, source: string): string {
  return text.replaceAll(/\{\{([\w-]+)\}\}/g, (_all, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`${source}: no value for {{${name}}}`);
    return value;
  });
}

/** A new repository is still an empty project. */
const MAY_BE_THERE = new Set(['.git']);
const MAX_NAMED = 5;

/**
 * Writes into a folder that is new or empty.
 *
 * @throws InitError before anything is written, when something is in the way; or when the system does not let a file be written
 */
export function writeProject(folder: string, files: readonly ProjectFile[]): void {
  const inTheWay = existsSync(folder) ? entriesOf(folder) : [];
  if (inTheWay.length > 0) {
    const named = inTheWay.slice(0, MAX_NAMED).join(', ');
    const more = inTheWay.length > MAX_NAMED ? ` and ${inTheWay.length - MAX_NAMED} more` : '';
    const verb = inTheWay.length > 1 ? 'are' : 'is';
    throw new InitError(
      `${named}${more} ${verb} in the way in ${folder}: init writes only into a new or an empty folder, and has written nothing`,
    );
  }
  for (const { path: below, text } of files) {
    const file = path.join(folder, below);
    try {
      mkdirSync(path.dirname(file), { recursive: true });
      // `wx`: a file that came in the meantime is not overwritten either.
      writeFileSync(file, text, { flag: 'wx' });
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error;
      // The system's own sentence names the file and the reason.
      throw new InitError(`init cannot write into ${folder}: ${error.message}`, { cause: error });
    }
  }
}

function entriesOf(folder: string): string[] {
  if (!statSync(folder).isDirectory()) {
    throw new InitError(`${folder} is a file: init writes only into a new or an empty folder, and has written nothing`);
  }
  return readdirSync(folder)
    .filter((name) => !MAY_BE_THERE.has(name))
    .toSorted();
}
