"""The HTTP side of the proxy: who may come in, and which path does what. `python3 server.py` starts it."""

import hmac, json, os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

import ledger, proxy
from ledger import Refused


def signed_in(headers):
    """Put the look-up of your own session here. It must check the session, not only that a header is there."""
    session = os.environ.get("REFUND_SESSION", "")
    return session != "" and hmac.compare_digest(headers.get("X-Session", "").encode(), session.encode())


class Handler(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 60

    def route(self):
        path, headers, length = urlsplit(self.path).path, self.headers, self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > proxy.BODY_LIMIT or "Transfer-Encoding" in headers:
            self.close_connection = True
            raise Refused(413, "body_too_large")
        raw = self.rfile.read(int(length))
        if not path.startswith(f"{proxy.BASE}/"):
            raise Refused(404, "path_not_allowed")
        path = path.removeprefix(proxy.BASE)
        if (self.command, path) == ("POST", "/webhooks"):
            return proxy.webhook(headers, raw)
        own = headers.get("Host")
        if headers.get("Sec-Fetch-Site") == "cross-site" or headers.get("Origin", f"//{own}").split("//")[-1] != own:
            raise Refused(403, "origin_not_allowed")
        if not signed_in(headers):
            raise Refused(401, "unauthenticated")
        start, _, last = path.rpartition("/")
        if self.command == "GET" and path == "/":
            return reply({"name": "refund-form-proxy", "provider": proxy.PROVIDER, "deduplicates": True})
        if self.command == "GET" and start == "/payments":
            return reply(ledger.summary(unquote(last), *proxy.find_order(unquote(last))))
        if self.command == "GET" and f"{start}/" in proxy.READS:
            return proxy.read(f"{start}/", unquote(last))
        if self.command != "POST" or path not in proxy.WRITES:
            raise Refused(404, "path_not_allowed")
        if headers.get("X-Refund-Form") != "1":
            raise Refused(400, "refund_form_header_required")
        if headers.get_content_type() != "application/json":
            raise Refused(415, "unsupported_media_type")
        if not 0 < len(key := headers.get("Idempotency-Key", "")) <= 255:
            raise Refused(400, "idempotency_key_required")
        return proxy.write(path, key, raw, headers.get("X-Expected-Refundable"))

    def answer(self):
        try:
            status, headers, raw = self.route()
        except Refused as refused:
            status, headers, raw = problem(refused)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(raw)), "Cache-Control": "no-store"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer


def reply(value):
    return 200, {"Content-Type": "application/json"}, json.dumps(value).encode()


def problem(refused):
    members = {"status": refused.status, "code": refused.code, "effect": refused.effect, **refused.more}
    body = {"title": refused.code.replace("_", " "), **members}
    return refused.status, {"Content-Type": "application/problem+json"}, json.dumps(body).encode()


if __name__ == "__main__":
    ledger.create()
    server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Handler)
    print(f"http://127.0.0.1:{server.server_port}{proxy.BASE}", flush=True)
    server.serve_forever()
