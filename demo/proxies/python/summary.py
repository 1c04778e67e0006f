"""The payment as the form reads it, with every request whose key a browser may hold."""

from answers import parse
from ledger import ledger, sums
from money import decimal, digits_of
from provider import LOST


def summary(order):
    payment, digits, captured = order["payment"], order["digits"], order["captured"]
    with ledger() as db:
        refunded, pending, foreign = sums(db, order)
        asked = db.execute("SELECT * FROM requests WHERE payment = ? AND asked > 0", [payment]).fetchall()
        made = db.execute("SELECT * FROM refunds WHERE payment = ?", [payment]).fetchall()
    with_refund, listed = {row["key"] for row in made}, []
    for row in asked:
        if row["key"] not in with_refund:
            ended = {"standing": "failed", "ended": ending(row)} if row["state"] == "done" else {"standing": "unknown"}
            listed.append({"idempotency_key": row["key"], **amount_of(row, "asked", order), "status": "", **ended})
    for row in made:
        refund = {"refund_id": row["id"], "idempotency_key": row["key"], **amount_of(row, "amount", order)}
        listed.append({**refund, "status": row["status"], "standing": row["standing"]})
    left = max(captured - refunded - pending, 0)
    figures = {"captured": captured, "refunded": refunded, "pending": pending, "refundable": left}
    amounts = {name: decimal(value, digits) for name, value in figures.items()}
    more = {"payment_method": order["payment_method"], "refunds": listed}
    if foreign:
        more["not_refundable"] = foreign
    return {"payment_id": payment, "currency": order["currency"], **amounts, **more}


def amount_of(row, column, order):
    """In the currency that it was asked or made in, which is named if it is not the order's."""
    amount = {"amount": decimal(row[column], digits_of(row["currency"]))}
    return amount if row["currency"] == order["currency"] else {**amount, "currency": row["currency"]}


def ending(row):
    """Why a request that has ended made no refund."""
    if row["status"] == 410:
        return "nothing"  # A person has settled it (README.md).
    try:
        has_opened = row["status"] < 300 and parse(row["answer"])["data"]["isMultivendorRefund"] is True
    except LOST:
        has_opened = False
    return "vendors_opened" if has_opened else "refused"  # It only opened the second step.
