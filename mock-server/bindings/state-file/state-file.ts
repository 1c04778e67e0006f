import path from 'node:path';

import type { StateOptions } from '../../core/engine/state.ts';
import type { Answer, Call } from '../../core/engine/wire.ts';
import { Namespaces, type Located } from '../../core/namespaces.ts';
import type { EditResult } from '../db-edit.ts';
import { StateDatabase } from './database.ts';
import { damaged, unusable, type StateFileError } from './error.ts';
import {
  callRecord,
  optionsRecord,
  snapshotRecords,
  stateRecords,
  type EditRecord,
  type FileRecord,
  type OptionsRecord,
} from './records.ts';
import { Replay } from './replay.ts';

export interface StateFileOptions {
  readonly file: string;
  readonly state: StateOptions;
  readonly namespaceLimit?: number | undefined;
  /** Bytes of calls after which a new snapshot replaces them; at least the size of the last snapshot. */
  readonly compactAfter?: number | undefined;
}

/** POSTs of the control API that only read. */
const READS = /\/_sandbox\/(?:journal\/verify|webhooks\/flush)\/?$/;
const COMPACT_AFTER = 16 * 1_048_576;

/**
 * Namespaces that survive their process. A call that may have changed something is on the disk before it is answered. One
 * transaction holds every call that came in the meantime.
 */
export class StateFile {
  #namespaces: Namespaces;
  readonly #options: StateFileOptions;
  readonly #file: string;
  readonly #database: StateDatabase;
  readonly #source: () => number;
  readonly #compactAfter: number;
  /** Time of the source while a call is carried out: one instant, so that the call can be repeated. */
  #instant: number | undefined;
  #queue: FileRecord[] = [];
  /** The flush of the queue; shared by all who wait for it. */
  #flushing: Promise<void> | undefined;
  #failure: StateFileError | undefined;
  #snapshotBytes = 0;
  #callBytes = 0;
  /** Numbers of calls whose key runs. A snapshot cannot hold them, so none is made meanwhile. */
  readonly #running = new Set<number>();
  #lastRunning = 0;

  private constructor(options: StateFileOptions, database: StateDatabase) {
    this.#options = options;
    this.#file = options.file;
    this.#database = database;
    this.#source = options.state.source;
    this.#compactAfter = options.compactAfter ?? COMPACT_AFTER;
    this.#namespaces = this.#make(undefined);
  }

  get namespaces(): Namespaces {
    return this.#namespaces;
  }

