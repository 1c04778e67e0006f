"""Refunds made elsewhere, such as in the provider's dashboard. They count before a payment is shown or refunded.

UQPAY lists them with their amounts. UPayments lists them without: what the order does not account for stops a refund.
"""

import logging, re, time
from urllib.parse import quote, urlencode

import records
from answers import dump, list_in, parse, row_of, text
from money import Refused
from provider import IS_UQPAY, LOST

DAY = 86400


def plan(order):
    """What to read at the provider, and what the ledger knows before that: a refund made meanwhile may be listed."""
    payment = order["payment"]
    page = {"page_size": 100, "page_number": 1, "payment_intent_id": payment}
    day = lambda ago: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago * DAY))
    # Without times UQPAY lists the last month by its own clock. At most it lists three.
    older = {**page, "start_time": day(85), "end_time": day(27)}
    paths = [f"/v2/payment/refunds?{urlencode(query)}" for query in (page, older)]
    if not IS_UQPAY:
        paths = [f"/check-refund/{quote(payment, safe='')}"]
    return {"order": order, "paths": paths, "known": records.known(payment)}


def pending(plan):
    """The refunds to look up one by one. UQPAY's list says how they stand, that of UPayments may have other ids."""
    return [] if IS_UQPAY else plan["known"]["pending"]


def take(plan, answers):
    """Counts what the provider lists, from the status and body of each answer. Returns the members that tell of a refund
    whose amount nobody knows; without one it returns nothing."""
    order, known = plan["order"], plan["known"]
    if any(status == 401 for status, _ in answers):
        raise Refused(502, "credentials_refused")
    try:
        listed = [row for status, raw in answers for row in rows_in(status, raw, order)]
    except (*LOST, Refused) as error:
        logging.error("the provider's refunds of %s cannot be read: %r", order["payment"], error)
        raise Refused(502, "provider_unreachable", detail="the provider's refunds of this payment cannot be read")
    if IS_UQPAY:
        records.observe(order, listed)
        return {}
    strange = [id_ for id_ in listed if id_ not in known["ids"]]
    named = known["named"] or len(strange) < len(listed)
    if len(strange) < len(listed) and not known["named"]:
        records.note_listed([known["ids"][id_] for id_ in listed if id_ in known["ids"]])
    # If no list has ever had one of our ids, it may show other ids of our refunds: only the numbers can be compared.
    ours = 0 if named else known["held"]
    more = len(strange) - ours - order["count"]
    if more <= 0:
        return {}
    figures = {"listed": len(listed), "known": len(listed) - more}
    words = "UPayments lists {listed} refunds of this payment, and the amounts of {known} are known. ".format(**figures)
    words += "Give the order refunded_elsewhere and refunded_elsewhere_count"
    return {"not_refundable": words, "unaccounted_refunds": {**figures, "unknown": known["open"]}}


def admit(plan, answers):
    """Refuses a new refund while the amount of another one is not known."""
    if not IS_UQPAY and plan["known"]["open"]:
        raise Refused(409, "payment_busy")  # The list may show it or not.
    if found := take(plan, answers):
        figures = {name: found["unaccounted_refunds"][name] for name in ("listed", "known")}
        raise Refused(409, "refunded_elsewhere", detail=found["not_refundable"], **figures)


def rows_in(status, raw, order):
    """The refunds of one answer: of UPayments the ids alone."""
    if not 200 <= status < 300:
        raise ValueError(f"it answered {status}")
    body = parse(raw)
    if not IS_UQPAY:
        if body["status"] is not True:
            raise ValueError("its status is not true")
        return [text(row, "order_id") for row in list_in(body["data"], "refund")]
    rows = list_in(body, "data")
    if dump(body["total_pages"]) not in ("0", "1"):
        raise ValueError("more than 100 refunds are listed")
    # What is missing may be a refund that has taken the money.
    total = dump(body.get("total_items", 0))
    if not re.fullmatch("[0-9]{1,9}", total) or int(total) > len(rows):
        raise ValueError("the list counts more refunds than it shows")
    return [row_of(row, order) for row in rows]
