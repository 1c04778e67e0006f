import { createHash } from 'node:crypto';

import { types, type Connection, type FieldDef, type Submittable } from 'pg';

import { storable, type Row, type SqlValue } from '../sql/rows.ts';

export interface Statement {
  /** SQL with `$1`, `$2`, ... for its values. */
  readonly text: string;
  readonly values: readonly SqlValue[];
  /** Whether it returns rows. */
  readonly answers: boolean;
}

/**
 * Sends several statements as one message of PostgreSQL's extended query protocol, with one Sync at the end: the server
 * answers them together, while each query of `pg` is answered, and wakes this process, by itself. After an error the
 * server skips whatever follows (PostgreSQL, Message Flow, Extended Query).
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

  /** Resolves with the rows of every statement. Rejects with the first error. */
  readonly answered: Promise<readonly Row[][]>;

  /** @param keeps whether prepared statements stay with the connection; a pooler may switch the server */
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

  /** Once for each connection: planning a statement costs more than running it. */
  #prepare(connection: Connection, name: string, text: string): void {
    const prepared = preparedOn(connection);
    if (prepared.has(name)) return;
    // After an error it is unknown how far the server came; closing a statement that does not exist is no error.
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

/** The names of the prepared statements. */
const preparedNames = new WeakMap<Connection, Set<string>>();

function preparedOn(connection: Connection): Set<string> {
  const known = preparedNames.get(connection);
  if (known) return known;
  const none = new Set<string>();
  preparedNames.set(connection, none);
  return none;
}

const names = new Map<string, string>();

/** Named by its content: another instance's statement of that name, on a pooled connection, is the same statement. */
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
