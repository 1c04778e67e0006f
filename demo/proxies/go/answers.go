package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
)

var standings = map[string]string{
	"INITIATED": "pending", "PROCESSING": "pending", "SUCCEEDED": "succeeded", "FAILED": "failed",
	"REVERSAL_INITIATED": "reversing", "REVERSAL_PROCESSING": "reversing", "REVERSAL_SUCCEEDED": "reversed",
}

func standing(word string) string {
	if known, found := standings[word]; found {
		return known
	}
	return "unrecognised"
}

// contradiction is an answer that does not fit what was asked. least is what must stay held for what it says.
type contradiction struct {
	why   string
	least int64
}

func (c *contradiction) Error() string { return c.why }

// isEmpty says whether a member holds nothing. A number and a boolean do not, either.
func isEmpty(value any) bool {
	switch held := value.(type) {
	case object:
		return len(held) == 0
	case []any:
		return len(held) == 0
	case string:
		return held == ""
	}
	return true
}

// listIn fails for a list that is missing, or is none: it may hide a refund that has taken the money.
func listIn(members object, name string) ([]any, error) {
	if found, isList := members[name].([]any); isList {
		return found, nil
	}
	return nil, fmt.Errorf("%s is no list", name)
}

func hasTexts(body object, names ...string) bool {
	for _, name := range names {
		if _, isText := body[name].(string); !isText {
			return false
		}
	}
	return true
}

// A list of refunds that were made, also within a text.
var generated = regexp.MustCompile(`generated\\*":[\[{][^\]}]`).Match

// Only these of UQPAY's errors speak of the refund itself, whichever send they answer.
var ofTheRefund = regexp.MustCompile(`^(invalid_request|payment|refund)_error$`).MatchString

// verdict is what an answer means. unsent: the same key may be sent again. refusal: the provider says no, in its own form
// of an error. made: see refundsIn.
type verdict int

const (
	saysNothing verdict = iota
	unsent
	refusal
	made
)

func judge(status int, body object, isResent bool) verdict {
	saysNo := status >= 400 && status < 499 && status != 408 && status != 409
	// Before the request was read, whoever says it.
	isUnsent, isRefusal := status == 401 || status == 413 || status == 429, false
	if isUQPAY {
		// An idempotency_error says that UQPAY knows the key from another body: a ledger that was lost may have sent it.
		kind, _ := body["type"].(string)
		if saysNo && hasTexts(body, "type", "code", "message") && kind != "idempotency_error" {
			isUnsent = isUnsent || body["code"] == "velocity_limit_exceeded"
			// Had the first send been carried out, a repeat would get its answer: so no other refusal of a repeat is about it.
			isRefusal = ofTheRefund(kind) || !isResent && kind != "api_error"
		}
	} else if !isResent && body["status"] == false && hasTexts(body, "message") {
		// UPayments may say no with a 2xx. Beside a vendor's refund that a second step has made, a refusal is of the others.
		text, err := json.Marshal(body)
		hasMade := err != nil || generated(text)
		isRefusal = saysNo && !hasMade || status < 300 && isEmpty(body["data"])
	}
	switch {
	case isUnsent && !isResent:
		return unsent
	case isRefusal && !isUnsent:
		return refusal
	case status < 300:
		return made
	}
	return saysNothing
}

// settle writes down what an answer says. It fails if the answer does not say whether money moved.
func (p *proxy) settle(r request, got answer) error {
	body, err := parse(got.raw)
	found := judge(got.status, body, r.isResent)
	if err != nil && found != unsent {
		return err
	}
	switch found {
	case unsent:
		return p.ledger.forget(r.key)
	case refusal:
		return p.ledger.settle(r, nil, "", got)
	case saysNothing:
		return fmt.Errorf("the answer %d says nothing about the money", got.status)
	}
	refunds, err := refundsIn(body, r)
	if err != nil {
		return err
	}
	return p.ledger.settle(r, refunds, r.cancels, got)
}

// refundsIn returns the refunds that a 2xx reports, in the provider's own form of a success: any other says nothing.
func refundsIn(body object, r request) ([]refund, error) {
	if isUQPAY {
		return ofRequest(body, r)
	}
	data, _ := body["data"].(object)
	mark := data["isMultivendorRefund"]
	switch {
	case body["status"] != true:
		return nil, errors.New("the answer has no status true")
	case r.cancels != "":
		return nil, nil
	case r.isOverVendors():
		return ofVendors(data, r)
	case mark == true:
		return nil, checkOpened(data, r.payment) // It only opened the second step.
	case mark != nil && mark != false:
		return nil, errors.New("the answer does not say whether it is a refund")
	}
	id, _ := data["orderId"].(string)
	if id == "" {
		return nil, errors.New("expected the orderId of the refund")
	}
	return []refund{{id, r.asked, "pending", "", r.currency}}, nil
}

// ofRequest returns the refund of an answer of UQPAY, if it is the one that was asked for.
func ofRequest(row object, r request) ([]refund, error) {
	one, err := rowOf(row, r.payment, r.captured)
	switch {
	case err != nil:
		return nil, err
	case one.currency != r.currency:
		return nil, &contradiction{"the answer is in " + one.currency, r.captured}
	case one.amount != r.asked:
		return nil, &contradiction{"the answer is about another amount", one.amount}
	}
	return []refund{one}, nil
}

// rowOf reads a refund of UQPAY. captured is what stays held if it is of another payment.
func rowOf(row object, ofPayment string, captured int64) (refund, error) {
	id, _ := row["payment_refund_id"].(string)
	word, _ := row["refund_status"].(string)
	currency, _ := row["currency"].(string)
	if id == "" || word == "" || !isCurrency(currency) {
		return refund{}, &contradiction{"no payment_refund_id, refund_status and currency", 0}
	}
	if payment := row["payment_intent_id"]; payment != nil && payment != ofPayment {
		return refund{}, &contradiction{"a refund of another payment", captured}
	}
	amount, err := amountOf(row["amount"], digits(currency))
	if err != nil {
		return refund{}, &contradiction{"it has no amount", 0}
	}
	return refund{id, amount, standing(word), word, currency}, nil
}
