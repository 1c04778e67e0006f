"""The ledger: every request is written here before it is sent."""

import os, sqlite3, sys, time
from contextlib import contextmanager

import settings
from money import Refused, decimal

SCHEMA = """PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, print TEXT, payment TEXT, held INTEGER, asked INTEGER,
  state TEXT, status INTEGER, type TEXT, answer BLOB, sent_at REAL, currency TEXT);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, key TEXT, payment TEXT, amount INTEGER, standing TEXT,
  status TEXT, currency TEXT, listed INTEGER);
CREATE INDEX IF NOT EXISTS requests_of_payment ON requests (payment);
CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (payment);"""
# A later version may add columns while this one still runs.
SENT = "state, status, type, answer, sent_at, currency"
MADE = "(id, key, payment, amount, standing, status, currency, listed)"
# A ledger of an earlier version has no such columns.
ADDED = [("requests", "currency TEXT"), ("refunds", "currency TEXT"), ("refunds", "listed INTEGER")]


@contextmanager
def ledger():
    """One transaction that holds the write lock from its beginning: what it reads cannot change before its end."""
    db = sqlite3.connect(os.environ["REFUND_LEDGER"], timeout=20, isolation_level=None)
    db.row_factory = sqlite3.Row
    try:
        db.execute("BEGIN IMMEDIATE")
        yield db
        db.execute("COMMIT")
    finally:
        db.close()  # It rolls back what was not committed.


def create():
    """Ends the program if no file is named: an empty ledger somewhere else would know no key that was sent."""
    file = settings.setting("REFUND_LEDGER")
    try:
        # Only this user may read it: SQLite gives the files beside it the same mode.
        os.close(os.open(file, os.O_CREAT | os.O_WRONLY, 0o600))
        with sqlite3.connect(file) as db:
            db.executescript(SCHEMA)
        with ledger() as db:
            for table, column in ADDED:
                names = [row["name"] for row in db.execute(f"PRAGMA table_info({table})")]
                if column.split()[0] not in names:
                    db.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
            db.execute("CREATE INDEX IF NOT EXISTS refunds_listed ON refunds (listed)")
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        sys.exit(f"REFUND_LEDGER: {file} cannot be opened ({why}): correct it {settings.WHERE}")


def name_currency(db, order):
    """An earlier version wrote amounts without their currency: they are in that of the order, as it is read first."""
    for table in ("requests", "refunds"):
        named = [order["currency"], order["payment"]]
        db.execute(f"UPDATE {table} SET currency = ? WHERE payment = ? AND currency IS NULL", named)


def sums(db, order):
    """What is refunded, what is held for requests and refunds that may still be carried out, and why nothing is left
    while there is a refund in another currency than the order's.

    The order tells what was refunded elsewhere. The refunds without a key may be a part of it.
    """
    payment, currency, told = order["payment"], order["currency"], order["told"]
    name_currency(db, order)

    def total(column, rest):
        sql = f"SELECT ifnull(sum({column}), 0) FROM {rest} AND payment = ? AND currency = ?"
        return db.execute(sql, [payment, currency]).fetchone()[0]

    refunded = total("amount", "refunds WHERE standing = 'succeeded'")
    elsewhere = total("amount", "refunds WHERE key IS NULL AND standing NOT IN ('failed', 'cancelled')")
    open_ = total("amount", "refunds WHERE standing NOT IN ('succeeded', 'failed', 'cancelled')")
    refunded, pending = refunded + max(told - elsewhere, 0), open_ + total("held", "requests WHERE held > 0")
    if told or not db.execute(FOREIGN, [payment, currency]).fetchone():
        return refunded, pending, None
    words = f"This payment has a refund that is not in {currency}, so what is left to refund is not known. "
    return refunded, max(pending, order["captured"] - refunded), words + "Give the order refunded_elsewhere, then try again"


FOREIGN = """SELECT 1 FROM requests WHERE payment = ?1 AND currency != ?2 AND held > 0
UNION ALL SELECT 1 FROM refunds WHERE payment = ?1 AND currency != ?2 AND standing NOT IN ('failed', 'cancelled')"""


