import type { SqlConnection } from './connection.ts';
import type { Row, SqlValue } from './rows.ts';

/** What every group of statements needs. */
export class SqlStatements {
  protected readonly db: SqlConnection;

  constructor(db: SqlConnection) {
    this.db = db;
  }

  protected async one<T>(sql: string, values: readonly SqlValue[], read: (row: Row) => T): Promise<T | undefined> {
    const [row] = await this.db.rows(sql, values);
    return row && read(row);
  }

  protected async many<T>(sql: string, values: readonly SqlValue[], read: (row: Row) => T): Promise<T[]> {
    return (await this.db.rows(sql, values)).map(read);
  }
}
