"""One origin: the page, and the proxy below /refunds/. `python3 app.py` starts it."""

import mimetypes, os, re, sys
from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Flask, request, send_from_directory

HERE = Path(__file__).resolve().parent

# On a real server, set these variables in its own configuration and leave this out.
if (HERE / ".env").exists():
    for line in (HERE / ".env").read_text(encoding="utf-8").splitlines():
        name, is_set, value = line.partition("=")
        if is_set and not line.startswith("#"):
            value = re.sub(r"^(['\"])(.*)\1$", r"\2", value.strip())  # It may be in quotes.
            os.environ.setdefault(name.strip(), value)
# One ledger, wherever the server was started from.
os.environ["REFUND_LEDGER"] = str(HERE / (os.environ.get("REFUND_LEDGER") or "refunds.sqlite"))

sys.path.insert(0, str(HERE / "refunds"))  # These modules import each other by name.
import settings

settings.WHERE = "in .env (copy .env.example) or in the environment of the server"
import ledger, provider, proxy, routes

# A browser runs no module of another type, and some systems have another one on record.
mimetypes.add_type("text/javascript", ".js")


def may_refund():
    """Put the look-up of your own session here. It must check the session, not only that a cookie is there."""
    is_sandbox = urlsplit(os.environ["REFUND_UPSTREAM"]).hostname in ("127.0.0.1", "localhost")
    # Outside of the sandbox it would let everybody refund.
    return is_sandbox and os.environ.get("DEMO_USER", "") != ""


provider.check_credentials()
ledger.create()
app = Flask(__name__, static_folder="public", static_url_path="")


@app.get("/")
def page():
    return app.send_static_file("index.html")


@app.get("/refund-form.js")
def refund_form():
    return send_from_directory(HERE / "node_modules/refund-form", "refund-form.min.js")


@app.route("/refunds/<path:rest>", methods=["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def refunds(rest):
    # The path has been decoded once; the proxy decodes its parts itself.
    path = quote(request.path)
    status, headers, raw = routes.answer(request.method, path, request.headers, request.stream.read, may_refund)
    return raw, status, headers


if __name__ == "__main__":
    app.run("127.0.0.1", settings.port("3000"), threaded=True)
