"""The part of the proxy that needs a ledger. nginx calls it over a socket file; it knows no credentials.

It uses the ledger and the rules of the proxy in Python, but nginx calls the provider.
"""

import itertools, json, os, socketserver, sys, threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl, urlsplit

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../python"))
import elsewhere, ledger, proxy, reads, routes, webhooks
from orders import find_order

JSON = {"Content-Type": "application/json"}
generation, generation_lock = 0, threading.Lock()
under_way, numbers = {}, itertools.count()  # What each answer has to be compared with. It may be too long for a header.


def look(headers, raw, *, path="", id=""):
    """What nginx has to read at the provider: of a payment with its pending refunds, or before a new refund. Nothing for
    a key that is known."""
    plan = proxy.look(path, proxy.key_of(headers), raw) if path else elsewhere.plan(find_order(id))
    if not plan:
        return 204, {}, b""
    # To njs the plan is a text: its numbers would be floats.
    pending = [] if path else elsewhere.pending(plan)
    return 200, JSON, json.dumps({"paths": plan["paths"], "pending": pending, "plan": json.dumps(plan)}).encode()


def looked(raw):
    """The plan, and the status and body of each answer."""
    said = json.loads(raw)
    return json.loads(said["plan"]), [(answer["status"], answer["text"]) for answer in said["answers"]]


def admit(headers, raw):
    with proxy.unless_begun(proxy.key_of(headers)):
        elsewhere.admit(*looked(raw))
    return 204, {}, b""


def begin(headers, raw, *, path):
    """The bytes to send with a number and the key: only then is the request written down and not yet sent."""
    text, request, stored = proxy.prepare(path, proxy.key_of(headers), raw, headers.get("X-Expected-Refundable"))
    if stored:
        return stored["status"], {"Content-Type": stored["type"], "Idempotent-Replayed": "true"}, stored["answer"]
    number = str(next(numbers))
    under_way[number] = request
    return 200, {"Refund-Number": number, "Refund-Key": request["key"]}, text.encode()


def settle(headers, raw, *, number, status, type=""):
    proxy.conclude(under_way.pop(number), int(status), type, raw)
    return 204, {}, b""


def learn(headers, raw, *, id):
    reads.learn_read(id, raw)
    return 204, {}, b""


def webhook(headers, raw):
    """nginx has checked the signature."""
    return webhooks.take(raw)


def payment(headers, raw):
    return 200, JSON, json.dumps(reads.summarise(*looked(raw))).encode()


def next_generation(headers, raw, *, worn=""):
    """The number of the token in use. The first request whose token was refused begins the next one."""
    global generation
    with generation_lock:
        generation += worn == str(generation)
        return 200, {}, str(generation).encode()


ROUTES = {"look": look, "admit": admit, "begin": begin, "settle": settle, "learn": learn, "webhook": webhook}
ROUTES |= {"payment": payment, "generation": next_generation}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        url = urlsplit(self.path)
        try:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers, raw = ROUTES[url.path.strip("/")](self.headers, raw, **dict(parse_qsl(url.query)))
        except Exception as error:
            status, headers, raw = routes.problem(error)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(raw)), "Refund-Helper": "1"}.items():
            self.send_header(name, value)
        with suppress(ConnectionError):  # The browser has gone. What was written is kept all the same.
            self.end_headers()
            self.wfile.write(raw)

    def address_string(self):
        return "nginx"  # A socket file has no address.

    def log_request(self, *_):
        pass


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    # Of a socket file, nginx gets no connection at all beyond these: it is as many as nginx itself keeps open.
    daemon_threads, request_queue_size = True, 4096
