"""The ledger: every request is written here before it is sent."""

import os, sqlite3, sys, time
from contextlib import contextmanager

import settings
from money import Refused, decimal

SCHEMA = """PRAGMA journal_mode = WAL;
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, print TEXT, payment TEXT, held INTEGER, asked INTEGER,
  state TEXT, status INTEGER, type TEXT, answer BLOB, sent_at REAL);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, key TEXT, payment TEXT, amount INTEGER, standing TEXT,
  status TEXT);
CREATE INDEX IF NOT EXISTS requests_of_payment ON requests (payment);
CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (payment);"""


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
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        sys.exit(f"REFUND_LEDGER: {file} cannot be opened ({why}): correct it {settings.WHERE}")


def sums(db, payment, told):
    """What is refunded, and what is held for requests and refunds that may still be carried out.

    `told`: what the order says was refunded elsewhere. The refunds without a key may be a part of it.
    """

    def total(column, rest):
        return db.execute(f"SELECT ifnull(sum({column}), 0) FROM {rest}", [payment]).fetchone()[0]

    refunded = total("amount", "refunds WHERE payment = ? AND standing = 'succeeded'")
    elsewhere = total("amount", "refunds WHERE payment = ? AND key IS NULL AND standing NOT IN ('failed', 'cancelled')")
    open_ = total("amount", "refunds WHERE payment = ? AND standing NOT IN ('succeeded', 'failed', 'cancelled')")
    return refunded + max(told - elsewhere, 0), open_ + total("held", "requests WHERE payment = ?")


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
        left = order["captured"] - sum(sums(db, payment, order["told"]))
        figures = {"refundable": decimal(max(left, 0), digits), "currency": order["currency"]}
        if expected not in (None, figures["refundable"]):
            raise Refused(412, "refundable_changed", expected=expected, **figures)
        if alone and db.execute("SELECT 1 FROM requests WHERE payment = ? AND state != 'done'", [payment]).fetchone():
            raise Refused(409, "payment_busy")
        if asked > left:
            raise Refused(422, "amount_above_refundable", asked=decimal(asked, digits), **figures)
        row = [key, print_, payment, asked, asked, time.time()]
        db.execute("INSERT INTO requests VALUES (?, ?, ?, ?, ?, 'sending', 0, '', '', ?)", row)


def lost(key, least):
    """The answer was lost. The amount stays held: it may have been refunded. `least`: what the answer says, if more."""
    with ledger() as db:
        sql = "UPDATE requests SET state = 'unknown', held = max(held, ?) WHERE key = ? AND state != 'done'"
        db.execute(sql, [least, key])


def forget(key):
    """The provider has turned the request away unread: the same key may be sent again."""
    with ledger() as db:
        db.execute("DELETE FROM requests WHERE key = ? AND state = 'sending'", [key])


def settle(key, payment, made, cancelled, answer):
    """Keeps the answer, counts the refunds made, `(id, amount, standing, status)`, and frees a cancelled one."""
    with ledger() as db:
        for id_, amount, standing, status in made:
            if db.execute("SELECT 1 FROM refunds WHERE id = ? AND key != ?", [id_, key]).fetchone():
                raise ValueError(f"the provider gave {id_}, the id of another refund")
            row = [id_, key, payment, amount, standing, status]
            # The provider's list may have shown it before this answer came.
            mine = "ON CONFLICT (id) DO UPDATE SET key = excluded.key, amount = max(amount, excluded.amount)"
            db.execute(f"INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?) {mine}", row)
        if cancelled:
            db.execute("UPDATE refunds SET standing = 'cancelled' WHERE id = ? AND standing = 'pending'", [cancelled])
        sql = "UPDATE requests SET state = 'done', held = 0, status = ?, type = ?, answer = ? WHERE key = ?"
        db.execute(sql, [*answer, key])


LATER = """standing IN ('pending', 'unrecognised') OR standing IN ('succeeded', 'reversing') AND ?1 LIKE 'revers%'
  OR standing IN ('failed', 'cancelled') AND (?1 = 'succeeded' OR ?1 LIKE 'revers%')"""
LEARN = f"UPDATE refunds SET standing = ?1, status = ?2 WHERE id = ?3 AND amount = ifnull(?4, amount) AND ({LATER})"
# Nobody knows which of two amounts is true: the larger one counts until a person has settled it.
DISPUTE = """UPDATE refunds SET standing = 'unknown', status = 'contradiction', amount = max(amount, ?1)
  WHERE id = ?2 AND amount != ?1"""


def learn(id_, amount, standing, status):
    """What the provider says of a refund. Only a pending one can fail. One that succeeded after all counts again.

    `amount`: as the provider says it, or None. If it is not the refund's, nothing is learned.
    """
    with ledger() as db:
        db.execute(LEARN, [standing, status, id_, amount])


def observe(payment, listed):
    """What the provider lists. A refund that is not known was made elsewhere, or its answer has not come: it has no key."""
    with ledger() as db:
        for id_, amount, standing, status in listed:
            row = [id_, payment, amount, standing, status]
            db.execute("INSERT OR IGNORE INTO refunds VALUES (?, NULL, ?, ?, ?, ?)", row)
            db.execute(DISPUTE, [amount, id_])
            db.execute(LEARN, [standing, status, id_, amount])


def knows(key):
    with ledger() as db:
        return db.execute("SELECT 1 FROM requests WHERE key = ?", [key]).fetchone() is not None


def known(payment):
    """The ids of the refunds and of the pending ones, how many of them count, and how many requests are open."""
    with ledger() as db:
        made = db.execute("SELECT id, standing FROM refunds WHERE payment = ?", [payment]).fetchall()
        open_ = db.execute("SELECT count(*) FROM requests WHERE payment = ? AND state != 'done'", [payment]).fetchone()[0]
    held = [row for row in made if row["standing"] not in ("failed", "cancelled")]
    pending = [row["id"] for row in made if row["standing"] == "pending"]
    return {"ids": [row["id"] for row in made], "pending": pending, "held": len(held), "open": open_}


def payment_of(id_):
    with ledger() as db:
        found = db.execute("SELECT payment FROM refunds WHERE id = ?", [id_]).fetchone()
    return found and found["payment"]


def summary(order):
    """The payment as the form reads it, with every request whose key a browser may hold."""
    payment, digits, captured = order["payment"], order["digits"], order["captured"]
    with ledger() as db:
        refunded, pending = sums(db, payment, order["told"])
        asked = db.execute("SELECT * FROM requests WHERE payment = ? AND asked > 0", [payment]).fetchall()
        made = db.execute("SELECT * FROM refunds WHERE payment = ?", [payment]).fetchall()
    with_refund, listed = {row["key"] for row in made}, []
    for row in asked:
        if row["key"] not in with_refund:
            how = "nothing" if row["status"] == 410 else "refused"  # 410: a person has settled it (README.md).
            ended = {"standing": "failed", "ended": how} if row["state"] == "done" else {"standing": "unknown"}
            listed.append({"idempotency_key": row["key"], "amount": decimal(row["asked"], digits), "status": "", **ended})
    for row in made:
        refund = {"refund_id": row["id"], "idempotency_key": row["key"], "amount": decimal(row["amount"], digits)}
        listed.append({**refund, "status": row["status"], "standing": row["standing"]})
    left = max(captured - refunded - pending, 0)
    figures = {"captured": captured, "refunded": refunded, "pending": pending, "refundable": left}
    amounts = {name: decimal(value, digits) for name, value in figures.items()}
    more = {"payment_method": order["payment_method"], "refunds": listed}
    return {"payment_id": payment, "currency": order["currency"], **amounts, **more}
