package refunds

import (
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// order is a refund of one of the sandbox's example payments: USD 250.00, and nothing is refunded.
func order(amount string) Refund {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		panic(err)
	}
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80
	uuid := fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
	return Refund{ID: uuid, Payment: "PI1234567890123456789", Amount: amount, Reason: "Return good"}
}

func expect(t *testing.T, what string, received, expected any) {
	t.Helper()
	if !reflect.DeepEqual(received, expected) {
		t.Fatalf("%s: expected %v, received %v", what, expected, received)
	}
}

func create(t *testing.T, client *Client, refund Refund) string {
	t.Helper()
	status, err := client.Create(refund)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

func TestARefundIsAcceptedAndSettlesLater(t *testing.T) {
	box, client := open(t)
	refund := order("10.00")
	expect(t, "status", create(t, client, refund), "INITIATED")
	box.advance("PT1M")
	expect(t, "status", client.LookUp(refund), "SUCCEEDED")
}

func TestARefundAboveWhatIsLeftIsRefused(t *testing.T) {
	_, client := open(t)
	_, err := client.Create(order("250.01"))
	expect(t, "refused", errors.As(err, &Refused{}), true)
}

func TestARefundWhoseAnswerIsLostIsLookedUpAndNotSentAgain(t *testing.T) {
	box, client := open(t)
	box.scenario("drop_after_commit")
	expect(t, "status", create(t, client, order("10.00")), "INITIATED")
	box.sentOnce()
}

func TestARefundThatIsNotFoundStaysUnknownAndIsNotSentAgain(t *testing.T) {
	box, client := open(t)
	box.scenario("drop_before_commit")
	expect(t, "status", create(t, client, order("10.00")), Unknown)
	box.sentOnce()
}

func TestAWebhookIsSignedAndTellsOfTheSettledRefundOnce(t *testing.T) {
	box, client := open(t)
	types := box.receive()
	box.scenario("webhook_duplicate")
	create(t, client, order("10.00"))
	box.advance("PT1M")
	box.flush()
	expect(t, "events", *types, []string{"acquiring.refund.created", "acquiring.refund.succeeded"})
}

func TestAForgedWebhookIsRefused(t *testing.T) {
	box, client := open(t)
	types := box.receive()
	box.scenario("webhook_forged")
	create(t, client, order("10.00"))
	expect(t, "answer", box.flush()[0].Attempts[0].Code, 401)
	expect(t, "events", *types, []string{})
}

func TestEachTestStartsWithTheWholePayment(t *testing.T) {
	for _, test := range []string{"one", "another"} {
		t.Run(test, func(t *testing.T) {
			_, client := open(t)
			expect(t, "status", create(t, client, order("250.00")), "INITIATED")
		})
	}
}
