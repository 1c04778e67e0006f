import { open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

import type { LooseRows } from '../../core/engine/data-model.ts';

/** The names that a seed may have. */
export const SEED_FILE = /\.(?:json|ya?ml)$/i;

/** The file of `--record` cannot be used; the message says which and why. */
export class RecordFileError extends Error {
  override name = 'RecordFileError' as const;
}

export interface Recorded {
  readonly rows: LooseRows;
  /** Sentences for the head of a YAML file. */
  readonly notes: readonly string[];
}

export interface SeedWriterOptions {
  readonly file: string;
  /** Called when the file could not be written. What was there before is still there. */
  readonly onError: (error: RecordFileError) => void;
  /** Writes a whole file, to the disk. A test lets it fail. */
  readonly store?: (file: string, text: string) => Promise<void>;
}

const DRAFT = '.draft';

/** Drafts of processes that were killed while they wrote. */
async function removeDrafts(file: string): Promise<void> {
  const folder = path.dirname(file);
  const start = `${path.basename(file)}.`;
  for (const name of await readdir(folder)) {
    const pid = name.startsWith(start) && name.endsWith(DRAFT) ? name.slice(start.length, -DRAFT.length) : '';
    if (/^\d+$/.test(pid) && !isRunning(Number(pid))) await rm(path.join(folder, name), { force: true });
  }
}

/** Whether another process has this id. One whose draft is our own is gone: we have written none yet. */
function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of somebody else may not be asked.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Only its owner can read it, as it may tell about a business. */
const PRIVATE = 0o600;

async function storeOnDisk(file: string, text: string): Promise<void> {
  const opened = await open(file, 'w', PRIVATE);
  try {
    await opened.writeFile(text);
    await opened.sync();
  } finally {
    await opened.close();
  }
}

/**
 * Keeps a seed in a file. Each version is written beside the file and takes its place when it is complete, so whoever reads
 * the file finds a whole seed, however this process ends.
 */
export class SeedWriter {
  readonly #options: SeedWriterOptions;
  readonly #store: (file: string, text: string) => Promise<void>;
  #next: (() => Recorded) | undefined;
  #fault: RecordFileError | undefined;
  #writing: Promise<void> | undefined;

  private constructor(options: SeedWriterOptions) {
    this.#options = options;
    this.#store = options.store ?? storeOnDisk;
  }

  /**
   * Makes the file, which must not be there yet.
   * @throws RecordFileError
   */
  static async open(options: SeedWriterOptions): Promise<SeedWriter> {
    const { file } = options;
    if (!SEED_FILE.test(file)) {
      throw new RecordFileError(`--record: expected a file that ends with .json, .yaml or .yml, received ${file}`);
    }
    try {
      const made = await open(file, 'wx', PRIVATE);
      await made.writeFile('{}\n');
      await made.close();
    } catch (error) {
      throw new RecordFileError(`--record: ${file} ${whyNot(error)}`, { cause: error });
    }
    await removeDrafts(file).catch((error: unknown) => {
      const why = `the drafts beside ${file} of processes that were killed are still there: ${messageOf(error)}`;
      options.onError(new RecordFileError(`--record: ${why}`, { cause: error }));
    });
    return new SeedWriter(options);
  }

  /** Writes soon. While one version is written, only the last of the later ones waits. */
  write(next: () => Recorded): void {
    this.#next = next;
    this.#writing ??= this.#writeAll().finally(() => (this.#writing = undefined));
  }

  /** @throws RecordFileError when the last version could not be written */
  async close(): Promise<void> {
    await this.#writing;
    if (this.#fault) throw this.#fault;
  }

  /** Takes the file away again, for a start that did not come about. */
  async discard(): Promise<void> {
    await rm(this.#options.file, { force: true });
  }

  async #writeAll(): Promise<void> {
    const { file, onError } = this.#options;
    const draft = `${file}.${process.pid}${DRAFT}`;
    for (let next = this.#next; next; next = this.#next) {
      this.#next = undefined;
      try {
        await this.#store(draft, await textOf(file, next()));
        await rename(draft, file);
        this.#fault = undefined;
      } catch (error) {
        await rm(draft, { force: true });
        const fault = new RecordFileError(`--record: ${file} was left as it was: ${messageOf(error)}`, {
          cause: error,
        });
        this.#fault = fault;
        onError(fault);
      }
    }
  }
}

async function textOf(file: string, { rows, notes }: Recorded): Promise<string> {
  if (/\.json$/i.test(file)) return `${JSON.stringify(rows, null, 2)}\n`;
  const { stringify } = await import('yaml');
  return notes.map((note) => `# ${note.replaceAll('\n', ' ')}\n`).join('') + stringify(rows);
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function whyNot(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'EEXIST') return 'is there already: name another file, or move this one away';
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'cannot be made: its folder is not there';
  return `cannot be made: ${messageOf(error)}`;
}
