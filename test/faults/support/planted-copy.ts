import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Of a source, named from the copy's root. `from` occurs exactly once in it. */
export interface Change {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

/**
 * A copy of a part of the project in which one mistake is planted after another. It stays in its place, so that modules
 * without a mistake are compiled once.
 */
export class PlantedCopy {
  readonly #folder: string;
  readonly #sound = new Map<string, string>();

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `paths`: the files and folders to copy, from the project's root. */
  static async make(paths: readonly string[]): Promise<PlantedCopy> {
    const folder = await mkdtemp(path.join(tmpdir(), 'refund-planted-'));
    for (const name of paths) await cp(path.join(ROOT, name), path.join(folder, name), { recursive: true });
    await symlink(path.join(ROOT, 'node_modules'), path.join(folder, 'node_modules'));
    return new PlantedCopy(folder);
  }

  /** Plants one mistake in place of the one before. */
  async plant(changes: readonly Change[]): Promise<void> {
    for (const [target, source] of this.#sound) await writeFile(target, source);
    this.#sound.clear();
    for (const { file, from, to } of changes) {
      const target = path.join(this.#folder, file);
      const source = await readFile(target, 'utf8');
      assert.equal(source.split(from).length, 2, `${file} holds exactly once: ${from}`);
      if (!this.#sound.has(target)) this.#sound.set(target, source);
      await writeFile(
        target,
        source.replace(from, () => to),
      );
    }
  }

  /** Runs Node in the copy. */
  async run(
    args: readonly string[],
    env: Readonly<NodeJS.ProcessEnv>,
  ): Promise<{ readonly code: unknown; readonly output: string }> {
    const child = spawn(process.execPath, [...args], {
      cwd: this.#folder,
      env: { ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code, output: output + errors };
  }

  async remove(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}
