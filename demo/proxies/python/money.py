"""Amounts are integers in minor units, never floats."""

import re
from decimal import Decimal

DIGITS = {"BHD": 3, "JOD": 3, "KWD": 3, "OMR": 3, "TND": 3, "JPY": 0, "KRW": 0, "VND": 0}  # all others: 2


class Refused(Exception):
    """The request is refused before it is sent. `more`: members of the problem."""

    def __init__(self, status, code, effect="nothing", **more):
        self.status, self.code, self.effect, self.more = status, code, effect, more


def minor(amount, digits, least=1):
    """A decimal string or number as minor units; refuses what is not a positive amount of the currency."""
    text = str(amount) if isinstance(amount, (str, Decimal)) else ""
    found = Decimal(text).scaleb(digits) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text) else Decimal(-1)
    if found % 1 or found < least:
        raise Refused(400, "invalid_request", detail=f"expected a positive amount with up to {digits} decimals")
    return int(found)


def decimal(amount, digits):
    return f"{Decimal(amount).scaleb(-digits):.{digits}f}"
