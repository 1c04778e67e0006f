"""The settings, checked when the server starts: later a wrong one would only show as the failure of each request."""

import os, re, sys
from urllib.parse import urlsplit

WHERE = "in the environment of the server"  # An application around the proxy may have another place.


def setting(name, default=None):
    """Ends the program if the variable is empty, and says where to set it."""
    value = os.environ.get(name) or default
    if not value:
        sys.exit(f"{name} is not set: set it {WHERE}")
    return value


def checked(name, is_right, expected, default=None):
    """Ends the program if the value is wrong, and says what came and what was expected."""
    value = setting(name, default)
    if not is_right(value):
        sys.exit(f"{name}: expected {expected}, received {value}: correct it {WHERE}")
    return value


def credential(name):
    """A setting that is sent in a header. The message has no value: it is a secret."""
    value = setting(name)
    if not re.fullmatch(r"[^\x00\r\n\u0100-\U0010ffff]+", value):
        sys.exit(f"{name}: expected characters that a header can hold: is a line end left in it? Correct it {WHERE}")
    return value


def is_address(text):
    try:
        url = urlsplit(text)
        return url.scheme in ("http", "https") and bool(url.hostname) and url.port != 0
    except ValueError:
        return False


def is_upstream(text):
    """Over http:// the credentials can be read on their way to another machine."""
    may_be_plain = os.environ.get("REFUND_ALLOW_PLAIN_HTTP") == "1"
    is_here = re.compile(r"127(\.[0-9]+){3}|localhost|::1").fullmatch
    return is_address(text) and (may_be_plain or urlsplit(text).scheme == "https" or bool(is_here(urlsplit(text).hostname)))


def provider():
    return checked("REFUND_PROVIDER", lambda text: text in ("uqpay", "upayments"), "uqpay or upayments")


def upstream():
    expected = "an address that begins with https://, or with http:// to this machine or with REFUND_ALLOW_PLAIN_HTTP=1"
    return checked("REFUND_UPSTREAM", is_upstream, expected).rstrip("/")


def orders():
    expected = "an address such as http://shop.internal/orders/{id}"
    return checked("REFUND_ORDERS", lambda text: is_address(text) and "{id}" in text, expected)


def timeout():
    is_number = re.compile(r"[0-9]{1,4}(\.[0-9]+)?").fullmatch
    expected = "a number of seconds above 0, such as 20"
    return float(checked("REFUND_TIMEOUT", lambda text: is_number(text) and float(text) > 0, expected, "20"))


def port(default):
    is_port = re.compile("[0-9]{1,5}").fullmatch
    return int(checked("PORT", lambda text: is_port(text) and int(text) < 65536, "a number from 0 to 65535", default))
