import type { Collections, DataModel, Row, RowModel } from './data-model.ts';

/** The rows of a namespace and the indexes that each provider keeps of its own. */
export class Store {
  readonly collections: Collections;
  readonly #model: DataModel;
  readonly #indexes = new Map<RowModel, unknown>();

  constructor(model: DataModel, collections: Collections) {
    this.#model = model;
    this.collections = collections;
    this.rebuild();
  }

  /** Makes the indexes anew, after rows were changed from outside. */
  rebuild(): void {
    for (const model of this.#model.models) this.#indexes.set(model, model.index(this.collections));
  }

  /** The indexes of one provider. */
  of<Indexes>(model: RowModel<Indexes>): Indexes {
    return this.#indexes.get(model) as Indexes;
  }

  /** Replaces the row with this id, adds it, or removes it when `row` is undefined. */
  edit(name: string, id: string, row: Row | undefined): void {
    const rows = this.collections[name] ?? [];
    const index = rows.findIndex((found) => found.id === id);
    if (row === undefined) rows.splice(index, index < 0 ? 0 : 1);
    else rows.splice(index < 0 ? rows.length : index, 1, row);
    this.rebuild();
  }
}
