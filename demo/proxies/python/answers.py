"""What the provider says: JSON whose numbers keep every digit, and the refunds in it."""

import json
from decimal import Decimal

from money import Refused, minor
from provider import IS_UQPAY

STANDINGS = {"INITIATED": "pending", "PROCESSING": "pending", "SUCCEEDED": "succeeded", "FAILED": "failed"}
STANDINGS |= {"REVERSAL_INITIATED": "reversing", "REVERSAL_PROCESSING": "reversing", "REVERSAL_SUCCEEDED": "reversed"}
TURNED_AWAY = (401, 413, 429)  # Before the request was read, whoever says it: the same key may be sent again.
ROW_LISTS = ("generated", "dataTempered", "refundIssue", "insufficientBalance")


class Contradicted(ValueError):
    """The answer differs from what was asked. `least`: minor units that must stay held for what it says."""

    def __init__(self, why, least):
        super().__init__(why)
        self.least = least


def unique(pairs):
    if len(members := dict(pairs)) < len(pairs):
        raise ValueError("a member comes twice")
    return members


def no_number(word):
    raise ValueError(f"{word} is no JSON")


def parse(raw):
    """A JSON object whose numbers keep every digit. It has no text that no database takes, and it can be written again."""
    hooks = {"parse_float": Decimal, "parse_int": Decimal, "parse_constant": no_number, "object_pairs_hook": unique}
    try:
        value = json.loads(raw, **hooks)
        dump(value).encode()
        json.dumps(value, ensure_ascii=False, default=str).encode()  # It fails at half of a surrogate pair.
    except (RecursionError, ArithmeticError):
        raise ValueError("it is nested too deep, or a number has too many digits")
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def dump(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{dump(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(dump, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value)


def text(members, name):
    if not isinstance(found := members[name], str) or not found:
        raise ValueError(f"{name} is no text")
    return found


def list_in(members, name):
    """A list that is missing, or is none, may hide a refund that has taken the money."""
    if not isinstance(found := members[name], list):
        raise ValueError(f"{name} is no list")
    return found


def has_texts(body, *names):
    return all(isinstance(body.get(name), str) for name in names)


def is_empty(value):
    """A number and a boolean hold nothing, either."""
    return not isinstance(value, (str, list, dict)) or not value


def refused(status, body):
    """Whether the provider says no, in its own form of an error. UPayments may say it with a 2xx."""
    if status in TURNED_AWAY:
        return True
    says_no = 400 <= status < 499 and status not in (408, 409)
    if IS_UQPAY:
        # An idempotency_error says that UQPAY knows the key from another body: a ledger that was lost may have sent it.
        is_error = has_texts(body, "type", "code", "message")
        return says_no and is_error and body["type"] not in ("api_error", "idempotency_error")
    is_error = body.get("status") is False and has_texts(body, "message")
    return is_error and (says_no or status < 300 and is_empty(body.get("data")))


def refunds_in(body, request):
    """The refunds that a 2xx to a request reports, in the provider's own form of a success: any other says nothing."""
    if IS_UQPAY:
        made = [row_of(body, request)]
    elif body["status"] is not True:
        raise ValueError("its status is not true")
    elif request["cancels"]:
        return []
    elif request["rows"]:
        lists = {name: list_in(body["data"]["responseData"], name) for name in ROW_LISTS}
        if sum(map(len, lists.values())) != request["rows"]:
            raise ValueError("it does not say what became of each row")
        made = [(text(row, "orderId"), minor(row["amount"], request["digits"]), "pending", "") for row in lists["generated"]]
    elif (opened := body["data"].get("isMultivendorRefund")) is True:
        list_in(body["data"], "refundPayload")
        if body["data"]["orderId"] != request["payment"]:
            raise ValueError("it is about another payment")
        return []  # It only opened the second step.
    elif opened is not None and opened is not False:
        raise ValueError("it does not say whether it is a refund")
    else:
        made = [(text(body["data"], "orderId"), request["asked"], "pending", "")]
    said = sum(amount for _, amount, _, _ in made)
    if said > request["asked"] or IS_UQPAY and said != request["asked"]:
        raise Contradicted(f"{request['asked']} minor units were asked for, {said} are said", said)
    if len({id_ for id_, *_ in made}) < len(made):
        raise ValueError("two refunds have one id")
    return made


def row_of(row, order):
    """A refund of UQPAY: its id, amount, standing and status."""
    id_, word, currency = text(row, "payment_refund_id"), text(row, "refund_status"), text(row, "currency")
    if row.get("payment_intent_id") not in (None, order["payment"]) or currency != order["currency"]:
        raise Contradicted(f"it is of another payment or in {currency}", order["captured"])
    try:
        amount = minor(row["amount"], order["digits"])
    except Refused:
        raise ValueError("it has no amount")
    return id_, amount, STANDINGS.get(word, "unrecognised"), word
