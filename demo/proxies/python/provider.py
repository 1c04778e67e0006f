"""The calls of the provider, with its credentials."""

import http.client, json, logging, os, re, socket, threading
from contextlib import suppress
from urllib.parse import urlsplit

import settings
from money import Refused

ENV = os.environ
PROVIDER = settings.provider()
IS_UQPAY = PROVIDER == "uqpay"
UPSTREAM, TIMEOUT = urlsplit(settings.upstream()), settings.timeout()
LIMIT = 1 << 20  # No answer of a provider has this many bytes. What has may be a page of something between.
LOST = (OSError, http.client.HTTPException, ValueError, KeyError, TypeError, AttributeError)


def cut_off(sock):
    with suppress(OSError):  # It has ended by itself.
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def call(method, path, body=None, headers=(), to=UPSTREAM):
    """One request, never repeated and never redirected."""
    kind = http.client.HTTPSConnection if to.scheme == "https" else http.client.HTTPConnection
    connection = kind(to.netloc, timeout=TIMEOUT)
    connection.connect()
    # The time limit of a connection is for each read of it: an answer that comes drop by drop would never end.
    limit = threading.Timer(TIMEOUT, cut_off, [connection.sock])
    limit.start()
    try:
        try:
            connection.request(method, to.path + path, body, dict(headers))
        except ValueError as error:  # Its words may have the value of a header, which is a credential.
            raise ValueError(f"a header cannot be sent ({type(error).__name__})") from None
        answer = connection.getresponse()
        passed = {name: answer.headers[name] for name in ("Content-Type", "Retry-After") if answer.headers[name]}
        raw = answer.read(LIMIT + 1)
        if len(raw) > LIMIT or answer.length:
            raise ValueError("the answer is too long, or has no end")
        return answer.status, passed, raw
    finally:
        limit.cancel()
        connection.close()


def check_credentials():
    """Ends the program if one is missing. A program of its own calls it; behind nginx, nginx alone has them."""
    of_uqpay = ("REFUND_CLIENT_ID", "REFUND_API_KEY", "REFUND_WEBHOOK_SECRET")
    for name in of_uqpay if IS_UQPAY else ("REFUND_TOKEN",):
        check = settings.setting if name == "REFUND_WEBHOOK_SECRET" else settings.credential
        check(name)


def name_refused(names, status):
    """The answer alone does not say which variable is wrong."""
    logging.error("the provider refuses %s (it answered %s): correct it %s", names, status, settings.WHERE)


token, token_lock = None, threading.Lock()


def credentials(refused=None):
    """All requests share one token. `refused`: the token that the provider took no more. Without one, nothing is sent."""
    global token
    if not IS_UQPAY:
        return {"Authorization": f"Bearer {ENV['REFUND_TOKEN']}", "Content-Type": "application/json"}
    client = {"x-client-id": ENV["REFUND_CLIENT_ID"]}
    # Whoever waits for longer would still send when a person may have ended the request.
    if not token_lock.acquire(timeout=TIMEOUT):
        raise Refused(502, "provider_unreachable")
    try:
        if token is None or token == refused:
            try:
                answer = call("POST", "/v1/connect/token", headers={**client, "x-api-key": ENV["REFUND_API_KEY"]})
                if answer[0] in (401, 403):
                    name_refused("REFUND_CLIENT_ID with REFUND_API_KEY", answer[0])
                    raise Refused(502, "credentials_refused")
                found = json.loads(answer[2])["auth_token"] if answer[0] == 200 else None
                if not isinstance(found, str) or not re.fullmatch(r"[\x21-\x7e]+", found):
                    raise ValueError("it is no token")
                token = f"Bearer {found}"
            except LOST as error:
                logging.error("there is no token of the provider: %s", error)
                raise Refused(502, "provider_unreachable")
        return {**client, "x-auth-token": token, "Content-Type": "application/json"}
    finally:
        token_lock.release()


def provider(method, path, body=None, key=None):
    headers = credentials()
    mark = {"x-idempotency-key": key} if key and IS_UQPAY else {}
    answer = call(method, path, body, {**headers, **mark})
    if answer[0] == 401 and IS_UQPAY:
        answer = call(method, path, body, {**credentials(headers["x-auth-token"]), **mark})
    if answer[0] == 401:
        if not IS_UQPAY:
            name_refused("REFUND_TOKEN", 401)
        raise Refused(502, "credentials_refused")  # As it came, a form would take it for a sign-in that has ended.
    return answer
