"""What the provider says: JSON whose numbers keep every digit, and the refunds in it."""

import json
from decimal import Decimal

import ledger
from money import minor
from provider import IS_UQPAY, LOST

STANDINGS = {"INITIATED": "pending", "PROCESSING": "pending", "SUCCEEDED": "succeeded", "FAILED": "failed"}
STANDINGS |= {"REVERSAL_INITIATED": "reversing", "REVERSAL_PROCESSING": "reversing", "REVERSAL_SUCCEEDED": "reversed"}


def unique(pairs):
    if len(members := dict(pairs)) < len(pairs):
        raise ValueError("a member comes twice")
    return members


def parse(raw):
    """A JSON object whose numbers keep every digit."""
    value = json.loads(raw, parse_float=Decimal, parse_int=Decimal, object_pairs_hook=unique)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def dump(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{dump(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def refunds_in(body, asked, digits):
    """The refunds that the answer to a request reports."""
    data = body.get("data") or body
    if IS_UQPAY:
        word = data["refund_status"]
        return [(data["payment_refund_id"], asked, STANDINGS.get(word, "unrecognised"), word)]
    if data.get("isMultivendorRefund"):
        return []  # It only opened the second step.
    rows = data["responseData"]["generated"] if "responseData" in data else [data]
    return [(row["orderId"], minor(row["amount"], digits) if "amount" in row else asked, "pending", "") for row in rows]


def learn(id_, raw):
    """Keeps what the provider says of a refund. An answer that is no refund says nothing."""
    try:
        body = parse(raw)
        data = body.get("data") or body
        word = str(data.get("refund_status") or ("refunded" if data.get("is_refunded") in (True, 1) else ""))
    except LOST:
        return
    standing = "succeeded" if word == "refunded" else STANDINGS.get(word)
    if standing:
        ledger.learn(id_, standing, word)
