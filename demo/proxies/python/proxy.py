"""A thin refund proxy for <refund-form> in Python's standard library, with a ledger in SQLite.

It adds the provider's credentials, serves the paths below and no others, sends a key once, and never refunds more than
was captured. `refund-form verify` checks all of this.
"""

import hashlib, logging, re, sqlite3
from contextlib import contextmanager
from decimal import Decimal

import elsewhere, ledger, records
from answers import TURNED_AWAY, dump, judged, parse, refunds_in
from money import Refused, digits_of, minor
from orders import find_order
from provider import IS_UQPAY, LOST, PROVIDER, TIMEOUT, provider

BODY_LIMIT, BASE = 65536, f"/refunds/{PROVIDER}"
LOST_AFTER = 7 * TIMEOUT  # A write waits for the token of another one, gets one and sends the request, each up to twice.
RESEND_FOR = 86000 if IS_UQPAY else 0  # UQPAY knows a key for 24 hours, UPayments knows none.

ROW = "refundRequestId ibanNumber totalPaid refundedAmount remainingLimit amountToRefund merchantType".split()
CUSTOMER = "customerFirstName customerEmail customerMobileNumber reference requireApproval refundReason".split()
UQPAY_WRITES = {"/v2/payment/refunds": "payment_intent_id payment_attempt_id amount reason metadata".split()}
UPAYMENTS_WRITES = {
    "/create-refund": ["orderId", "totalPrice", *CUSTOMER],
    "/create-multivendor-refund": ["orderId", "refundPayload"],
    "/delete-refund": ["orderId", "refundOrderId"],
    "/delete-multivendor-refund": ["generatedInvoiceId", "orderId", "refundOrderId", "refundArn"],
}
WRITES = UQPAY_WRITES if IS_UQPAY else UPAYMENTS_WRITES  # The members that are passed on; all others are dropped.


def subject(path, raw):
    """The members to pass on, the rows of several vendors, the refund that a cancel names, and the payment."""
    try:
        body = parse(raw)
    except ValueError:
        raise Refused(400, "malformed_json")
    body = {name: body[name] for name in WRITES[path] if name in body}
    rows = None
    if "refundPayload" in WRITES[path]:
        rows = body.get("refundPayload")
        if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
            raise Refused(400, "invalid_request", detail="expected at least one row in refundPayload")
        rows = body["refundPayload"] = [{name: row[name] for name in ROW if name in row} for row in rows]
        # By these an answer names the rows that it refuses.
        names = [row.get("refundRequestId") for row in rows]
        if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
            raise Refused(400, "invalid_request", detail="expected a refundRequestId of its own in each row")
    if path.startswith("/delete"):
        return body, rows, body.get("orderId"), records.cancelled_by(body, WRITES[path])
    payment = body.get("payment_intent_id", body.get("orderId"))
    if not isinstance(payment, str) or not payment:
        raise Refused(400, "invalid_request", detail="expected the id of a payment")
    return body, rows, None, payment


def key_of(headers):
    """The idempotency key: a UUID, which is the same in upper case. UQPAY takes no other."""
    key = headers.get("Idempotency-Key") or ""
    if not key:
        raise Refused(400, "idempotency_key_required")
    if not re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", key):
        raise Refused(400, "idempotency_key_invalid", detail="expected a UUID of 36 characters")
    return key.lower()


@contextmanager
def unless_begun(key):
    """A refusal before the send says nothing of an earlier request with the same key, or of one that has begun meanwhile."""
    try:
        yield
    except Refused as refusal:
        if records.knows(key):
            refusal.effect = "unknown"
        raise


def look(path, key, raw):
    """What to read at the provider before a new refund is sent. Nothing for a key that is known, and for a cancel."""
    with unless_begun(key):
        _, _, cancels, payment = subject(path, raw)
        return None if cancels or records.knows(key) else elsewhere.plan(find_order(payment))


def prepare(path, key, raw, expected, order=None):
    """Writes a request down. Returns what to send, what `conclude` has to know, and the stored answer if there is one."""
    body, rows, cancels, payment = subject(path, raw)
    text = dump(body)
    print_ = hashlib.sha256(f"{path} {text}".encode()).hexdigest()
    known = ledger.repeated(key, print_, resend_for=RESEND_FOR, lost_after=LOST_AFTER)
    if known and known["state"] == "done":
        return text, None, known
    with unless_begun(key):
        order = order or find_order(payment)
        each = [] if cancels else rows or [body]
        amounts = [row.get("amountToRefund", row.get("totalPrice", row.get("amount"))) for row in each]
        # UQPAY takes a text, UPayments a number. The other one it may read as another amount, or not at all.
        if not all(isinstance(amount, str if IS_UQPAY else Decimal) for amount in amounts):
            raise Refused(400, "invalid_request", detail=f"expected the amount as a {'text' if IS_UQPAY else 'number'}")
        amounts = [minor(amount, order["digits"]) for amount in amounts]
    request = {"key": key, "payment": payment, "cancels": cancels, "sent": known is not None}
    request["rows"] = [(row["refundRequestId"], amount) for row, amount in zip(rows or [], amounts)]
    if known:
        # The order may be in another currency by now. The answer is about what was asked for first.
        currency, asked = known["currency"] or order["currency"], known["asked"]
        captured = max(order["captured"], asked + 1)
    else:
        currency, asked, captured = order["currency"], sum(amounts), order["captured"]
        ledger.begin(key, print_, order, asked, None if cancels else expected, alone=not IS_UQPAY)
    figures = {"currency": currency, "digits": digits_of(currency), "asked": asked, "captured": captured}
    return text, {**request, **figures}, None


def conclude(request, status, kind, answer):
    """Writes down what an answer says, or that it says nothing about the money. After the send nothing else may happen."""
    key = request["key"]
    try:
        body = {} if status in TURNED_AWAY else parse(answer)
        verdict = judged(status, body, request["sent"])
        if verdict == "unknown":
            raise ValueError(f"{status} says nothing about the money")
        if verdict == "unsent":
            return ledger.forget(key)
        made, cancels = (refunds_in(body, request), request["cancels"]) if verdict == "made" else ([], None)
        ledger.settle(key, request["payment"], request["currency"], made, cancels, (status, kind, answer))
    except Exception as error:
        raise lost(key, error)


def lost(key, why):
    logging.error("the outcome of %s is not known: %r", key, why)
    try:
        ledger.lost(key, getattr(why, "least", 0))
    except sqlite3.Error as error:
        logging.error("%s stays in state sending: %s", key, error)
    return Refused(504, "outcome_unknown", "unknown")


def write(path, key, raw, expected):
    if plan := look(path, key, raw):
        with unless_begun(key):
            elsewhere.admit(plan, read_all(plan))
    text, request, stored = prepare(path, key, raw, expected, plan and plan["order"])
    if stored:
        return stored["status"], {"Content-Type": stored["type"], "Idempotent-Replayed": "true"}, stored["answer"]
    try:
        status, headers, answer = provider("POST", path, text, key)
    except Refused as refusal:  # There is no token, so this time nothing was sent.
        if request["sent"]:
            raise lost(key, refusal.code)
        ledger.forget(key)
        raise
    except Exception as error:
        raise lost(key, error)
    conclude(request, status, headers.get("Content-Type", ""), answer)
    return status, headers, answer


def read_all(plan):
    try:
        return [(status, raw) for status, _, raw in (provider("GET", path) for path in plan["paths"])]
    except LOST as error:
        logging.error("the provider's refunds of %s cannot be read: %r", plan["order"]["payment"], error)
        raise Refused(502, "provider_unreachable", detail="the provider's refunds of this payment cannot be read")
