"""A thin refund proxy for <refund-form> in Python's standard library, with a ledger in SQLite.

It adds the provider's credentials, serves the paths below and no others, sends a key once, and never refunds more than
was captured. `refund-form verify` checks all of this.
"""

import hashlib, logging, re
from decimal import Decimal
from urllib.parse import quote, urlsplit

import elsewhere, ledger, settings
from answers import dump, learn, parse, refunds_in
from money import DIGITS, Refused, minor
from provider import IS_UQPAY, LOST, PROVIDER, TIMEOUT, call, provider

ORDERS = settings.orders()
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


def find_order(payment):
    """What was captured and what was refunded elsewhere, from the merchant's own orders and never from the browser."""
    shop = urlsplit(ORDERS.replace("{id}", quote(payment, safe="")))
    try:
        status, _, raw = call("GET", shop.path + (f"?{shop.query}" if shop.query else ""), to=shop._replace(path=""))
    except LOST as error:
        raise no_order(shop.path, f"got no answer ({type(error).__name__})")
    if status == 404:
        raise Refused(404, "payment_not_found")
    if status != 200:
        raise no_order(shop.path, f"answered {status}")
    try:
        order = parse(raw)
    except ValueError:
        raise no_order(shop.path, "answered something that is no JSON object")
    if not isinstance(currency := order.get("currency"), str):
        raise no_order(shop.path, "has no currency")
    figures = {"payment": payment, "currency": currency, "digits": DIGITS.get(currency, 2)}
    for name, member in (("captured", "captured"), ("told", "refunded_elsewhere")):
        try:
            given = order.get(member)
            figures[name] = 0 if given is None and name == "told" else minor(given, figures["digits"], least=0)
        except Refused:
            raise no_order(shop.path, f"has no amount in {currency} as {member}")
    count = order.get("refunded_elsewhere_count") or 0
    method = order.get("payment_method")
    figures["payment_method"] = method if isinstance(method, str) else None
    return {**figures, "count": int(count) if isinstance(count, Decimal) else 0}


def no_order(path, why):
    """The refusal that says what was called and what came. The query may hold a secret of the shop's, so it is left out."""
    logging.error("REFUND_ORDERS: GET %s %s", path, why)
    return Refused(503, "orders_unavailable", detail=f"GET {path} {why}")


def subject(path, raw):
    """The members to pass on, the refund that a cancel names, and the payment."""
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
    return body, cancels, payment


def look(path, key, raw):
    """What to read at the provider before a new refund is sent. Nothing for a key that is known, and for a cancel."""
    _, cancels, payment = subject(path, raw)
    return None if cancels or ledger.knows(key) else elsewhere.plan(find_order(payment))


def prepare(path, key, raw, expected, order=None):
    """Writes a request down. Returns what to send, what `conclude` has to know, and the stored answer if there is one."""
    body, cancels, payment = subject(path, raw)
    order = order or find_order(payment)
    rows = [] if cancels else body.get("refundPayload", [body])
    if not rows and not cancels:
        raise Refused(400, "invalid_request", detail="expected at least one row in refundPayload")
    amounts = [row.get("amountToRefund", row.get("totalPrice", row.get("amount"))) for row in rows]
    asked = sum(minor(amount, order["digits"]) for amount in amounts)
    text = dump(body)
    print_ = hashlib.sha256(f"{path} {text}".encode()).hexdigest()
    rules = {"resend_for": RESEND_FOR, "alone": not IS_UQPAY, "lost_after": 5 * TIMEOUT}
    sent, known = ledger.begin(key, print_, order, asked, None if cancels else expected, **rules)
    return text, [key, payment, asked, order["digits"], cancels, sent], known


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
    if plan := look(path, key, raw):
        elsewhere.admit(plan, read_all(plan))
    text, context, known = prepare(path, key, raw, expected, plan and plan["order"])
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


def read_all(plan):
    try:
        return [(status, raw) for status, _, raw in (provider("GET", path) for path in plan["paths"])]
    except LOST as error:
        logging.error("the provider's refunds of %s cannot be read: %r", plan["order"]["payment"], error)
        raise Refused(502, "provider_unreachable", detail="the provider's refunds of this payment cannot be read")


def look_up_pending(plan):
    """UPayments sends nothing that can be trusted: without this a refund stays pending once its page is closed."""
    for id_ in elsewhere.pending(plan):
        try:
            read("/check-refund-status/", id_)
        except Refused as refused:
            return logging.error("the refund %s cannot be read: %s", id_, refused.code)


def summarise(plan, answers):
    more = elsewhere.take(plan, answers)
    return {**ledger.summary(plan["order"]), **more}


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
