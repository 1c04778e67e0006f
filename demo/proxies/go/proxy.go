package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log"
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
		"/delete-multivendor-refund": {"generatedInvoiceId", "orderId", "refundOrderId", "refundArn"},
	}
)

type proxy struct {
	*caller
	ledger ledger
	rules  rules
	writes map[string][]string
	reads  []string
}

func unknown() error { return &refused{504, "outcome_unknown", "unknown", nil} }

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

func (p *proxy) write(path, key string, raw []byte, expected string) (answer, error) {
	body, err := parse(raw)
	if err != nil {
		return answer{}, refuse(400, "malformed_json")
	}
	body = pick(body, p.writes[path])
	r := request{key: key, expected: expected, isCancel: strings.HasPrefix(path, "/delete")}
	r.payment, _ = first(body, "payment_intent_id", "orderId").(string)
	cancels := ""
	if r.isCancel {
		cancels = r.payment
		if r.payment, err = p.ledger.paymentOf(cancels); err != nil {
			return answer{}, err
		}
	}
	if r.payment == "" {
		return answer{}, invalid("expected the id of a payment, or of a refund made here")
	}
	o, err := p.findOrder(r.payment)
	if err != nil {
		return answer{}, err
	}
	isKnown, err := p.ledger.knows(key)
	if err != nil {
		return answer{}, err
	}
	if !isKnown && !r.isCancel {
		if err := p.admit(o); err != nil {
			return answer{}, err
		}
	}
	rows := []any{body}
	if _, given := body["refundPayload"]; given || path == "/create-multivendor-refund" {
		rows, _ = body["refundPayload"].([]any)
	}
	if r.isCancel {
		rows = nil
	} else if len(rows) == 0 {
		return answer{}, invalid("expected at least one row in refundPayload")
	}
	for i := range rows {
		members, isObject := rows[i].(object)
		if !isObject {
			return answer{}, invalid("expected objects in refundPayload")
		}
		if path == "/create-multivendor-refund" {
			members = pick(members, row)
			rows[i] = members
		}
		amount, err := minor(first(members, "amountToRefund", "totalPrice", "amount"), digits(o.currency))
		if err != nil {
			return answer{}, err
		}
		r.asked += amount
	}
	text, err := json.Marshal(body)
	if err != nil {
		return answer{}, err
	}
	sum := sha256.Sum256(append([]byte(path+" "), text...))
	r.print = hex.EncodeToString(sum[:])
	resent, stored, err := p.ledger.begin(r, o, p.rules)
	if err != nil {
		return answer{}, err
	}
	if stored != nil {
		stored.isReplay = true
		return *stored, nil
	}
	got, err := p.provider("POST", path, text, key)
	if err == nil {
		err = p.settle(r, got, resent, cancels, digits(o.currency))
	}
	var without noToken
	if errors.As(err, &without) && !resent {
		log.Printf("%s was not sent: %v", key, err)
		if err := p.ledger.forget(key); err != nil {
			return answer{}, err
		}
		return answer{}, refuse(502, without.code)
	}
	if err != nil {
		log.Printf("the outcome of %s is not known: %v", key, err)
		if err := p.ledger.lost(key); err != nil {
			log.Printf("%s stays in state sending: %v", key, err)
		}
		return answer{}, unknown()
	}
	return got, nil
}

// settle writes down what an answer says. It fails if the answer does not say whether money moved.
func (p *proxy) settle(r request, got answer, resent bool, cancels string, places int) error {
	body, err := parse(got.raw)
	if err != nil {
		return err
	}
	isRefusal := got.status >= 400 && got.status < 499 && got.status != 408 && got.status != 409
	if body["status"] == false && got.status < 300 {
		isRefusal = isEmpty(body["data"])
	}
	switch {
	case isRefusal && resent, !isRefusal && got.status >= 300, r.isCancel && !isRefusal && body["status"] != true:
		return errors.New("the answer says nothing about the money")
	case isRefusal && (got.status == 401 || got.status == 413 || got.status == 429):
		return p.ledger.forget(r.key)
	case isRefusal:
		return p.ledger.settle(r, nil, "", got)
	case r.isCancel:
		return p.ledger.settle(r, nil, cancels, got)
	}
	made, err := refundsIn(body, r.asked, places)
	if err != nil {
		return err
	}
	return p.ledger.settle(r, made, "", got)
}
