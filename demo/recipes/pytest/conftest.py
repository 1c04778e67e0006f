"""One sandbox for all tests, and a namespace of it for each test."""

import json
import re
import subprocess
import threading
from urllib.request import Request, urlopen

import pytest

from receiver import Receiver
from refunds import Refunds


class Sandbox:
    """The sandbox of one test: a namespace with its own payments, clock and calls."""

    def __init__(self, address):
        self.address = address

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.address}/_sandbox{path}", data, method=method)) as response:
            return json.load(response)

    def scenario(self, name):
        return self.control("POST", "/scenarios", {"scenario": name})

    def advance(self, duration):
        return self.control("POST", "/clock", {"advance": duration})

    def created(self, times):
        """Whether a refund was sent exactly so many times, and a sentence about it."""
        body = {"filter": {"route": "create_refund"}, "exactly": times}
        answer = self.control("POST", "/journal/verify", body)
        return answer["ok"], answer["explanation"]


@pytest.fixture(scope="session")
def server():
    # The program itself and not npx: npx would start it as a child, and our signal could miss it.
    command = ["node_modules/.bin/refund-form", "sandbox", "--port", "0", "--clock", "frozen"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)
        found = next(filter(None, lines), None)
        assert found, "refund-form ended before it listened: its own words are in the captured stderr"
        # Its lines have to be read, or the pipe fills up.
        threading.Thread(target=process.stdout.read, daemon=True).start()
        yield found[0]
        process.terminate()


@pytest.fixture
def sandbox(server, request):
    name = re.sub(r"\W", "-", request.node.name)[:64]
    yield Sandbox(f"{server}/ns/{name}")
    urlopen(Request(f"{server}/ns/{name}", method="DELETE")).close()


@pytest.fixture
def refunds(sandbox):
    settings = {
        "UQPAY_API": f"{sandbox.address}/uqpay/api",
        "UQPAY_CLIENT_ID": "sandbox-client",
        "UQPAY_API_KEY": "sandbox-key",
    }
    return Refunds(settings)


@pytest.fixture
def receiver(sandbox):
    """The merchant's own receiver; the sandbox sends its webhooks there."""
    with Receiver("my-secret") as server:
        threading.Thread(target=server.serve_forever).start()
        sandbox.control("POST", "/webhooks/endpoints", {"provider": "uqpay", "url": server.url, "secret": "my-secret"})
        yield server
        server.shutdown()