def repeated(key, print_, *, resend_for, lost_after):
    """The earlier request with this key, if there is one: it has ended, or it may be sent again.

    `resend_for`: seconds for which the provider recognises a repeated key; 0 if it never does. `lost_after`: seconds
    after which nobody can be sending it any more.
    """
    now = time.time()
    with ledger() as db:
        # The clock was set back: nobody knows any more how long ago these were sent.
        db.execute("UPDATE requests SET sent_at = 0 WHERE state != 'done' AND sent_at > ?", [now + lost_after])
        known = db.execute("SELECT * FROM requests WHERE key = ?", [key]).fetchone()
    if known and known["print"] != print_:
        raise Refused(422, "idempotency_key_reused")
    if not known or known["state"] == "done":
        return known
    age = now - known["sent_at"]
    if known["state"] == "sending" and age < lost_after:
        raise Refused(409, "idempotency_key_running", "running")
    # Nothing that the provider says later frees what it held for a contradiction.
    if age >= resend_for or known["held"] > known["asked"]:
        raise Refused(504, "outcome_unknown", "unknown")
    return known


def begin(key, print_, order, asked, expected, *, alone):
    """Writes a new request down. `alone`: only one request of a payment may be open."""
    payment, digits = order["payment"], order["digits"]
    with ledger() as db:
        if db.execute("SELECT 1 FROM requests WHERE key = ?", [key]).fetchone():
            raise Refused(409, "idempotency_key_running", "running")
        refunded, pending, foreign = sums(db, order)
        left = order["captured"] - refunded - pending
        figures = {"refundable": decimal(max(left, 0), digits), "currency": order["currency"]}
        if foreign and asked:
            raise Refused(422, "not_refundable", detail=foreign, **figures)
        if expected not in (None, figures["refundable"]):
            raise Refused(412, "refundable_changed", expected=expected, **figures)
        if alone and db.execute("SELECT 1 FROM requests WHERE payment = ? AND state != 'done'", [payment]).fetchone():
            raise Refused(409, "payment_busy")
        if asked > left:
            raise Refused(422, "amount_above_refundable", asked=decimal(asked, digits), **figures)
        row = [key, print_, payment, asked, asked, time.time(), order["currency"]]
        values = "VALUES (?, ?, ?, ?, ?, 'sending', 0, '', '', ?, ?)"
        db.execute(f"INSERT INTO requests (key, print, payment, held, asked, {SENT}) {values}", row)


def lost(key, least):
    """The answer was lost. The amount stays held: it may have been refunded. `least`: what the answer says, if more."""
    with ledger() as db:
        sql = "UPDATE requests SET state = 'unknown', held = max(held, ?) WHERE key = ? AND state != 'done'"
        db.execute(sql, [least, key])


def forget(key):
    """The provider has turned the request away unread: the same key may be sent again."""
    with ledger() as db:
        db.execute("DELETE FROM requests WHERE key = ? AND state = 'sending'", [key])


def settle(key, payment, currency, made, cancelled, answer):
    """Keeps the answer, counts the refunds made, `(id, amount, standing, status)`, and frees a cancelled one."""
    with ledger() as db:
        for id_, amount, standing, status in made:
            if db.execute("SELECT 1 FROM refunds WHERE id = ? AND key != ?", [id_, key]).fetchone():
                raise ValueError(f"the provider gave {id_}, the id of another refund")
            row = [id_, key, payment, amount, standing, status, currency]
            # The provider's list may have shown it before this answer came.
            mine = "ON CONFLICT (id) DO UPDATE SET key = excluded.key, amount = max(amount, excluded.amount)"
            db.execute(f"INSERT INTO refunds {MADE} VALUES (?, ?, ?, ?, ?, ?, ?, 0) {mine}", row)
        if cancelled:
            db.execute("UPDATE refunds SET standing = 'cancelled' WHERE id = ? AND standing = 'pending'", [cancelled])
        sql = "UPDATE requests SET state = 'done', held = 0, status = ?, type = ?, answer = ? WHERE key = ?"
        db.execute(sql, [*answer, key])
