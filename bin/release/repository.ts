import { execFileSync, spawnSync } from 'node:child_process';

import { ReleaseError } from './version.ts';

const ON_WINDOWS = process.platform === 'win32';

/** The commands of a release, all of them in one folder. */
export class Repository {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** What a git command prints. */
  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.#folder, encoding: 'utf8' }).trim();
  }

  /** Whether a git command says yes. */
  isTrue(...args: string[]): boolean {
    return spawnSync('git', args, { cwd: this.#folder, stdio: 'ignore' }).status === 0;
  }

  /** Runs npm, and shows what it prints. @throws ReleaseError when it fails */
  npm(...args: string[]): void {
    const { status } = spawnSync('npm', args, { cwd: this.#folder, stdio: ['ignore', 2, 2], shell: ON_WINDOWS });
    if (status !== 0) throw new ReleaseError(`npm ${args.join(' ')} failed`);
  }

  /** Whether the registry has this version already, as it does when a release stopped halfway. */
  isPublished(name: string, version: string): boolean {
    const { stdout } = spawnSync('npm', ['view', `${name}@${version}`, 'version'], {
      cwd: this.#folder,
      encoding: 'utf8',
      shell: ON_WINDOWS,
    });
    return stdout?.trim() === version;
  }
}
