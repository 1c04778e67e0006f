from uuid import uuid4

import pytest

from refunds import RefundRefused

#: One of the sandbox's example payments: USD 250.00, and nothing is refunded.
PAYMENT = "PI1234567890123456789"


def order(amount="10.00"):
    return {"id": str(uuid4()), "payment": PAYMENT, "amount": amount, "reason": "Return good"}


def test_a_refund_is_accepted_and_settles_later(refunds, sandbox):
    refund = order()
    assert refunds.create(**refund) == "INITIATED"
    sandbox.advance("PT1M")
    assert refunds.look_up(refund["id"], PAYMENT) == "SUCCEEDED"


def test_a_refund_above_what_is_left_is_refused(refunds):
    with pytest.raises(RefundRefused):
        refunds.create(**order("250.01"))


def test_a_refund_whose_answer_is_lost_is_looked_up_and_not_sent_again(refunds, sandbox):
    sandbox.scenario("drop_after_commit")
    assert refunds.create(**order()) == "INITIATED"
    ok, explanation = sandbox.created(times=1)
    assert ok, explanation


def test_a_refund_that_is_not_found_stays_unknown_and_is_not_sent_again(refunds, sandbox):
    sandbox.scenario("drop_before_commit")
    assert refunds.create(**order()) == "UNKNOWN"
    ok, explanation = sandbox.created(times=1)
    assert ok, explanation


def test_a_webhook_is_signed_and_tells_of_the_settled_refund_once(refunds, sandbox, receiver):
    sandbox.scenario("webhook_duplicate")
    refunds.create(**order())
    sandbox.advance("PT1M")
    sandbox.control("POST", "/webhooks/flush")
    types = [event["event_type"] for event in receiver.events]
    assert types == ["acquiring.refund.created", "acquiring.refund.succeeded"]


def test_a_forged_webhook_is_refused(refunds, sandbox, receiver):
    sandbox.scenario("webhook_forged")
    refunds.create(**order())
    [webhook] = sandbox.control("POST", "/webhooks/flush")["webhooks"]
    assert [attempt["response_code"] for attempt in webhook["attempts"]] == [401]
    assert receiver.events == []


@pytest.mark.parametrize("test", [1, 2])
def test_each_test_starts_with_the_whole_payment(refunds, test):
    assert refunds.create(**order("250.00")) == "INITIATED"
