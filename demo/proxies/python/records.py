"""The refunds in the ledger, and what the provider says of them after its first answer."""

from decimal import Decimal

from answers import parse
from ledger import MADE, ledger, name_currency
from money import Refused
from provider import LOST

LATER = """standing IN ('pending', 'unrecognised') OR standing IN ('succeeded', 'reversing') AND ?1 LIKE 'revers%'
  OR standing IN ('failed', 'cancelled') AND (?1 = 'succeeded' OR ?1 LIKE 'revers%')"""
LEARN = f"""UPDATE refunds SET standing = ?1, status = ?2 WHERE id = ?3 AND amount = ifnull(?4, amount)
  AND (?5 IS NULL OR currency IS NULL OR currency = ?5) AND ({LATER})"""
# Nobody knows which of two amounts is true: the larger one counts until a person has settled it.
DISPUTE = """UPDATE refunds SET standing = 'unknown', status = 'contradiction',
  amount = CASE currency WHEN ?2 THEN max(amount, ?1) ELSE amount END
  WHERE id = ?3 AND (amount != ?1 OR currency != ?2)"""


def learn(id_, standing, status, amount=None, currency=None):
    """What the provider says of a refund. Only a pending one can fail. One that succeeded after all counts again.

    `amount` and `currency`: as the provider says them. If they are not the refund's, nothing is learned.
    """
    with ledger() as db:
        db.execute(LEARN, [standing, status, id_, amount, currency])


def observe(order, listed):
    """What the provider lists. A refund that is not known was made elsewhere, or its answer has not come: it has no key."""
    with ledger() as db:
        name_currency(db, order)
        for id_, amount, standing, status, currency in listed:
            row = [id_, order["payment"], amount, standing, status, currency]
            db.execute(f"INSERT OR IGNORE INTO refunds {MADE} VALUES (?, NULL, ?, ?, ?, ?, ?, 0)", row)
            db.execute(DISPUTE, [amount, currency, id_])
            db.execute(LEARN, [standing, status, id_, amount, currency])


def knows(key):
    with ledger() as db:
        return db.execute("SELECT 1 FROM requests WHERE key = ?", [key]).fetchone() is not None


def known(payment):
    """The refund of each id that the provider gave one, the ids of the pending ones, how many of them count, how many
    requests are open, and whether a list has shown that the provider lists refunds by these ids."""
    with ledger() as db:
        joined = "SELECT refunds.*, answer FROM refunds LEFT JOIN requests USING (key) WHERE refunds.payment = ?"
        made = db.execute(joined, [payment]).fetchall()
        open_ = db.execute("SELECT count(*) FROM requests WHERE payment = ? AND state != 'done'", [payment]).fetchone()[0]
        # How it lists a refund over several vendors, only the list of such a payment tells.
        vendors = "SELECT 1 FROM requests WHERE payment = ? AND instr(answer, '\"generated\"')"
        any_ = "SELECT 1 FROM refunds WHERE listed = 1 LIMIT 1"
        named = any(row["listed"] for row in made)
        if not named and not db.execute(vendors, [payment]).fetchone():
            named = db.execute(any_).fetchone() is not None
    held = [row for row in made if row["standing"] not in ("failed", "cancelled")]
    pending = [row["id"] for row in made if row["standing"] == "pending"]
    ids = {row["id"]: row["id"] for row in made}
    for row in made:
        given = ids_in(row["answer"], row["id"])
        ids |= {str(given[name]): row["id"] for name in IDS if is_id(given.get(name), True)}
    return {"ids": ids, "pending": pending, "held": len(held), "open": open_, "named": named}


def note_listed(ids):
    """A list has shown these. An id that a person wrote down says nothing of how the provider lists refunds."""
    with ledger() as db:
        for id_ in ids:
            by_provider = "key IN (SELECT key FROM requests WHERE status < 300)"
            db.execute(f"UPDATE refunds SET listed = 1 WHERE id = ? AND {by_provider}", [id_])


def payment_of(id_):
    with ledger() as db:
        found = db.execute("SELECT payment FROM refunds WHERE id = ?", [id_]).fetchone()
    return found and found["payment"]


def cancelled_by(body, names):
    """The payment of the refund that a cancel names, if all its ids are those of one answer and of its kind of refund."""
    id_ = body.get("orderId")
    with ledger() as db:
        sql = "SELECT refunds.payment, answer FROM refunds JOIN requests USING (key) WHERE refunds.id = ?"
        found = db.execute(sql, [id_ if isinstance(id_, str) else None]).fetchone()
    ids = ids_in(found["answer"], id_) if found else {}
    if not ids:
        raise Refused(404, "payment_not_found", detail="this proxy has made no refund with these ids")
    invoice = "generatedInvoiceId"
    same = all(
        is_id(body.get(name), name == invoice) and is_id(ids.get(name), True) and str(body[name]) == str(ids[name])
        for name in names
    )
    if not same or (ids.get(invoice) is not None) != (invoice in names):
        words = "the ids do not belong together: send all of them as the create answer gave them"
        raise Refused(400, "invalid_request", detail=words)
    return found["payment"]


IDS = ("orderId", "refundOrderId", "refundArn", "generatedInvoiceId")


def is_id(value, may_be_number):
    return isinstance(value, (str, Decimal) if may_be_number else str) and value != ""


def ids_in(answer, id_):
    """What the answer to a request of UPayments says of a refund: nothing if a person has settled the request."""
    try:
        data = parse(answer)["data"]
        rows = data["responseData"]["generated"] if data.get("responseData") is not None else [data]
        return next((row for row in rows if row.get("orderId") == id_), {})
    except LOST:
        return {}
