import type { Collections, DataModel, Row, RowModel } from './data-model.ts';

/** The rows of a namespace and the indexes that each provider keeps of its own. */
export class Store {
  readonly collections: Collections;
  readonly #models: readonly RowModel[];
  /** In the order of the models. */
  #indexes: readonly unknown[] = [];

  constructor(model: DataModel, collections: Collections) {
    this.#models = model.models;
    this.collections = collections;
    this.rebuild();
  }

  /** Builds the indexes again after rows were changed from outside. */
  rebuild(): void {
    this.#indexes = this.#models.map((model) => model.index(this.collections));
  }

  /** The indexes of one provider. Every call asks for them, and a few models are searched faster than a map. */
  of<Indexes>(model: RowModel<Indexes>): Indexes {
    return this.#indexes[this.#models.indexOf(model)] as Indexes;
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
