import { createReadStream, existsSync, statSync } from 'node:fs';
import { open, rename, type FileHandle } from 'node:fs/promises';
import path from 'node:path';

import { Namespaces } from '../../core/namespaces.ts';
import type { CollectionName } from '../../core/providers/uqpay/rows.ts';
import type { StateOptions } from '../../core/engine/state.ts';
import type { Answer, Call } from '../../core/engine/wire.ts';
import { Chain } from './chain.ts';
import { StateFileError } from './error.ts';
import { lock } from './lock.ts';
import { callRecord, recordOf, Replay, snapshotRecords, type FileRecord } from './records.ts';

export interface StateFileOptions {
  readonly file: string;
  readonly state: StateOptions;
  readonly namespaceLimit?: number | undefined;
  /** Bytes of calls after which they are folded into a new snapshot; or the size of the last one, if that is more. */
  readonly compactAfter?: number | undefined;
  /** Is told in a sentence what of the file was left out. */
  readonly onNotice?: ((notice: string) => void) | undefined;
}

const COMPACT_AFTER = 16 * 1_048_576;
const CHUNK = 262_144;

/**
 * Namespaces that survive their process. A call that may have changed something is on the disk before it is answered:
 * appended and synced, together with whatever else was answered in the meantime. The file itself is only ever replaced
 * as a whole, by a rename.
 */
export class StateFile {
  readonly namespaces: Namespaces;
  readonly #file: string;
  readonly #source: () => number;
  readonly #compactAfter: number;
  readonly #unlock: () => void;
  readonly #onNotice: (notice: string) => void;
  /** What the source of time shows while a call is carried out: one instant, so that it can be repeated. */
  #instant: number | undefined;
  #handle: FileHandle | undefined;
  /** Of the lines that the file has. */
  #chain = new Chain();
  #queue: string[] = [];
  /** The flush that will take the queue along; shared by all who wait for it. */
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  #failure: StateFileError | undefined;
  #snapshotBytes = 0;
  #callBytes = 0;
  /** Numbers of calls whose key is still running. A snapshot cannot tell of them, so none is made meanwhile. */
  readonly #running = new Set<number>();
  #lastRunning = 0;

  private constructor(options: StateFileOptions, unlock: () => void) {
    this.#file = options.file;
    this.#source = options.state.source;
    this.#compactAfter = options.compactAfter ?? COMPACT_AFTER;
    this.#unlock = unlock;
    this.#onNotice = options.onNotice ?? ((notice) => process.emitWarning(notice));
    const source = () => this.#instant ?? this.#source();
    this.namespaces = new Namespaces({ ...options.state, source }, { limit: options.namespaceLimit });
  }

  /**
   * Comes back to what the file holds, or begins it.
   * @throws StateFileError when the file is in use, damaged, or cannot be written
   */
  static async open(options: StateFileOptions): Promise<StateFile> {
    const file = path.resolve(options.file);
    const unlock = lock(file);
    try {
      const opened = new StateFile({ ...options, file }, unlock);
      if (existsSync(file)) await opened.#load();
      await opened.#compact();
      return opened;
    } catch (error) {
      unlock();
      throw error instanceof StateFileError ? error : unusable(file, error);
    }
  }

  /** Carries the call out; resolves once nothing of what its answer shows can be lost. */
  async handle(call: Call): Promise<Answer> {
    if (this.#failure) throw this.#failure;
    const at = this.#source();
    const before = this.namespaces.size;
    const changes = this.#mayChange(call);
    const answer = this.#atTime(at, () => this.namespaces.handle(call));
    if (!changes && this.namespaces.size === before) {
      await this.#settled();
      return answer;
    }
    const { finish } = answer;
    const pending = finish && (this.#lastRunning += 1);
    this.#append(callRecord(call, { at, status: answer.status, pending }));
    if (pending !== undefined) this.#running.add(pending);
    await this.#settled();
    return finish && pending !== undefined ? this.#withFinish(answer, () => this.#finish(pending, finish)) : answer;
  }

  #withFinish(answer: Answer, finish: () => void): Answer {
    const { afterWebhooks } = answer;
    const kept = { ...answer, finish };
    return afterWebhooks ? { ...kept, afterWebhooks: () => ({ ...afterWebhooks(), finish }) } : kept;
  }

  /** Nobody waits for this record: lost with the process, the key is finished all the same. */
  #finish(pending: number, finish: () => void): void {
    finish();
    this.#running.delete(pending);
    this.#append({ is: 'finish', of: pending });
    this.#settled().catch(() => undefined);
  }

  /** A row that json-server has changed, or deleted when there is none any more; resolves once that is on the disk. */
  async edited(namespace: string, of: CollectionName, id: string): Promise<void> {
    const row = this.namespaces.open(namespace).store.collections[of].find((found) => found.id === id) ?? null;
    this.#append({ is: 'edit', at: this.#source(), namespace, of, id, row });
    await this.#settled();
  }

  /** Folds everything into a snapshot, so that the next start has nothing to repeat. */
  async close(): Promise<void> {
    try {
      await this.#settled();
      if (!this.#failure) await this.#compact();
    } finally {
      await this.#handle?.close();
      this.#handle = undefined;
      this.#unlock();
    }
  }

  /** A read changes nothing, unless it uses a scenario up. */
  #mayChange({ method, path: called, headers }: Call): boolean {
    if (method !== 'GET' && method !== 'HEAD') return true;
    if (headers['x-sandbox-scenario'] !== undefined) return true;
    const located = this.namespaces.locate(called);
    return located.ok && located.state.scenarios.list().length > 0;
  }

