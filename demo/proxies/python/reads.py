"""What the provider says of a refund later, and the payment as the form reads it."""

import logging, re, sqlite3
from urllib.parse import quote

import elsewhere, records
from answers import parse, row_of
from money import Refused
from provider import IS_UQPAY, LOST, provider
from summary import summary

READS = ["/v2/payment/refunds/"] if IS_UQPAY else ["/check-refund/", "/check-refund-status/"]


def look_up_pending(plan):
    """UPayments sends nothing that can be trusted: without this a refund stays pending once its page is closed."""
    for id_ in elsewhere.pending(plan):
        try:
            read("/check-refund-status/", id_)
        except Refused as refused:
            return logging.error("the refund %s cannot be read: %s", id_, refused.code)


def summarise(plan, answers):
    more = elsewhere.take(plan, answers)
    return {**more, **summary(plan["order"])}


def read(path, id_):
    """A read of the provider, passed on as it came."""
    if re.search(r"[/\\\x00-\x1f\x7f]|^\.*$", id_):
        raise Refused(404, "path_not_allowed")
    try:
        status, headers, raw = provider("GET", path + quote(id_, safe=""))
    except LOST:
        raise Refused(502, "provider_unreachable")
    if 200 <= status < 300:
        learn_read(id_, raw)
    return status, headers, raw


def learn_read(id_, raw):
    """Keeps what a read says of the refund that was asked for. The reader gets its answer, whatever it is."""
    try:
        body = parse(raw)
        if IS_UQPAY:
            learn(id_, body)
        elif body["status"] is True and body["data"].get("is_refunded") in (True, 1):
            if any(body["data"].get(name, id_) != id_ for name in ("order_id", "orderId")):
                raise ValueError("it is about another refund")
            records.learn(id_, "succeeded", "refunded")
    except (*LOST, Refused, sqlite3.Error) as error:
        logging.error("the read of %s says nothing of it: %r", id_, error)


def learn(id_, row):
    """Keeps what UQPAY says of a refund of the ledger's. A row of another refund or amount says nothing of it."""
    if payment := records.payment_of(str(id_)):
        said, amount, standing, word, currency = row_of(row, {"payment": payment})
        if said != id_:
            raise ValueError("it is about another refund")
        if standing != "unrecognised":
            records.learn(id_, standing, word, amount, currency)
