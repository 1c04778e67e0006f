"""A thin refund proxy for <refund-form> in Python's standard library, with a ledger in SQLite.

It adds the provider's credentials, serves the paths below and no others, sends a key once, and never refunds more than
was captured. `refund-form verify` checks all of this.
"""

import hashlib, hmac, json, logging, os, re, time
from decimal import Decimal
from urllib.parse import quote, urlsplit

import ledger
from ledger import Refused, minor
from provider import IS_UQPAY, LOST, PROVIDER, TIMEOUT, call, provider, setting

ENV = os.environ
ORDERS = setting("REFUND_ORDERS")  # http://shop.internal/orders/{id}
BODY_LIMIT, BASE = 65536, f"/refunds/{PROVIDER}"
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
READS = ["/v2/payment/refunds/"] if IS_UQPAY else ["/check-refund/", "/check-refund-status/"]
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


def find_order(payment):
    """What was captured, from the merchant's own orders and never from the browser."""
    shop = urlsplit(ORDERS.replace("{id}", quote(payment, safe="")))
    try:
        status, _, raw = call("GET", shop.path, to=shop._replace(path=""))
        order = parse(raw) if status == 200 else None
    except LOST:
        raise Refused(503, "orders_unavailable")
    if not order:
        raise Refused(404, "payment_not_found")
    digits = ledger.DIGITS.get(order["currency"], 2)
    return order["currency"], digits, minor(order["captured"], digits)


def prepare(path, key, raw, expected):
    """Writes a request down. Returns what to send, what `conclude` has to know, and the stored answer if there is one."""
    try:
        body = parse(raw)
    except ValueError:
        raise Refused(400, "malformed_json")
    body = {name: body[name] for name in WRITES[path] if name in body}
    if "refundPayload" in body:
        rows = [row for row in (body["refundPayload"] or []) if isinstance(row, dict)]
        body["refundPayload"] = [{name: row[name] for name in ROW if name in row} for row in rows]
    cancels = str(body.get("orderId")) if path.startswith("/delete") else None
    payment = ledger.payment_of(cancels) if cancels else body.get("payment_intent_id", body.get("orderId"))
    if not isinstance(payment, str) or not payment:
        raise Refused(400, "invalid_request", detail="expected the id of a payment, or of a refund made here")
    currency, digits, captured = find_order(payment)
    rows = [] if cancels else body.get("refundPayload", [body])
    if not rows and not cancels:
        raise Refused(400, "invalid_request", detail="expected at least one row in refundPayload")
    asked = sum(minor(row.get("amountToRefund", row.get("totalPrice", row.get("amount"))), digits) for row in rows)
    text = dump(body)
    print_ = hashlib.sha256(f"{path} {text}".encode()).hexdigest()
    rules = {"currency": currency, "digits": digits, "resend_for": RESEND_FOR, "alone": not IS_UQPAY}
    assumed = None if cancels else expected
    sent, known = ledger.begin(key, print_, payment, asked, captured, assumed, lost_after=5 * TIMEOUT, **rules)
    return text, [key, payment, asked, digits, cancels, sent], known


def conclude(context, status, kind, answer):
    """Writes down what an answer says, or that it says nothing about the money."""
    key, payment, asked, digits, cancels, sent = context
    try:
        body = parse(answer)
        is_refusal = 400 <= status < 499 and status not in (408, 409) or body.get("status") is False and not body.get("data")
        if status >= 500 or (sent if is_refusal else status >= 300):
            raise ValueError("it says nothing about the money")
        made = [] if is_refusal or cancels else refunds_in(body, asked, digits)
        if status in (401, 413, 429):
            ledger.forget(key)
        else:
            ledger.settle(key, payment, made, None if is_refusal else cancels, (status, kind, answer))
    except (*LOST, Refused) as error:
        raise lost(key, error)


def lost(key, why):
    logging.error("the outcome of %s is not known: %s", key, why)
    ledger.lost(key)
    return Refused(504, "outcome_unknown", "unknown")


def write(path, key, raw, expected):
    text, context, known = prepare(path, key, raw, expected)
    if known:
        return known["status"], {"Content-Type": known["type"], "Idempotent-Replayed": "true"}, known["answer"]
    try:
        status, headers, answer = provider("POST", path, text, key)
    except LOST as error:
        raise lost(key, error)
    except Refused as refused:  # There is no token, so this time nothing was sent.
        if context[-1]:
            raise lost(key, refused.code)
        ledger.forget(key)
        raise
    conclude(context, status, headers.get("Content-Type", ""), answer)
    return status, headers, answer


def refunds_in(body, asked, digits):
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


def read(path, id_):
    """A read of the provider, passed on as it came."""
    if re.search(r"[/\\]|^\.*$", id_):
        raise Refused(404, "path_not_allowed")
    try:
        status, headers, raw = provider("GET", path + quote(id_, safe=""))
    except LOST:
        raise Refused(502, "provider_unreachable")
    if status == 200:
        learn(id_, raw)
    return status, headers, raw


def webhook(headers, raw):
    """UPayments signs nothing, so its callbacks are refused: a read of the refund tells the same."""
    stamp, secret = headers.get("x-wk-timestamp", ""), ENV.get("REFUND_WEBHOOK_SECRET", "").encode()
    signature = hmac.new(secret, raw + stamp.encode(), "sha512").hexdigest()
    is_fresh = re.fullmatch("[0-9]{1,16}", stamp) and abs(time.time() - int(stamp) / 1000) <= 300
    given = headers.get("x-wk-signature", "").encode()
    if not IS_UQPAY or not is_fresh or not hmac.compare_digest(signature.encode(), given):
        raise Refused(401, "webhook_refused")
    data = parse(raw).get("data", {})
    learn(data.get("payment_refund_id"), dump(data))
    return 200, {"Content-Type": "application/json"}, b"{}"
