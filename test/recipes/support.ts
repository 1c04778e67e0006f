import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { Folder } from '../project/support/installed.ts';

export const RECIPES = path.join(import.meta.dirname, '../../demo/recipes');

/** A change of the merchant's code that the recipe's tests have to find. */
export interface Fault {
  readonly what: string;
  readonly file: string;
  /** It is in the file exactly once. */
  readonly code: string;
  readonly instead: string;
  /** Tests that fail then. */
  readonly failures: number;
}

export interface Count {
  readonly passed: number;
  readonly failed: number;
}

export interface Recipe {
  readonly name: string;
  /** A command that succeeds where the recipe can run, and what is missing where it fails. */
  readonly needs?: { readonly command: readonly [string, ...string[]]; readonly missing: string };
  readonly env?: () => Readonly<Record<string, string>>;
  readonly tests: number;
  /** Reads what the runner prints. */
  readonly count: (output: string) => Count;
  readonly faults: readonly Fault[];
}

interface Ended {
  readonly status: number | null;
  readonly output: string;
}

/** Why the recipe cannot run on this machine, or `false`. */
export function whyNot({ needs }: Recipe): string | false {
  if (process.platform === 'win32') return 'the commands of the recipes are for sh, which Windows does not have';
  if (!needs) return false;
  const [program, ...args] = needs.command;
  return spawnSync(program, args).status !== 0 && `this machine has no ${needs.missing}: ${needs.command.join(' ')}`;
}

/** The commands of the recipe's README. */
function commandsOf(folder: string): readonly string[] {
  const readme = readFileSync(path.join(folder, 'README.md'), 'utf8');
  const [, block = ''] = /^```sh\n(.*?)^```$/ms.exec(readme) ?? [];
  return block.trim().split('\n');
}

/**
 * Copies the recipe to where it is in a checkout, beside the tarball of `from` in `dist/`, and runs the first command of its
 * README there.
 */
export function installRecipe(recipe: Recipe, from: Folder): string {
  const folder = from.within('demo/recipes', recipe.name);
  cpSync(path.join(RECIPES, recipe.name), folder, { recursive: true });
  const tarball = readdirSync(from.path).find((file) => file.endsWith('.tgz'));
  if (tarball === undefined) throw new Error(`${from.path}: expected a tarball, found none`);
  mkdirSync(from.within('dist'), { recursive: true });
  cpSync(from.within(tarball), from.within('dist', tarball));
  const [install = ''] = commandsOf(folder);
  const { status, output } = shell(recipe, `${install} --prefer-offline --no-audit --no-fund --loglevel=error`, folder);
  if (status !== 0) throw new Error(`${recipe.name}: ${install} ended with ${status}: ${output}`);
  return folder;
}

/** Runs the tests as the README says. */
export function runRecipe(recipe: Recipe, folder: string): Ended & Count {
  const [, ...test] = commandsOf(folder);
  const ended = shell(recipe, test.join(' && '), folder);
  return { ...ended, ...recipe.count(ended.output) };
}

/** Runs the tests with one fault in the merchant's code, and takes it back. */
export function runWithFault(recipe: Recipe, { file, code, instead }: Fault, folder: string): Ended & Count {
  const place = path.join(folder, file);
  const sound = readFileSync(place, 'utf8');
  if (sound.split(code).length !== 2) throw new Error(`${recipe.name}/${file}: expected exactly once: ${code}`);
  writeFileSync(
    place,
    sound.replace(code, () => instead),
  );
  const run = runRecipe(recipe, folder);
  writeFileSync(place, sound);
  return run;
}

function shell({ env: ownEnv }: Recipe, command: string, cwd: string): Ended {
  // A runner that finds these would take part in the run of our own tests.
  const { NODE_TEST_CONTEXT: _context, TALLY_FILE: _file, ...env } = process.env;
  const { status, stdout, stderr, error } = spawnSync('sh', ['-c', command], {
    cwd,
    encoding: 'utf8',
    env: { ...env, NO_COLOR: '1', PYTHONDONTWRITEBYTECODE: '1', ...ownEnv?.() },
  });
  if (error) throw error;
  return { status, output: stdout + stderr };
}
