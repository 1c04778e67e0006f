"""Takes UQPAY's webhooks."""

import hashlib
import hmac
import json
import re
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

TOLERANCE_S = 300


def is_genuine(raw_body, headers, secret):
    """Whether UQPAY signed this body within the last five minutes. The body has to be the bytes that arrived."""
    timestamp = headers.get("x-wk-timestamp", "")
    if not re.fullmatch("[0-9]{1,16}", timestamp):
        return False
    # Either milliseconds or seconds.
    signed_at = int(timestamp) / 1000 if int(timestamp) >= 10**12 else int(timestamp)
    if abs(time.time() - signed_at) > TOLERANCE_S:
        return False
    expected = hmac.new(secret.encode(), raw_body + timestamp.encode(), hashlib.sha512).hexdigest()
    return hmac.compare_digest(expected.encode(), headers.get("x-wk-signature", "").encode())


class Receiver(HTTPServer):
    """A server on a free port. `events` has each event once, although the provider may send it twice."""

    def __init__(self, secret):
        super().__init__(("127.0.0.1", 0), Handler)
        self.secret = secret
        self.events = []
        self.url = f"http://127.0.0.1:{self.server_port}/webhooks"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        raw_body = self.rfile.read(int(self.headers.get("content-length", "0")))
        genuine = is_genuine(raw_body, self.headers, self.server.secret)
        if genuine:
            event = json.loads(raw_body)
            if event["event_id"] not in [known["event_id"] for known in self.server.events]:
                self.server.events.append(event)
        self.send_response(200 if genuine else 401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        """Prints nothing for each request."""