  /** @param recorded options of an earlier start, in the place of those of this one */
  #make(recorded: OptionsRecord | undefined): Namespaces {
    const { state, namespaceLimit } = this.#options;
    const source = () => this.#instant ?? this.#source();
    // JSON leaves an undefined member out.
    const options = recorded ? { ...state, startAt: undefined, ...(recorded.state as Partial<StateOptions>) } : state;
    return new Namespaces({ ...options, source }, { limit: recorded?.limit ?? namespaceLimit });
  }

  /**
   * Restores what the file holds, or begins it.
   * @throws StateFileError when the file is in use, damaged, or cannot be written
   */
  static open(options: StateFileOptions): StateFile {
    const file = path.resolve(options.file);
    const database = StateDatabase.open(file);
    try {
      const stateFile = new StateFile({ ...options, file }, database);
      stateFile.#load();
      stateFile.#compact();
      return stateFile;
    } catch (error) {
      database.close();
      throw unusable(file, error);
    }
  }

  /** Carries the call out. Resolves once nothing that its answer shows can be lost. */
  async handle(call: Call): Promise<Answer> {
    if (this.#failure) throw this.#failure;
    const at = this.#source();
    const before = this.namespaces.size;
    const [changes, answer] = this.#atTime(at, () => [this.#mayChange(call), this.namespaces.handle(call)] as const);
    if (!changes && this.namespaces.size === before) {
      await this.#flushed();
      return answer;
    }
    const { finish } = answer;
    const pending = finish && (this.#lastRunning += 1);
    this.#queue.push(callRecord(call, { at, status: answer.status, pending }));
    if (pending !== undefined) this.#running.add(pending);
    await this.#flushed();
    return finish && pending !== undefined ? withFinish(answer, () => this.#finish(pending, finish)) : answer;
  }

  /** Nobody waits for this record. If it is lost with the process, the next start ends the key all the same. */
  #finish(pending: number, finish: () => void): void {
    finish();
    this.#running.delete(pending);
    this.#queue.push({ is: 'finish', of: pending });
    this.#flushed().catch(() => undefined);
  }

  /** Finds the namespace of a path. Resolves once it is on the disk that the namespace was made. */
  async locate(called: string, headers: Call['headers']): Promise<Located> {
    if (this.#failure) throw this.#failure;
    const at = this.#source();
    const before = this.namespaces.size;
    const located = this.#atTime(at, () => this.namespaces.locate(called, headers));
    if (located.ok && this.namespaces.size > before) this.#queue.push({ is: 'made', at, namespace: located.name });
    await this.#flushed();
    return located;
  }

  /** Carries an edit of a row out. Resolves once it is on the disk. */
  async edit(namespace: string, work: () => EditResult): Promise<EditResult> {
    if (this.#failure) throw this.#failure;
    const at = this.#source();
    const result = this.#atTime(at, work);
    if (result.ok) {
      const { of, id, row = null } = result.edit;
      // In the turn of the edit, so that the file has it between the same calls.
      this.#queue.push({ is: 'edit', at, namespace, of, id, row: row as EditRecord['row'] });
    }
    await this.#flushed();
    return result;
  }

  /** Replaces the calls by a snapshot, so that the next start has nothing to repeat. */
  async close(): Promise<void> {
    try {
      await this.#flushed();
      if (!this.#failure) this.#compact();
    } finally {
      this.#failure ??= unusable(this.#file, new Error('the sandbox is closed'));
      this.#database.close();
    }
  }

  /**
   * A read changes nothing, unless it uses up a scenario or a rate limit. What a POST reads may be gone when the call is
   * repeated.
   */
  #mayChange({ method, path: called, headers }: Call): boolean {
    if (READS.test(called)) return false;
    if (method !== 'GET' && method !== 'HEAD') return true;
    if (headers['x-sandbox-scenario'] !== undefined) return true;
    const located = this.namespaces.locate(called, headers);
    if (!located.ok || located.path.startsWith('/_sandbox')) return false;
    return located.state.scenarios.list().length > 0 || located.state.registry.isLimited(located.path);
  }

  #atTime<Result>(at: number, work: () => Result): Result {
    this.#instant = at;
    try {
      return work();
    } finally {
      this.#instant = undefined;
    }
  }

  /** Resolves once everything in the queue is on the disk. A read waits too, because it may show what is in the queue. */
  #flushed(): Promise<void> {
    if (this.#queue.length === 0) return this.#flushing ?? Promise.resolve();
    this.#flushing ??= new Promise<void>((resolve, reject) => {
      // After this turn of the event loop, so that calls that arrived together share one transaction.
      setImmediate(() => {
        this.#flushing = undefined;
        try {
          this.#flush();
          resolve();
        } catch (error) {
          reject(error);
        }
      });
    });
    return this.#flushing;
  }

  #flush(): void {
    if (this.#failure) throw this.#failure;
    try {
      this.#callBytes += this.#database.append(this.#queue.splice(0));
      const large = this.#callBytes > Math.max(this.#compactAfter, this.#snapshotBytes);
      if (large && this.#running.size === 0) this.#compact();
    } catch (error) {
      // The memory is ahead of the disk from here on: no further call may be answered.
      this.#failure = unusable(this.#file, error);
      throw this.#failure;
    }
  }

  #compact(): void {
    this.#queue = [];
    this.#snapshotBytes = this.#database.replace(snapshotRecords(this.namespaces));
    this.#callBytes = 0;
  }

  /** Repeats the calls under the options that they were answered under, and goes on under those of this start. */
  #load(): void {
    const earlier = this.#replay(this.#database.records());
    const [before, now] = [earlier, this.#namespaces].map((one) => JSON.stringify(optionsRecord(one)));
    // Otherwise the state moves as if the earlier sandbox had ended cleanly.
    this.#namespaces = before === now ? earlier : this.#replay(stateRecords(earlier));
    // The calls that were repeated are no calls of this run.
    for (const [, { journal }] of this.namespaces.entries()) if (journal.total > 0) journal.clear();
  }

  #replay(records: Iterable<FileRecord>): Namespaces {
    const replay = new Replay(
      (options) => this.#make(options),
      (at, work) => this.#atTime(at, work),
    );
    let number = 0;
    for (const record of records) {
      number += 1;
      const fault = replay.take(record);
      if (fault !== undefined) throw damaged(this.#file, number, fault);
    }
    const fault = replay.end();
    if (fault !== undefined) throw damaged(this.#file, number, fault);
    return replay.namespaces;
  }
}

function withFinish(answer: Answer, finish: () => void): Answer {
  const { afterWebhooks } = answer;
  const answerWithFinish = { ...answer, finish };
  return afterWebhooks
    ? { ...answerWithFinish, afterWebhooks: () => ({ ...afterWebhooks(), finish }) }
    : answerWithFinish;
}
