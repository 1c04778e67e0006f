"""A merchant's refunds at UQPAY. UQPAY_API is the provider's address, or in a test the sandbox's."""

import json
import os
from http.client import HTTPException
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

#: The status while nobody knows whether the provider makes the refund.
UNKNOWN = "UNKNOWN"

#: These errors speak of the refund itself. Every other error says nothing about the money.
REFUSALS = {"invalid_request_error", "payment_error", "refund_error", "not_found"}

#: A connection that drops, a timeout, and an answer that is not JSON.
LOST = (OSError, HTTPException, ValueError)


class RefundRefused(Exception):
    """The provider refused the refund. No money moves."""


class SignInFailed(Exception):
    """Signing in failed, so nothing was sent."""


class Refunds:
    def __init__(self, settings=os.environ):
        self.api = settings["UQPAY_API"]
        self.credentials = {"x-client-id": settings["UQPAY_CLIENT_ID"], "x-api-key": settings["UQPAY_API_KEY"]}
        self.token = None

    def create(self, id, payment, amount, reason):
        """Sends one refund. `id` is your own UUID: store it before you call this, because it finds the refund again.

        A lost answer is not a failure: the refund is looked up, and is UNKNOWN if it is not found.
        """
        self._sign_in()
        body = {"payment_intent_id": payment, "amount": amount, "reason": reason, "metadata": {"refund": id}}
        try:
            status, answer = self._call("POST", "/v2/payment/refunds", {"x-idempotency-key": id}, body)
        except LOST:
            return self.look_up(id, payment)
        if status == 200 and "refund_status" in answer:
            return answer["refund_status"]
        if status == 400 and answer.get("type") in REFUSALS:
            raise RefundRefused(answer["message"])
        return self.look_up(id, payment)

    def look_up(self, id, payment):
        """Only reads. A refund that is not found may still arrive, so look it up again later."""
        query = urlencode({"payment_intent_id": payment, "page_size": 100, "page_number": 1})
        try:
            status, page = self._call("GET", f"/v2/payment/refunds?{query}")
        except LOST:
            return UNKNOWN
        rows = page["data"] if status == 200 else []
        found = [row for row in rows if (row["metadata"] or {}).get("refund") == id]
        return found[0]["refund_status"] if found else UNKNOWN

    def _call(self, method, path, headers=None, body=None):
        status, answer = self._send(method, path, {**(headers or {}), **self.token}, body)
        if status != 401:
            return status, answer
        # The token has expired and nothing was carried out, so the call may be sent again.
        self.token = None
        self._sign_in()
        return self._send(method, path, {**(headers or {}), **self.token}, body)

    def _send(self, method, path, headers, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.api + path, data, {**headers, "content-type": "application/json"}, method=method)
        try:
            with urlopen(request, timeout=20) as response:
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def _sign_in(self):
        if self.token is not None:
            return
        status, answer = self._send("POST", "/v1/connect/token", self.credentials)
        if status != 200:
            raise SignInFailed(f"UQPAY answered {status}: {answer}")
        self.token = {"x-auth-token": f"Bearer {answer['auth_token']}", "x-client-id": self.credentials["x-client-id"]}
