"""The proxy as a server of its own, in Python's standard library. `python3 server.py` starts it."""

import hmac, os, signal, sys, threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import ledger, provider, proxy, routes, settings


def signed_in(headers):
    """Put the look-up of your own session here. It must check the session, not only that a header is there."""
    session = os.environ.get("REFUND_SESSION", "")
    return session != "" and hmac.compare_digest(headers.get("X-Session", "").encode(), session.encode())


running, ended, stopping = set(), threading.Condition(), threading.Event()


class Handler(BaseHTTPRequestHandler):
    protocol_version, timeout = "HTTP/1.1", 75  # Longer than a load balancer keeps a connection.

    def answer(self):
        with ended:
            running.add(self)
        try:
            self.reply()
        finally:
            with ended:
                running.discard(self)
                ended.notify()

    def read(self, size):
        # Whoever is slow to send a request holds nothing up when the proxy is stopped.
        with ended:
            running.discard(self)
            ended.notify()
        raw = self.rfile.read(size)
        with ended:
            running.add(self)
        return raw

    def reply(self):
        path, headers = self.path.split("?")[0], self.headers
        status, more, raw = routes.answer(self.command, path, headers, self.read, lambda: signed_in(headers))
        self.send_response(status)
        for name, value in {**more, "Content-Length": str(len(raw))}.items():
            self.send_header(name, value)
        if status >= 400 or stopping.is_set():
            # Nobody may have read the body of a request that was refused: what follows is then no request.
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *words):
        with suppress(OSError):  # A log that cannot be written, as on a full disk, keeps no answer away.
            super().log_message(*words)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = answer


class Server(ThreadingHTTPServer):
    request_queue_size = 128  # By itself it takes five connections at once, and resets the others.


if __name__ == "__main__":
    provider.check_credentials()
    settings.setting("REFUND_SESSION")
    port = settings.port("8080")
    ledger.create()
    try:
        server = Server(("127.0.0.1", port), Handler)
    except OSError as error:
        sys.exit(f"port {port} cannot be used ({error.strerror}): set PORT to another one")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    try:
        print(f"http://127.0.0.1:{server.server_port}{proxy.BASE}", flush=True)
        server.serve_forever()
    except (KeyboardInterrupt, SystemExit):
        # The answer to a refund that is on its way still gets into the ledger, and to the browser.
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, signal.SIG_IGN)
        stopping.set()
        server.server_close()
        with ended:
            ended.wait_for(lambda: not running, proxy.LOST_AFTER)
