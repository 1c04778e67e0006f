"""The merchant's own orders, which say what may be refunded. They never come from the browser."""

import logging, re
from decimal import Decimal
from urllib.parse import quote, urlsplit

import settings
from answers import parse
from money import Refused, digits_of, is_currency, minor
from provider import LOST, call

ORDERS = settings.orders()


def find_order(payment):
    """What was captured of a payment, and what was refunded elsewhere."""
    # At the end of an address dots would be another address. Control characters would forge a line of the log.
    if not payment.strip(".") or re.search(r"[\x00-\x1f\x7f]", payment):
        raise Refused(404, "payment_not_found")
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
    if not isinstance(currency := order.get("currency"), str) or not is_currency(currency):
        raise no_order(shop.path, "has no ISO 4217 code in capitals, such as USD, as currency")
    figures = {"payment": payment, "currency": currency, "digits": digits_of(currency)}
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
