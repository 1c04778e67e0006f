import type { Scope } from '../../entities.ts';
import { MAX_COUNTED, type LedgerFigures } from '../../figures.ts';
import type { SqlConnection } from './connection.ts';
import type { Row } from './rows.ts';
import { CONTRADICTED, OPEN_STATES, type IntentState } from '../../rules/states.ts';

const IN_SCOPE = 'merchant = ? AND provider = ?';
/** Worded exactly as in the partial index, so that the database uses it. */
export const OPEN = `state IN (${OPEN_STATES.map((state) => `'${state}'`).join(', ')})`;

/** Each query reads an index of open rows, never the settled ones. */
export const FIGURES = {
  open: (state: IntentState) => `SELECT COUNT(*) AS count, MIN(created_at) AS created, MIN(first_sent_at) AS sent FROM (
    SELECT created_at, first_sent_at FROM intents WHERE ${IN_SCOPE} AND ${OPEN} AND state = '${state}'
    ORDER BY next_check_at LIMIT ${MAX_COUNTED}) waiting`,
  /** CROSS JOIN keeps SQLite from scanning all intents. */
  parts: `SELECT COUNT(DISTINCT CASE WHEN i.state <> 'unknown' THEN i.id END) AS count,
      MIN(CASE WHEN i.state <> 'unknown' THEN i.first_sent_at END) AS sent,
      COUNT(DISTINCT CASE WHEN r.status = '${CONTRADICTED}' THEN i.id END) AS contradicted
    FROM (SELECT intent_id, status FROM reservations WHERE released = 0 AND standing = 'unknown' LIMIT ${MAX_COUNTED}) r
    CROSS JOIN intents i
    WHERE i.id = r.intent_id AND ${IN_SCOPE} AND i.state IN ('unknown', 'succeeded', 'failed')`,
  elsewhere: `SELECT COUNT(*) AS count FROM (SELECT merchant, provider FROM reservations
    WHERE released = 0 AND standing = 'unknown' AND intent_id IS NULL LIMIT ${MAX_COUNTED}) waiting WHERE ${IN_SCOPE}`,
  dueIntent: `SELECT next_check_at AS due FROM intents WHERE ${IN_SCOPE} AND ${OPEN} AND state = 'unknown'
    ORDER BY next_check_at LIMIT 1`,
  dueRefund: `SELECT next_check_at AS due FROM reservations WHERE ${IN_SCOPE} AND refund_id IS NOT NULL
    AND standing IN ('pending', 'unrecognised', 'reversing') ORDER BY next_check_at LIMIT 1`,
  dueFollow: `SELECT next_check_at AS due FROM reservations WHERE ${IN_SCOPE} AND refund_id IS NOT NULL
    AND standing = 'succeeded' AND checks < 5 ORDER BY next_check_at LIMIT 1`,
  untold: `SELECT COUNT(*) AS count FROM (
    SELECT next_at FROM outbox_payments WHERE ${IN_SCOPE} ORDER BY next_at LIMIT ${MAX_COUNTED}) waiting`,
  oldestUntold: `SELECT at FROM outbox WHERE ${IN_SCOPE} ORDER BY id LIMIT 1`,
} as const;

export async function readFigures(
  db: Pick<SqlConnection, 'rows'>,
  { merchant, provider }: Scope,
  { follows }: { readonly follows: boolean },
): Promise<LedgerFigures> {
  const ask = async (sql: string): Promise<Row> => (await db.rows(sql, [merchant, provider]))[0] ?? {};
  const [unknown, parts, elsewhere, awaiting, untold, oldestUntold, ...due] = await Promise.all([
    ask(FIGURES.open('unknown')),
    ask(FIGURES.parts),
    ask(FIGURES.elsewhere),
    ask(FIGURES.open('awaiting_approval')),
    ask(FIGURES.untold),
    ask(FIGURES.oldestUntold),
    ask(FIGURES.dueIntent),
    ask(FIGURES.dueRefund),
    ...(follows ? [ask(FIGURES.dueFollow)] : []),
  ]);
  return {
    unknown: Math.min(MAX_COUNTED, Number(unknown['count']) + Number(parts['count'])),
    unknownSince: earliest([unknown['sent'], parts['sent']]),
    contradicted: Number(parts['contradicted']) + Number(elsewhere['count']),
    awaitingApproval: Number(awaiting['count']),
    awaitingApprovalSince: earliest([awaiting['created']]),
    nextCheckAt: earliest(due.map((row) => row['due'])),
    untold: Number(untold['count']),
    untoldSince: earliest([oldestUntold['at']]),
  };
}

function earliest(times: readonly unknown[]): number | undefined {
  const known = times.filter((time) => time !== null && time !== undefined).map(Number);
  return known.length === 0 ? undefined : Math.min(...known);
}
