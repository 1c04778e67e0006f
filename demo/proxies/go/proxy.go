package main

import (
	"errors"
	"log"
	"regexp"
	"strings"
	"time"
)

// rules are what a provider allows: for how long it recognises a repeated key, whether only one request of a payment may
// be open, and after which time nobody can be sending a request any more.
type rules struct {
	resendFor, lostAfter time.Duration
	alone                bool
}

var (
	row      = strings.Fields("refundRequestId ibanNumber totalPaid refundedAmount remainingLimit amountToRefund merchantType")
	customer = " customerFirstName customerEmail customerMobileNumber reference requireApproval refundReason"
	// The members that are passed on; all others are dropped.
	uqpayWrites = map[string][]string{
		"/v2/payment/refunds": strings.Fields("payment_intent_id payment_attempt_id amount reason metadata"),
	}
	upaymentsWrites = map[string][]string{
		"/create-refund":             strings.Fields("orderId totalPrice" + customer),
		"/create-multivendor-refund": {"orderId", "refundPayload"},
		"/delete-refund":             {"orderId", "refundOrderId"},
		"/delete-multivendor-refund": idsOfVendor,
	}
	idsOfVendor = []string{"generatedInvoiceId", "orderId", "refundOrderId", "refundArn"}
)

type proxy struct {
	*caller
	ledger ledger
	rules  rules
	writes map[string][]string
	reads  []string
}

func unknown() error { return &refused{504, "outcome_unknown", "unknown", nil} }

func running() error { return &refused{409, "idempotency_key_running", "running", nil} }

func pick(from object, names []string) object {
	picked := object{}
	for _, name := range names {
		if value, given := from[name]; given {
			picked[name] = value
		}
	}
	return picked
}

func first(from object, names ...string) any {
	for _, name := range names {
		if value, given := from[name]; given {
			return value
		}
	}
	return nil
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// keyOf returns the idempotency key: a UUID, which is the same in upper case. UQPAY takes no other.
func keyOf(given string) (string, error) {
	if given == "" {
		return "", refuse(400, "idempotency_key_required")
	}
	if !uuid.MatchString(given) {
		return "", &refused{400, "idempotency_key_invalid", "nothing", object{"detail": "expected a UUID of 36 characters"}}
	}
	return strings.ToLower(given), nil
}

// unlessBegun is for a refusal before the send: it says nothing of an earlier request with the same key, or of one that
// has begun meanwhile.
func (p *proxy) unlessBegun(key string, err error) error {
	why, isRefusal := err.(*refused)
	isKnown, unreadable := p.ledger.knows(key)
	if isRefusal && (isKnown || unreadable != nil) {
		return &refused{why.status, why.code, "unknown", why.more}
	}
	return err
}

func (p *proxy) write(path, key string, raw []byte, expected string) (answer, error) {
	r, err := p.subject(path, raw)
	if err != nil {
		return answer{}, p.unlessBegun(key, err)
	}
	r.key, r.expected = key, expected
	stored, err := p.ledger.repeated(&r, p.rules)
	if err != nil {
		return answer{}, err
	}
	if stored != nil {
		return *stored, nil
	}
	o, err := p.findOrder(r.payment)
	if err == nil && !r.isResent && r.cancels == "" {
		err = p.admit(o)
	}
	if err == nil {
		err = r.count(o)
	}
	if err != nil {
		return answer{}, p.unlessBegun(key, err)
	}
	if !r.isResent {
		if err := p.ledger.begin(r, o, p.rules); err != nil {
			return answer{}, err
		}
	}
	got, err := p.provider("POST", path, r.text, key)
	if err == nil {
		err = p.settle(r, got)
	}
	var without noToken
	if errors.As(err, &without) && !r.isResent {
		log.Printf("%s was not sent: %v", key, err)
		if err := p.ledger.forget(key); err != nil {
			return answer{}, err
		}
		return answer{}, refuse(502, without.code)
	}
	if err != nil {
		log.Printf("the outcome of %s is not known: %v", key, err)
		least := int64(0)
		if differs := (*contradiction)(nil); errors.As(err, &differs) {
			least = differs.least
		}
		if err := p.ledger.lost(key, least); err != nil {
			log.Printf("%s stays in state sending: %v", key, err)
		}
		return answer{}, unknown()
	}
	return got, nil
}
