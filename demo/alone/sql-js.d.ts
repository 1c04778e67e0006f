/** The part of sql.js, SQLite for a browser, that the demo uses. */
declare module 'sql.js' {
  export type SqlValue = string | number | Uint8Array | null;

  export interface Statement {
    bind(values: readonly SqlValue[]): boolean;
    step(): boolean;
    getAsObject(): Record<string, SqlValue>;
    free(): boolean;
  }

  export interface Database {
    exec(sql: string): unknown;
    prepare(sql: string): Statement;
    /** The whole database as a file. It ends prepared statements. */
    export(): Uint8Array;
  }

  export default function initSqlJs(options: {
    readonly wasmBinary: ArrayBuffer;
  }): Promise<{ readonly Database: new (file?: Uint8Array) => Database }>;
}
