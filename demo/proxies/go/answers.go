package main

import (
	"errors"
	"fmt"
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

// saysNo says whether the provider refuses, in its own form of an error. UPayments may do it with a 2xx.
func saysNo(status int, body object) bool {
	isRefusal := status >= 400 && status < 499 && status != 408 && status != 409
	if isUQPAY {
		// An idempotency_error says that UQPAY knows the key from another body: a ledger that was lost may have sent it.
		kind, isError := body["type"], hasTexts(body, "type", "code", "message")
		return isRefusal && isError && kind != "api_error" && kind != "idempotency_error"
	}
	isError := body["status"] == false && hasTexts(body, "message")
	return isError && (isRefusal || status < 300 && isEmpty(body["data"]))
}

// settle writes down what an answer says. It fails if the answer does not say whether money moved.
func (p *proxy) settle(r request, o order, got answer, resent bool) error {
	body, err := parse(got.raw)
	isRefusal := saysNo(got.status, body)
	// Before the request was read, whoever says it: the same key may be sent again.
	isTurnedAway := got.status == 401 || got.status == 413 || got.status == 429
	switch {
	case isTurnedAway && !resent:
		return p.ledger.forget(r.key)
	case err != nil:
		return err
	case isTurnedAway, isRefusal && resent, !isRefusal && got.status >= 300:
		return fmt.Errorf("the answer %d says nothing about the money", got.status)
	case isRefusal:
		return p.ledger.settle(r, nil, "", got)
	}
	made, err := refundsIn(body, r, o)
	if err != nil {
		return err
	}
	return p.ledger.settle(r, made, r.cancels, got)
}

// refundsIn returns the refunds that a 2xx reports, in the provider's own form of a success: any other says nothing.
func refundsIn(body object, r request, o order) (made []refund, err error) {
	if isUQPAY {
		one, err := rowOf(body, o)
		if err == nil && one.amount != r.asked {
			err = &contradiction{"the answer is about another amount", one.amount}
		}
		return []refund{one}, err
	}
	data, _ := body["data"].(object)
	mark := data["isMultivendorRefund"]
	opened := mark == true && r.rows == 0
	if opened {
		if _, err := listIn(data, "refundPayload"); err != nil {
			return nil, err
		}
	}
	switch {
	case body["status"] != true, opened && data["orderId"] != r.payment:
		return nil, errors.New("the answer has no status true, or is about another payment")
	case r.cancels != "", opened:
		return nil, nil // Step one of a refund over several vendors only opens the second step.
	case r.rows > 0:
		return generated(data, r, o)
	case mark != nil && mark != false:
		return nil, errors.New("the answer does not say whether it is a refund")
	}
	id, _ := data["orderId"].(string)
	if id == "" {
		return nil, errors.New("expected the orderId of the refund")
	}
	return []refund{{id, r.asked, "pending", ""}}, nil
}

// generated returns the refunds of an answer about several vendors, which says what became of each row.
func generated(data object, r request, o order) (made []refund, err error) {
	lists, _ := data["responseData"].(object)
	told, sum, ids := 0, int64(0), map[string]bool{}
	for _, name := range []string{"generated", "dataTempered", "refundIssue", "insufficientBalance"} {
		rows, err := listIn(lists, name)
		if err != nil {
			return nil, err
		}
		told += len(rows)
	}
	if told != r.rows {
		return nil, errors.New("expected to learn what became of each row")
	}
	rows, _ := lists["generated"].([]any)
	for _, one := range rows {
		members, _ := one.(object)
		id, _ := members["orderId"].(string)
		amount, err := minor(members["amount"], digits(o.currency))
		if err != nil || id == "" {
			return nil, errors.New("expected the orderId and the amount of each refund")
		}
		ids[id] = true
		sum += amount
		made = append(made, refund{id, amount, "pending", ""})
	}
	if sum > r.asked {
		return nil, &contradiction{"the answer is about another amount", sum}
	}
	if len(ids) < len(made) {
		return nil, errors.New("two refunds have one id")
	}
	return made, nil
}

// rowOf reads a refund of UQPAY.
func rowOf(row object, o order) (refund, error) {
	id, _ := row["payment_refund_id"].(string)
	word, _ := row["refund_status"].(string)
	currency, _ := row["currency"].(string)
	if id == "" || word == "" || currency == "" {
		return refund{}, &contradiction{"no payment_refund_id, refund_status and currency", 0}
	}
	payment := row["payment_intent_id"]
	if payment != nil && payment != o.payment || currency != o.currency {
		return refund{}, &contradiction{"a refund of another payment or in " + currency, o.captured}
	}
	amount, err := minor(row["amount"], digits(o.currency))
	if err != nil {
		return refund{}, &contradiction{"it has no amount", 0}
	}
	return refund{id, amount, standing(word), word}, nil
}
