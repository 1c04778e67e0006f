"""What the provider says: JSON whose numbers keep every digit, and the refunds in it."""

import json
import re
from decimal import Decimal

from money import Refused, digits_of, is_currency, minor
from provider import IS_UQPAY

STANDINGS = {"INITIATED": "pending", "PROCESSING": "pending", "SUCCEEDED": "succeeded", "FAILED": "failed"}
STANDINGS |= {"REVERSAL_INITIATED": "reversing", "REVERSAL_PROCESSING": "reversing", "REVERSAL_SUCCEEDED": "reversed"}
TURNED_AWAY = (401, 413, 429)  # Before the request was read, whoever says it: the same key may be sent again.
# Only these of UQPAY's errors speak of the refund itself, whichever send they answer.
OF_THE_REFUND = ("invalid_request_error", "payment_error", "refund_error")
GENERATED = re.compile(r'generated\\*":[\[{][^\]}]').search  # A list of refunds that were made, also within a text.
ROW_LISTS = ("dataTempered", "refundIssue", "insufficientBalance")
VENDOR_TEXTS = ("refundRequestId", "ibanNumber", "totalPaid", "merchantType")
VENDOR_NUMBERS = ("refundedAmount", "remainingLimit", "amountToRefund")


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
    return isinstance(body, dict) and all(isinstance(body.get(name), str) for name in names)


def is_empty(value):
    """A number and a boolean hold nothing, either."""
    return not isinstance(value, (str, list, dict)) or not value


def judged(status, body, resent):
    """`unsent`: the same key may be sent again. `refused`: the provider says no, in its own form of an error. UPayments
    may say it with a 2xx. `made`: see `refunds_in`. `unknown`: it says nothing about the money."""
    says_no = 400 <= status < 499 and status not in (408, 409)
    if IS_UQPAY:
        # An idempotency_error says that UQPAY knows the key from another body: a ledger that was lost may have sent it.
        is_error = has_texts(body, "type", "code", "message") and body["type"] != "idempotency_error"
        is_unsent = says_no and is_error and body["code"] == "velocity_limit_exceeded"
        # Had the first send been carried out, a repeat would get its answer: so no other refusal of a repeat is about it.
        is_refused = says_no and is_error and (body["type"] in OF_THE_REFUND if resent else body["type"] != "api_error")
    else:
        is_error, is_unsent = body.get("status") is False and has_texts(body, "message"), False
        # Beside a vendor's refund that a second step has made, a refusal is only of the others.
        has_none = not GENERATED(dump(body)) if says_no else status < 300 and is_empty(body.get("data"))
        is_refused = not resent and is_error and has_none
    if status in TURNED_AWAY or is_unsent:
        return "unknown" if resent else "unsent"
    return "refused" if is_refused else "made" if status < 300 else "unknown"


def refunds_in(body, request):
    """The refunds that a 2xx to a request reports, in the provider's own form of a success: any other says nothing."""
    if IS_UQPAY:
        made = [of_request(row_of(body, request), request)]
    elif body["status"] is not True:
        raise ValueError("its status is not true")
    elif request["cancels"]:
        return []
    elif request["rows"]:
        made = of_vendors(body["data"]["responseData"], request)
    elif (opened := body["data"].get("isMultivendorRefund")) is True:
        check_opened(body["data"], request)
        return []  # It only opened the second step.
    elif opened is not None and opened is not False:
        raise ValueError("it does not say whether it is a refund")
    else:
        made = [(text(body["data"], "orderId"), request["asked"], "pending", "")]
    if len({id_ for id_, *_ in made}) < len(made):
        raise ValueError("two refunds have one id")
    return made


def check_opened(data, request):
    """Vendors' rows that cannot be read, or that come with a refund's ids, may be a refund."""
    of_vendor = all(
        has_texts(row, *VENDOR_TEXTS) and all(isinstance(row.get(name), Decimal) for name in VENDOR_NUMBERS)
        for row in list_in(data, "refundPayload")
    )
    is_refund = any(data.get(name) is not None for name in ("refundOrderId", "refundArn"))
    if not of_vendor or is_refund or not has_texts(data, "multivendor_refund_end_point"):
        raise ValueError("it does not say whether it only opened a refund over several vendors")
    if data["orderId"] != request["payment"]:
        raise ValueError("it is about another payment")


def of_vendors(lists, request):
    """The refunds of an answer over several vendors. It names the rows that it refuses, and has an amount for each other
    one: what does not match says nothing of any row, because nobody knows which of them was carried out."""
    refused = {text(row, "refundRequestId") for name in ROW_LISTS for row in list_in(lists, name)}
    generated = list_in(lists, "generated")
    made = [(text(row, "orderId"), minor(row["amount"], request["digits"]), "pending", "") for row in generated]
    amounts = [amount for _, amount, _, _ in made]
    if (said := sum(amounts)) > request["asked"]:
        # No payment has as much as an integer of the ledger takes: what is held stays a number that can be added up.
        least = min(said, request["captured"])
        raise Contradicted(f"{request['asked']} minor units were asked for, {said} are said", least)
    if sorted(amounts) != sorted(amount for id_, amount in request["rows"] if id_ not in refused):
        raise ValueError("it does not say what became of each row")
    return made


def of_request(row, request):
    """The refund of an answer of UQPAY, if it is the one that was asked for."""
    *refund, currency = row
    if currency != request["currency"]:
        raise Contradicted(f"it is in {currency}", request["captured"])
    if (said := refund[1]) != request["asked"]:
        raise Contradicted(f"{request['asked']} minor units were asked for, {said} are said", said)
    return refund


def row_of(row, order):
    """A refund of UQPAY: its id, amount, standing, status and currency."""
    id_, word, currency = text(row, "payment_refund_id"), text(row, "refund_status"), text(row, "currency")
    if row.get("payment_intent_id") not in (None, order["payment"]):
        raise Contradicted("it is of another payment", order.get("captured", 0))
    if not is_currency(currency):
        raise ValueError("it has no currency")
    try:
        amount = minor(row["amount"], digits_of(currency), least=0)
    except Refused:
        raise ValueError("it has no amount")
    return id_, amount, STANDINGS.get(word, "unrecognised"), word, currency
