import { readFileSync, statSync, type BigIntStats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';

import * as z from 'zod/mini';

import type { LogFields } from '../../telemetry/log.ts';

export interface SecretTellers {
  info(message: string, fields: LogFields): void;
  warn(message: string, fields: LogFields): void;
}

/**
 * Whether others may read the file, or anybody but its owner may write it. A group may read it: Kubernetes mounts
 * secrets like that.
 */
const TOO_OPEN = 0o026n;

interface Read<T> {
  readonly value: T;
  /** Changes when the file changes or is replaced. */
  readonly stamp: string;
}

/**
 * A secret in a file that may change while the proxy runs: overwritten, replaced by a rename, or exchanged together
 * with the folder behind a link, as Kubernetes does. The file is checked whenever the secret is needed. If it is
 * missing, empty or wrong, the previous value stays. No value is ever logged.
 */
export class SecretFile<T> {
  readonly #name: string;
  readonly #path: string;
  readonly #schema: z.ZodMiniType<T>;
  readonly #tellers: () => SecretTellers;
  #read: Read<T> | undefined;
  #reportedFault: string | undefined;
  #looking: Promise<T> | undefined;

  /** `name` of the variable that holds `path`. */
  constructor(name: string, path: string, schema: z.ZodMiniType<T>, tellers: () => SecretTellers) {
    this.#name = name;
    this.#path = path;
    this.#schema = schema;
    this.#tellers = tellers;
  }

  /** Reads it at the start, when there is no previous value. */
  readFirst(): { readonly faults: readonly string[]; readonly warnings: readonly string[]; readonly value?: T } {
    try {
      const stats = statSync(this.#path, { bigint: true });
      const parsed = this.#parse(readFileSync(this.#path, 'utf8'));
      if (!parsed.ok) return { faults: [`${this.#name}: the file ${parsed.why}`], warnings: [] };
      this.#read = { value: parsed.value, stamp: stampOf(stats) };
      const open = tooOpen(stats);
      return { faults: [], warnings: open === undefined ? [] : [`${this.#name}: ${open}`], value: parsed.value };
    } catch (error) {
      return { faults: [`${this.#name}: the file cannot be read (${codeOf(error)})`], warnings: [] };
    }
  }

  /** The current value. */
  current(): Promise<T> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<T> {
    const last = this.#read;
    if (!last) throw new TypeError(`${this.#name}: current() comes after readFirst()`);
    try {
      const stats = await stat(this.#path, { bigint: true });
      if (stampOf(stats) === last.stamp) return this.#good(last.value);
      const parsed = this.#parse(await readFile(this.#path, 'utf8'));
      if (!parsed.ok) return this.#keep(last.value, parsed.why);
      // The file changed during the read, so the content may be incomplete.
      if (stampOf(await stat(this.#path, { bigint: true })) !== stampOf(stats)) return last.value;
      this.#read = { value: parsed.value, stamp: stampOf(stats) };
      this.#tellers().info('a secret was read anew from its file', { field: this.#name });
      const open = tooOpen(stats);
      if (open !== undefined)
        this.#tellers().warn('a secret can be read by too many', { field: this.#name, reason: open });
      return this.#good(parsed.value);
    } catch (error) {
      return this.#keep(last.value, `cannot be read (${codeOf(error)})`);
    }
  }

  #good(value: T): T {
    this.#reportedFault = undefined;
    return value;
  }

  /** Logged once, however often the secret is needed. */
  #keep(value: T, why: string): T {
    if (this.#reportedFault !== why) {
      const fields = { field: this.#name, reason: `the file ${why}` };
      this.#tellers().warn('a secret cannot be read anew: the one of before stays in use', fields);
    }
    this.#reportedFault = why;
    return value;
  }

  #parse(text: string): { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string } {
    const stripped = text.replace(/[\r\n]+$/, '');
    if (stripped === '') return { ok: false, why: 'is empty' };
    const parsed = z.safeParse(this.#schema, stripped);
    if (parsed.success) return { ok: true, value: parsed.data };
    return { ok: false, why: `is wrong: ${parsed.error.issues.map(({ message }) => message).join('; ')}` };
  }
}

function stampOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function tooOpen({ mode }: BigIntStats): string | undefined {
  if (process.platform === 'win32' || (mode & TOO_OPEN) === 0n) return undefined;
  return `the file has mode ${(mode & 0o777n).toString(8)}, so others than its owner and group can reach it: chmod 600 or 640`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason';
}
