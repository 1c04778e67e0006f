import { createHash } from 'node:crypto';

import { types, type Connection, type FieldDef, type Submittable } from 'pg';

import { storable, type Row, type SqlValue } from './sql-rows.ts';

export interface Statement {
  /** With `$1`, `$2`, ... for its values. */
  readonly text: string;
  readonly values: readonly SqlValue[];
  /** Whether it answers rows. */
  readonly answers: boolean;
}

/**
 * Several statements as one message of PostgreSQL's extended query protocol, with one Sync at its end: the server
 * answers them all at once, where a query of `pg` is answered, and wakes this process, by itself. After an error the
 * server passes over whatever follows (PostgreSQL, Message Flow, Extended Query).
 */
export class Batch implements Submittable {
  readonly #statements: readonly Statement[];
  readonly #keeps: boolean;
  readonly #rows: Row[][] = [];
  #resolve!: (rows: readonly Row[][]) => void;
  #reject!: (error: Error) => void;
  readonly #undo: (() => void)[] = [];
  #fields: readonly Field[] = [];
  #current: Row[] = [];

  /** The rows of every statement, once all of them are carried out. Rejects with what the first that failed came to. */
  readonly answered: Promise<readonly Row[][]>;

  /** @param keeps whether what is prepared stays with the connection; a pooler on the way may give it another server */
  constructor(statements: readonly Statement[], keeps: boolean) {
    this.#statements = statements;
    this.#keeps = keeps;
    this.answered = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: Connection): void {
    const { stream } = connection;
    stream.cork();
    for (const { text, values, answers } of this.#statements) {
      const statement = this.#keeps ? nameOf(text) : '';
      if (this.#keeps) this.#prepare(connection, statement, text);
      else connection.parse({ name: statement, text, types: [] }, true);
      connection.bind({ statement, values: values.map(toParameter) }, true);
      if (answers) connection.describe({ type: 'P' }, true);
      connection.execute({}, true);
    }
    connection.sync();
    stream.uncork();
  }

  /** Once a connection: to plan a statement costs more than to carry it out. */
  #prepare(connection: Connection, name: string, text: string): void {
    const prepared = preparedOn(connection);
    if (prepared.has(name)) return;
    // After an error nobody knows which of a batch the server came to; to close one that is not there is no error.
    connection.close({ type: 'S', name }, true);
    connection.parse({ name, text, types: [] }, true);
    prepared.add(name);
    this.#undo.push(() => prepared.delete(name));
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.#fields = fields.map(({ name, dataTypeID }) => ({ name, parse: types.getTypeParser(dataTypeID, 'text') }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    for (const [index, { name, parse }] of this.#fields.entries()) {
      const text = fields[index];
      row[name] = text === null || text === undefined ? null : parse(text);
    }
    this.#current.push(row);
  }

  handleCommandComplete(): void {
    this.#rows.push(this.#current);
    this.#current = [];
    this.#fields = [];
  }

  handleError(error: Error): void {
    for (const undo of this.#undo) undo();
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#rows);
  }
}

interface Field {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** The names of what is prepared. */
const preparedNames = new WeakMap<Connection, Set<string>>();

function preparedOn(connection: Connection): Set<string> {
  const known = preparedNames.get(connection);
  if (known) return known;
  const none = new Set<string>();
  preparedNames.set(connection, none);
  return none;
}

const names = new Map<string, string>();

/** By its content: another instance's statement of that name, on a connection of a pooler, is the same statement. */
function nameOf(text: string): string {
  let name = names.get(text);
  if (name === undefined) {
    name = `refund_${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
    names.set(text, name);
  }
  return name;
}

function toParameter(value: SqlValue): string | Buffer | null {
  if (value === null || typeof value === 'string') return storable(value);
  return value instanceof Uint8Array ? Buffer.from(value) : String(value);
}
