/** What survives a reload: the ledger's file, and the sandbox's snapshot. */
export interface Kept {
  readonly ledger?: Uint8Array;
  readonly sandbox?: string;
}

const STORE = 'kept';

/** Keeps the state of the demo in the browser, for one folder of one origin. */
export class Keeper {
  readonly #database: IDBDatabase;
  #hasEnded = false;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  static async open(folder: string): Promise<Keeper> {
    const opening = indexedDB.open(`refund-form demo ${folder}`, 1);
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(STORE));
    return new Keeper(await settled(opening));
  }

  async read(): Promise<Kept> {
    const store = this.#store('readonly');
    const [ledger, sandbox] = await Promise.all([
      settled<Uint8Array | undefined>(store.get('ledger')),
      settled<string | undefined>(store.get('sandbox')),
    ]);
    return { ...(ledger && { ledger }), ...(sandbox !== undefined && { sandbox }) };
  }

  /** Does nothing after `end`. */
  async keep<Name extends keyof Kept>(name: Name, value: Kept[Name]): Promise<void> {
    if (!this.#hasEnded) await settled(this.#store('readwrite').put(value, name));
  }

  async forget(): Promise<void> {
    await settled(this.#store('readwrite').clear());
  }

  /** Forgets everything, and whatever is still running in the page. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await this.forget();
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.#database.transaction(STORE, mode).objectStore(STORE);
  }
}

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('The browser keeps nothing here')));
  });
}
