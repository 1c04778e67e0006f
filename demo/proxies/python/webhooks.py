"""What the provider reports by itself. UPayments signs nothing, so its callbacks are refused: the payment is read instead."""

import hmac, logging, os, re, time

from answers import parse
from money import Refused
from provider import IS_UQPAY, LOST
from reads import learn

SECONDS_BELOW = 100_000_000_000  # Smaller timestamps are seconds, larger ones milliseconds.


def webhook(headers, raw):
    stamp, secret = headers.get("x-wk-timestamp", ""), os.environ.get("REFUND_WEBHOOK_SECRET", "")
    # Anybody can sign with an empty secret.
    if not IS_UQPAY or not secret or not re.fullmatch("[0-9]{1,16}", stamp):
        raise Refused(401, "webhook_refused")
    signature = hmac.new(secret.encode(), raw + stamp.encode(), "sha512").hexdigest()
    sent_at = int(stamp) if int(stamp) < SECONDS_BELOW else int(stamp) / 1000
    given = headers.get("x-wk-signature", "").encode()
    if abs(time.time() - sent_at) > 300 or not hmac.compare_digest(signature.encode(), given):
        raise Refused(401, "webhook_refused")
    return take(raw)


def take(raw):
    """Keeps what a genuine event says of a refund of the ledger's."""
    try:
        event = parse(raw)
    except ValueError:
        raise Refused(400, "malformed_json")
    try:
        learn(event["data"]["payment_refund_id"], event["data"])
    except LOST as error:
        logging.error("an event says nothing of a refund: %r", error)
    return 200, {"Content-Type": "application/json"}, b"{}"
