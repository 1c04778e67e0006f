import { ownSeed } from '../../core/engine/record/recorded-seed.ts';
import type { LooseRows } from '../../core/engine/data-model.ts';
import { toRfc3339 } from '../../core/engine/time.ts';
import type { Namespaces } from '../../core/namespaces.ts';
import { SeedWriter } from './seed-writer.ts';

/** Keeps the rows of a sandbox itself as a seed in a file. */
export class OwnRecord {
  readonly #writer: SeedWriter;
  readonly #namespaces: Namespaces;

  private constructor(writer: SeedWriter, namespaces: Namespaces) {
    this.#writer = writer;
    this.#namespaces = namespaces;
  }

  /** @throws RecordFileError */
  static async open(file: string, namespaces: Namespaces): Promise<OwnRecord> {
    const onError = ({ message }: Error) => process.stderr.write(`${message}\n`);
    return new OwnRecord(await SeedWriter.open({ file, onError }), namespaces);
  }

  /** Writes the rows as they are now, soon. */
  update(): void {
    const { main, registry } = this.#namespaces;
    this.#writer.write(() => ({
      rows: ownSeed(registry.providers, main.store.collections as unknown as LooseRows),
      notes: [`Recorded until ${toRfc3339(main.clock.now())} by refund-form sandbox --record.`],
    }));
  }

  async close(): Promise<void> {
    // An edit of the data view is no call.
    this.update();
    await this.#writer.close();
  }

  async discard(): Promise<void> {
    await this.#writer.discard();
  }
}
