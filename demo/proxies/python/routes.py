"""Which path does what, and who may come in: the same behind every HTTP server and framework."""

import json, logging, re, sqlite3
from urllib.parse import unquote

import elsewhere, proxy, reads, webhooks
from money import Refused
from orders import find_order


def answer(method, path, headers, read, signed_in):
    """Status, headers and body for one request.

    `path`: as it came, with its percent signs. `headers`: `get` finds a name in any case. `read`: returns as many bytes
    of the body as it is told. `signed_in`: says whether whoever sends the request may refund.
    """
    try:
        status, more, raw = route(method, path, headers, read, signed_in)
    except Exception as error:
        status, more, raw = problem(error)
    return status, {**more, "Cache-Control": "no-store"}, raw


def route(method, path, headers, read, signed_in):
    length = headers.get("Content-Length") or "0"
    if not re.fullmatch("[0-9]{1,16}", length) or headers.get("Transfer-Encoding"):
        raise Refused(400, "invalid_request", detail="expected the length of the body in Content-Length, and no chunks")
    if int(length) > proxy.BODY_LIMIT:
        raise Refused(413, "body_too_large")
    raw = read(int(length))
    if not path.startswith(f"{proxy.BASE}/"):
        raise Refused(404, "path_not_allowed")
    path = path.removeprefix(proxy.BASE)
    if (method, path) == ("POST", "/webhooks"):
        return webhooks.webhook(headers, raw)
    own = headers.get("Host")
    if headers.get("Sec-Fetch-Site") == "cross-site" or headers.get("Origin", f"//{own}").partition("//")[2] != own:
        raise Refused(403, "origin_not_allowed")
    if not signed_in():
        raise Refused(401, "unauthenticated")
    start, _, last = path.rpartition("/")
    if method == "GET" and path == "/":
        return reply({"name": "refund-form-proxy", "provider": proxy.PROVIDER, "deduplicates": True})
    if method == "GET" and start == "/payments":
        plan = elsewhere.plan(find_order(unquote(last)))
        answers = proxy.read_all(plan)
        reads.look_up_pending(plan)
        return reply(reads.summarise(plan, answers))
    if method == "GET" and f"{start}/" in reads.READS:
        return reads.read(f"{start}/", unquote(last))
    if method != "POST" or path not in proxy.WRITES:
        raise Refused(404, "path_not_allowed")
    if headers.get("X-Refund-Form") != "1":
        raise Refused(400, "refund_form_header_required")
    if headers.get("Content-Type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused(415, "unsupported_media_type")
    return proxy.write(path, proxy.key_of(headers), raw, headers.get("X-Expected-Refundable"))


def reply(value):
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def problem(error):
    """What is said of a refusal, and of a failure. Once a request is sent, `proxy` itself says what is known of it."""
    if isinstance(error, sqlite3.Error):
        logging.error("the ledger: %s", error)
        # Nothing was sent now, but an earlier request with this key may have been.
        error = Refused(503, "ledger_unavailable", "unknown")
    elif not isinstance(error, Refused):
        logging.error("a failure of the proxy's own", exc_info=error)
        error = Refused(500, "internal_error", "unknown")
    members = {"status": error.status, "code": error.code, "effect": error.effect, **error.more}
    body = {"title": error.code.replace("_", " "), **members}
    return error.status, {"Content-Type": "application/problem+json"}, json.dumps(body).encode()