  #atTime<Result>(at: number, work: () => Result): Result {
    this.#instant = at;
    try {
      return work();
    } finally {
      this.#instant = undefined;
    }
  }

  #append(record: FileRecord): void {
    this.#queue.push(JSON.stringify(record));
  }

  /** Resolves once everything that was appended so far, by whichever call, is on the disk: a read shows it too. */
  #settled(): Promise<void> {
    if (this.#queue.length > 0 && !this.#next) {
      this.#next = this.#last.then(() => this.#flush());
      this.#last = this.#next;
      // Whoever waits for it gets the failure; nobody else has to.
      this.#last.catch(() => undefined);
    }
    return this.#next ?? this.#last;
  }

  async #flush(): Promise<void> {
    this.#next = undefined;
    if (this.#failure) throw this.#failure;
    const lines = this.#queue.splice(0).map((json) => this.#chain.seal(json));
    const bytes = Buffer.from(lines.join(''));
    try {
      const handle = this.#handle;
      if (!handle) throw new Error('the sandbox is closed');
      await handle.writeFile(bytes);
      await handle.datasync();
      this.#callBytes += bytes.length;
      const large = this.#callBytes > Math.max(this.#compactAfter, this.#snapshotBytes);
      if (large && this.#running.size === 0) await this.#compact();
    } catch (error) {
      // What is in memory is ahead of the disk from here on: nothing more may be said.
      this.#failure = unusable(this.#file, error);
      throw this.#failure;
    }
  }

  /** Writes a snapshot beside the file and puts it in its place. Calls still in the queue are in the snapshot. */
  async #compact(): Promise<void> {
    const chain = new Chain();
    const chunks = chunked(sealed(snapshotRecords(this.namespaces), chain));
    this.#queue = [];
    const beside = `${this.#file}.new`;
    const writer = await open(beside, 'w', 0o600);
    let size = 0;
    try {
      for (const chunk of chunks) {
        await writer.writeFile(chunk);
        size += chunk.length;
      }
      await writer.sync();
    } finally {
      await writer.close();
    }
    await this.#handle?.close();
    this.#handle = undefined;
    await rename(beside, this.#file);
    await syncFolder(path.dirname(this.#file));
    this.#handle = await open(this.#file, 'a', 0o600);
    this.#chain = chain;
    this.#snapshotBytes = size;
    this.#callBytes = 0;
  }

  async #load(): Promise<void> {
    // It never was, not for a moment: a file takes its place as a whole.
    if (statSync(this.#file).size === 0) throw damaged(this.#file, 1, 'the file is empty: it has been emptied');
    const replay = new Replay(this.namespaces, (at, work) => this.#atTime(at, work));
    const chain = new Chain();
    let torn = false;
    let number = 0;
    for await (const { text, whole } of linesOf(this.#file)) {
      number += 1;
      // Only the very last line can be half-written: its call was never answered.
      if (!whole) {
        torn = true;
        continue;
      }
      const json = chain.open(text);
      const record = json === undefined ? undefined : recordOf(json);
      if (!record) throw damaged(this.#file, number, faultOf(text));
      const fault = replay.take(record);
      if (fault !== undefined) throw damaged(this.#file, number, fault);
    }
    replay.end();
    // A snapshot is never half-written either.
    if (!replay.complete) throw damaged(this.#file, number, torn ? NO_RECORD : 'its snapshot is not complete');
    if (!torn) return;
    this.#onNotice(
      `${this.#file}, line ${number}: the last line is half-written and was left out. Its call was never answered, ` +
        'unless the file was cut by another hand',
    );
  }
}

const NO_RECORD = 'it is no record of a sandbox';

/** A line that does not follow the one before it: changed, moved, or with others missing before it; or no line of ours. */
function faultOf(text: string): string {
  if (recordOf(text) === undefined) return NO_RECORD;
  return 'its checksum does not fit: this line or one before it was changed, moved, added or taken out';
}

function unusable(file: string, error: unknown): StateFileError {
  if (error instanceof StateFileError) return error;
  return new StateFileError(`${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`);
}

function damaged(file: string, line: number, fault: string): StateFileError {
  return new StateFileError(
    `${file}, line ${line}: ${fault}. The file was left as it is: move it away to begin a new one, or mend it`,
  );
}

function* sealed(records: Iterable<FileRecord>, chain: Chain): Generator<string> {
  for (const record of records) yield chain.seal(JSON.stringify(record));
}

/** All of them at once, in pieces that are worth a write each. */
function chunked(lines: Iterable<string>): Buffer[] {
  const chunks: Buffer[] = [];
  let piece: string[] = [];
  let size = 0;
  for (const line of lines) {
    piece.push(line);
    size += line.length;
    if (size < CHUNK) continue;
    chunks.push(Buffer.from(piece.join('')));
    piece = [];
    size = 0;
  }
  chunks.push(Buffer.from(piece.join('')));
  return chunks;
}

/** The new name is on the disk once its folder is. Windows cannot sync a folder, and needs not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

interface Line {
  readonly text: string;
  /** Its end was written too. */
  readonly whole: boolean;
}

/** Split at line feeds only: a body may hold every other character that ends a line somewhere. */
async function* linesOf(file: string): AsyncGenerator<Line> {
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      yield { text: Buffer.concat([...rest, chunk.subarray(from, end)]).toString(), whole: true };
      rest = [];
      from = end + 1;
    }
    rest.push(chunk.subarray(from));
  }
  const text = Buffer.concat(rest).toString();
  if (text !== '') yield { text, whole: false };
}
