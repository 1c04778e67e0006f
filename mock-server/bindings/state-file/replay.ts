import { applyEdit } from '../../core/engine/edited.ts';
import { parseSeed } from '../../core/engine/seed-rows.ts';
import { parseSnapshot, putSnapshot } from '../../core/engine/snapshot.ts';
import type { SandboxState } from '../../core/engine/state.ts';
import type { Namespaces } from '../../core/namespaces.ts';
import type { CallRecord, EditRecord, FileRecord, OptionsRecord } from './records.ts';

type AtTime = <Result>(at: number, work: () => Result) => Result;
/** Makes the namespaces under the options of a file, or under those of this start where the file has none. */
export type MakeNamespaces = (options: OptionsRecord | undefined) => Namespaces;

/** A namespace whose rows are still being read. */
interface OpenNamespace {
  readonly state: SandboxState;
  readonly header: Extract<FileRecord, { is: 'namespace' }>;
  readonly rows: Record<string, object[]>;
  seed: unknown;
}

/** Brings namespaces to the state that a file describes. Every method returns why it cannot, as a sentence. */
export class Replay {
  readonly #make: MakeNamespaces;
  readonly #atTime: AtTime;
  #made: Namespaces | undefined;
  #open: OpenNamespace | undefined;
  readonly #pending = new Map<number, () => void>();
  /** Number of records so far that came after the snapshot. */
  calls = 0;

  /** @param atTime runs its work while the source of time shows the given instant */
  constructor(make: MakeNamespaces, atTime: AtTime) {
    this.#make = make;
    this.#atTime = atTime;
  }

  get namespaces(): Namespaces {
    return (this.#made ??= this.#make(undefined));
  }

  take(record: FileRecord): string | undefined {
    switch (record.is) {
      case 'options':
        if (this.#made) return 'the options belong before everything else';
        this.#made = this.#make(record);
        return undefined;
      case 'namespace': {
        if (this.calls > 0) return 'a namespace belongs before the calls';
        const fault = this.#restore();
        this.#open = { state: this.namespaces.open(record.name), header: record, rows: {}, seed: undefined };
        return fault;
      }
      case 'seed':
        if (!this.#open) return 'a seed belongs to a namespace';
        this.#open.seed = record.data;
        return undefined;
      case 'row':
        if (!this.#open) return 'a row belongs to a namespace';
        (this.#open.rows[record.of] ??= []).push(record.row);
        return undefined;
      case 'call':
      case 'finish':
      case 'edit':
      case 'made':
        break;
    }
    this.calls += 1;
    return this.#restore() ?? this.#repeat(record);
  }

  /** Ends the calls whose keys still run. The process that had to answer them has ended, so no client waits. */
  end(): string | undefined {
    const fault = this.#restore();
    for (const finish of this.#pending.values()) finish();
    this.#pending.clear();
    return fault;
  }

  /** Restores the namespace whose rows have all been read. */
  #restore(): string | undefined {
    if (!this.#open) return undefined;
    const { state, header, rows, seed } = this.#open;
    const { data } = state.registry;
    this.#open = undefined;
    const at = `namespace "${header.name}"`;
    const reseeded = seed === undefined ? undefined : parseSeed(data, seed, state.clock.now());
    if (reseeded && 'fault' in reseeded) return `${at}: its seed: ${reseeded.fault}`;
    if (reseeded) state.reseed(reseeded.data);
    const empty = Object.fromEntries(data.names.map((name) => [name, []]));
    const parsed = parseSnapshot(state.registry, { ...header.rest, rows: { ...empty, ...rows } });
    if ('fault' in parsed) return `${at}: ${parsed.fault}`;
    for (const [provider, open] of state.sessions) {
      const fault = open.restore(header.sessions[provider]);
      if (fault !== undefined) return `${at}: ${fault}`;
    }
    putSnapshot(state, parsed.snapshot, 'resume');
    // No call may come that would have its webhooks sent.
    if (state.webhooks.listening) this.namespaces.touched.add(state);
    return undefined;
  }

  #repeat(record: Exclude<FileRecord, { is: 'options' | 'namespace' | 'seed' | 'row' }>): string | undefined {
    switch (record.is) {
      case 'call':
        return this.#atTime(record.at, () => this.#call(record));
      case 'edit':
        return this.#atTime(record.at, () => this.#edit(record));
      case 'made':
        this.#atTime(record.at, () => this.namespaces.open(record.namespace));
        return undefined;
      case 'finish':
        break;
    }
    this.#pending.get(record.of)?.();
    this.#pending.delete(record.of);
    return undefined;
  }

  #call({ call, status, pending }: CallRecord): string | undefined {
    const answer = this.namespaces.handle(call);
    if (answer.finish && pending !== undefined) this.#pending.set(pending, answer.finish);
    else answer.finish?.();
    if (answer.status === status) return undefined;
    return (
      `${call.method} ${call.path} was answered ${status} and would be answered ${answer.status} now. ` +
      'Perhaps another version of the sandbox wrote the file, or one with other providers'
    );
  }

  #edit({ namespace, of, id, row }: EditRecord): string | undefined {
    return applyEdit(this.namespaces.open(namespace), { of, id, row: row ?? undefined });
  }
}
