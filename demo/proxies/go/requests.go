package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"strings"
)

// request is what a write asks for.
type request struct {
	key, print, payment, expected string
	text                          []byte // what is sent
	cancels                       string // the refund that a cancel names
	rows                          []object
	currency                      string
	asked, captured               int64
	amounts                       []int64
	isResent                      bool
}

// subject reads a body: the members to pass on, the payment, and what is refunded of it.
func (p *proxy) subject(path string, raw []byte) (r request, err error) {
	body, err := parse(raw)
	if err != nil {
		return r, refuse(400, "malformed_json")
	}
	body = pick(body, p.writes[path])
	switch {
	case strings.HasPrefix(path, "/delete"):
		r.cancels, _ = body["orderId"].(string)
		r.payment, err = p.ledger.cancelledBy(body, p.writes[path])
	case path == "/create-multivendor-refund":
		r.rows, err = vendorRows(body)
		fallthrough
	default:
		if r.payment, _ = first(body, "payment_intent_id", "orderId").(string); r.payment == "" {
			err = invalid("expected the id of a payment")
		}
		if r.rows == nil {
			r.rows = []object{body}
		}
	}
	if err != nil {
		return r, err
	}
	r.text, err = json.Marshal(body)
	sum := sha256.Sum256(append([]byte(path+" "), r.text...))
	r.print = hex.EncodeToString(sum[:])
	return r, err
}

// vendorRows picks the members of each row that are passed on. By its refundRequestId an answer names a row that it refuses.
func vendorRows(body object) (picked []object, err error) {
	rows, _ := body["refundPayload"].([]any)
	if len(rows) == 0 {
		return nil, invalid("expected at least one row in refundPayload")
	}
	ids := map[string]bool{}
	for i := range rows {
		members, isObject := rows[i].(object)
		if !isObject {
			return nil, invalid("expected objects in refundPayload")
		}
		one := pick(members, row)
		id, isText := one["refundRequestId"].(string)
		if !isText || ids[id] {
			return nil, invalid("expected a refundRequestId of its own in each row")
		}
		ids[id], rows[i] = true, one
		picked = append(picked, one)
	}
	return picked, nil
}

func (r *request) isOverVendors() bool { return len(r.rows) > 0 && r.rows[0]["refundRequestId"] != nil }

// count reads the amounts in the currency of the order. What a request that is sent again asked for is known: by now the
// order may be in another currency, and the answer is about the first one.
func (r *request) count(o order) error {
	for _, each := range r.rows {
		given := first(each, "amountToRefund", "totalPrice", "amount")
		// UQPAY takes a text, UPayments a number. The other one it may read as another amount, or not at all.
		if _, isText := given.(string); isText != isUQPAY {
			kind := map[bool]string{true: "text", false: "number"}[isUQPAY]
			return invalid("expected the amount as a " + kind)
		}
		amount, err := minor(given, digits(o.currency))
		if err != nil {
			return err
		}
		r.amounts = append(r.amounts, amount)
	}
	r.captured = o.captured
	if r.isResent {
		r.captured = max(o.captured, r.asked+1)
	} else {
		r.asked, r.currency = total(r.amounts), o.currency
	}
	if r.currency == "" { // An earlier version wrote none.
		r.currency = o.currency
	}
	return nil
}

// askedInFull is the sum as a text, also where it does not fit into an int64.
func (r *request) askedInFull() string {
	sum := new(big.Int)
	for _, one := range r.amounts {
		sum.Add(sum, big.NewInt(one))
	}
	return decimal(sum, digits(r.currency))
}
