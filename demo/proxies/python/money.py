"""Amounts are integers in minor units, never floats."""

import re
from decimal import Decimal

# ISO 4217: how many decimals an amount has. All other currencies have 2.
CODES = {0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 3: "BHD IQD JOD KWD LYD OMR TND", 4: "CLF UYW"}
DIGITS = {code: digits for digits, codes in CODES.items() for code in codes.split()}


class Refused(Exception):
    """The request is refused before it is sent. `more`: members of the problem."""

    def __init__(self, status, code, effect="nothing", **more):
        self.status, self.code, self.effect, self.more = status, code, effect, more


def is_currency(code):
    """In capitals, as ISO 4217 writes it: "usd" would be another currency than the provider's answer is in."""
    return re.fullmatch("[A-Z]{3}", code) is not None


def digits_of(currency):
    return DIGITS.get(currency, 2)


def minor(amount, digits, least=1):
    """A decimal string or number as minor units; refuses what is not a positive amount of the currency."""
    text = str(amount) if isinstance(amount, (str, Decimal)) else ""
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text) and len(fraction) <= digits:
        found = int(whole + fraction.ljust(digits, "0"))
        if found >= least:
            return found
    raise Refused(400, "invalid_request", detail=f"expected a positive amount with up to {digits} decimals")


def decimal(amount, digits):
    return f"{Decimal(amount).scaleb(-digits):.{digits}f}"
