import type { PoolClient } from 'pg';

import type { Intent, Scope } from '../../entities.ts';
import { toQuery } from './query.ts';
import { comparisonName, RESTORED } from '../../rules/restored.ts';
import type { SqlConnection } from '../sql/connection.ts';
import type { Row, SqlValue } from '../sql/rows.ts';
import { LedgerUnavailableError } from '../../errors.ts';
import type { HeldRange, NewIntent, NewReservation, Unsettled, Written } from '../../rows.ts';

/** Locks until the transaction ends. Two payments with the same number only wait for each other without need. */
const paymentLock =
  'pg_advisory_xact_lock(hashtextextended(concat_ws(chr(31), current_schema(), merchant, provider, payment_id), 0))';

/**
 * A version string: it changes whenever a row that the settlement reads changes. `versionsOf` computes the same for an
 * intent that was written just now and has no waiting event.
 */
const versionsOfIntent = `concat_ws('|',
  (SELECT xmin FROM intents WHERE id = ?),
  (SELECT string_agg(id || ':' || xmin, ',' ORDER BY id) FROM reservations WHERE intent_id = ?),
  (SELECT string_agg(e.event_id, ',' ORDER BY e.event_id) FROM events e JOIN intents i USING (merchant, provider, payment_id)
     WHERE i.id = ? AND e.kept IS NOT NULL))`;
const READ_VERSIONS = `SELECT ${versionsOfIntent} AS seen`;

function versionsOf([intent, ...reservations]: readonly Row[]): string {
  const parts = reservations.map(({ id, version }) => `${String(id)}:${String(version)}`);
  return [String(intent!['version']), parts.join(',')].filter((part) => part !== '').join('|');
}

/** Aborts the transaction if the condition does not hold. It is then retried without assumptions. */
const prove = (condition: string) => `SELECT take_for_granted(${condition})`;
const PROVE_VERSIONS = prove(`${versionsOfIntent} = ?`);
const PROVE_NEW_KEY = prove('NOT EXISTS (SELECT 1 FROM intents WHERE merchant = ? AND provider = ? AND key = ?)');
const heldOfPayment = 'FROM reservations WHERE released = 0 AND merchant = ? AND provider = ? AND payment_id = ?';
const PROVE_HELD = prove(`(SELECT COALESCE(SUM(amount), 0) BETWEEN ? AND ? ${heldOfPayment})`);
const PROVE_ONE_CURRENCY = prove(`NOT EXISTS (SELECT 1 ${heldOfPayment} AND currency <> ?)`);
const PROVE_NO_UNKNOWN = prove(`NOT EXISTS (SELECT 1 ${heldOfPayment} AND standing = 'unknown')`);

/** After a restore more has to be read than one round trip can prove. */
const PROVE_NOT_RESTORED = prove('NOT EXISTS (SELECT 1 FROM shared_values WHERE name IN (?, ?) AND value IS NOT NULL)');

const LOCK_PAYMENT = `SELECT ${paymentLock} FROM (VALUES (?, ?, ?)) AS p (merchant, provider, payment_id)`;
const LOCK_PAYMENT_OF = `SELECT ${paymentLock} FROM intents WHERE id = ?`;

interface Statement {
  readonly sql: string;
  readonly values: readonly SqlValue[];
}

interface ConnectionOptions {
  readonly timeoutMs: number;
  readonly assumes: boolean;
  readonly endsAtOnce: boolean;
  readonly keepsStatements: boolean;
}

/** One transaction on one connection. Every error becomes a `LedgerUnavailableError`. */
export class PostgresConnection implements SqlConnection {
  readonly claimClause = 'FOR UPDATE SKIP LOCKED';
  readonly locked = 'FOR UPDATE';
  readonly openAudit = ['ALTER TABLE audit DISABLE TRIGGER audit_keeps_lines'];
  readonly closeAudit = ['ALTER TABLE audit ENABLE TRIGGER audit_keeps_lines'];
  readonly #client: PoolClient;
  readonly #timeoutMs: number;
  readonly #assumes: boolean;
  readonly #endsAtOnce: boolean;
  readonly #keepsStatements: boolean;
  #waiting: Statement[] = [];
  /** The rows that `insert` has written: first a new intent, then its reservations. */
  readonly #inserted: Promise<Row>[] = [];
  /** Callbacks for the answers of the next message. */
  #listeners: ((answers: readonly Row[][]) => void)[] = [];
  #next: Promise<readonly Row[][]> | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #failure: LedgerUnavailableError | undefined;
  #isOver = false;

  /**
   * @param assumes whether it may assume what the server proves with the commit
   * @param endsAtOnce whether its first message is its last
   * @param keepsStatements whether earlier prepared statements still exist
   */
  constructor(client: PoolClient, { timeoutMs, assumes, endsAtOnce, keepsStatements }: ConnectionOptions) {
    this.#client = client;
    this.#timeoutMs = timeoutMs;
    this.#assumes = assumes;
    this.#endsAtOnce = endsAtOnce;
    this.#keepsStatements = keepsStatements;
  }

  /** The first error. */
  get failure(): LedgerUnavailableError | undefined {
    return this.#failure;
  }

  async rows(sql: string, values: readonly SqlValue[]): Promise<Row[]> {
    const index = this.#add(sql, values);
    const answers = await this.#answered();
    return answers[index]!;
  }

  /** Sent with the next message that is awaited, which is the commit at the latest. */
  async write(sql: string, values: readonly SqlValue[]): Promise<void> {
    this.#add(sql, values);
  }

  /** Like `write`. The next message returns the written row, and nobody waits for it here. */
  async insert(sql: string, values: readonly SqlValue[]): Promise<void> {
    const index = this.#add(`${sql} RETURNING id, xmin AS version`, values);
    this.#inserted.push(
      new Promise((resolve) => {
        this.#listeners.push((answers) => resolve(answers[index]![0]!));
      }),
    );
  }

  /** Several fixed statements without values. */
  async script(sql: string): Promise<void> {
    await this.#answered();
    await this.#simple(sql).catch((error: unknown) => this.#fail(error));
  }

  /**
   * Not awaited: the server runs what follows once it has the lock, and then sees what the previous transaction
   * committed. It is a lock of its own and not a row lock, so taking it writes nothing.
   */
  lockPayment({ merchant, provider }: Scope, paymentId: string): Promise<void> {
    return this.write(LOCK_PAYMENT, [merchant, provider, paymentId]);
  }

  /** The payment of an intent never changes, so it may be read before the lock is taken. */
  lockPaymentOf(intentId: string): Promise<void> {
    return this.write(LOCK_PAYMENT_OF, [intentId]);
  }

  /**
   * Reads first, or knows what it has written itself, and takes the lock together with the writes: no other instance
   * then waits during a round trip. Under the lock the server compares those versions with the current ones, and aborts
   * the transaction if they differ. The retry locks first.
   */
  async readLocked(
    intentId: string,
    read: () => Promise<Unsettled | undefined>,
    written: Written | undefined,
  ): Promise<Unsettled | undefined> {
    if (!this.#assumes) {
      await this.lockPaymentOf(intentId);
      return read();
    }
    const ids = [intentId, intentId, intentId];
    const { unsettled, versions } = written ?? (await this.#readAhead(ids, read));
    if (unsettled) await this.lockPayment(unsettled.intent, unsettled.intent.paymentId);
    await this.write(PROVE_VERSIONS, [...ids, versions]);
    return unsettled;
  }

  /** Read the versions first: a change in between gives another version under the lock. */
  async #readAhead<T>(ids: readonly string[], read: () => Promise<T>): Promise<{ unsettled: T; versions: string }> {
    const [rows, unsettled] = await Promise.all([this.rows(READ_VERSIONS, ids), read()]);
    return { unsettled, versions: String(rows[0]!['seen']) };
  }

  /**
   * Events that came before the intent began are not among its writes: with such an event the settlement has to read.
   */
  async written(intent: Intent, reservations: readonly NewReservation[]): Promise<Written> {
    const inserted = await Promise.all(this.#inserted);
    const rows = reservations.map((row, index) => ({ ...row, id: Number(inserted[index + 1]!['id']) }));
    return { unsettled: { intent, rows, waitingEvents: [] }, versions: versionsOf(inserted) };
  }

  async assumeHeld(
    { merchant, provider, key, paymentId, currency }: NewIntent,
    { least, most, mayBeUnknown }: HeldRange,
  ): Promise<boolean> {
    if (!this.#assumes) return false;
    await this.write(PROVE_NEW_KEY, [merchant, provider, key]);
    const payment = [merchant, provider, paymentId];
    await this.write(PROVE_HELD, [least, most, ...payment]);
    await this.write(PROVE_ONE_CURRENCY, [...payment, currency]);
    await this.write(PROVE_NOT_RESTORED, [RESTORED, comparisonName({ merchant, provider }, paymentId)]);
    if (!mayBeUnknown) await this.write(PROVE_NO_UNKNOWN, payment);
    return true;
  }

  async commit(): Promise<void> {
    if (this.#endsAtOnce) return;
    await this.write('COMMIT', []);
    await this.#answered();
  }

  /** Whether the connection can be used again. */
  async rollback(): Promise<boolean> {
    this.#isOver = true;
    try {
      await this.#simple('ROLLBACK');
      return true;
    } catch (error) {
      this.#failure ??= unavailable(error);
      return false;
    }
  }

  /** Its position in the next message. */
  #add(sql: string, values: readonly SqlValue[]): number {
    return this.#waiting.push({ sql, values }) - 1;
  }

  /** Sends everything that waits, together with what other callers add at the same moment. */
  #answered(): Promise<readonly Row[][]> {
    this.#next ??= this.#last.then(() => this.#send());
    return this.#next;
  }

  async #send(): Promise<readonly Row[][]> {
    // Callers of the same moment share one message.
    await new Promise<void>((resolve) => {
      process.nextTick(resolve);
    });
    if (this.#endsAtOnce) this.#add('COMMIT', []);
    const statements = this.#waiting;
    const listeners = this.#listeners;
    this.#waiting = [];
    this.#listeners = [];
    this.#next = undefined;
    if (this.#failure) throw this.#failure;
    // Work that failed in one place may still send statements from another: after the rollback they would form a
    // transaction of their own.
    if (this.#isOver) throw new LedgerUnavailableError('The transaction is over');
    this.#isOver = this.#endsAtOnce;
    const answered = this.#pipeline(statements);
    this.#last = answered.catch(() => undefined);
    // The server's own timeouts do not help when the network is gone.
    const overdue = setTimeout(() => this.#client.connection.stream.destroy(), this.#timeoutMs);
    try {
      const answers = await answered;
      for (const tell of listeners) tell(answers);
      return answers;
    } catch (error) {
      return this.#fail(error);
    } finally {
      clearTimeout(overdue);
    }
  }

  /**
   * Sends all statements before the first answer has come. After an error the server refuses the rest of the
   * transaction, and its COMMIT rolls back.
   * @throws the first error.
   */
  async #pipeline(statements: readonly Statement[]): Promise<readonly Row[][]> {
    const { stream } = this.#client.connection;
    stream.cork();
    const answers = statements.map(({ sql, values }) =>
      this.#client.query<Row>(toQuery(sql, values, this.#keepsStatements)),
    );
    stream.uncork();
    const settled = await Promise.allSettled(answers);
    return settled.map((answer) => {
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value.rows;
    });
  }

  async #simple(text: string): Promise<void> {
    const bounded = { text, query_timeout: this.#timeoutMs };
    await this.#client.query(bounded);
  }

  #fail(error: unknown): never {
    this.#failure ??= unavailable(error);
    throw this.#failure;
  }
}

export function unavailable(error: unknown): LedgerUnavailableError {
  const message = error instanceof Error ? error.message : String(error);
  return new LedgerUnavailableError(`The ledger does not answer: ${message}`, { cause: error });
}
