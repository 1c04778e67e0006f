package main

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// read passes on what the provider says of a refund as it came.
func (p *proxy) read(start, id string) (answer, error) {
	got, err := p.provider("GET", start+escape(id), nil, "")
	var without noToken
	if errors.As(err, &without) {
		return answer{}, refuse(502, without.code)
	}
	if err != nil {
		return answer{}, refuse(502, "provider_unreachable")
	}
	if got.status >= 200 && got.status < 300 {
		// The reader gets the answer, whatever it is.
		if err := p.learnRead(id, got.raw); err != nil {
			log.Printf("the read of %s says nothing of it: %v", id, err)
		}
	}
	return got, nil
}

// learnRead keeps what a read says of the refund that was asked for.
func (p *proxy) learnRead(id string, raw []byte) error {
	body, err := parse(raw)
	if err != nil {
		return err
	}
	if isUQPAY {
		return p.learn(id, body)
	}
	data, _ := body["data"].(object)
	for _, name := range []string{"order_id", "orderId"} {
		if of, given := data[name]; given && of != id {
			return errors.New("it is about another refund")
		}
	}
	isRefunded := data["is_refunded"] == true || data["is_refunded"] == json.Number("1")
	if body["status"] == true && isRefunded {
		return p.ledger.learn(id, nil, nil, "succeeded", "refunded")
	}
	return nil
}

// learn keeps what UQPAY says of a refund of the ledger's. A row of another refund or amount says nothing of it.
func (p *proxy) learn(id string, row object) error {
	payment, err := p.ledger.paymentOf(id)
	if err != nil || payment == "" {
		return err
	}
	one, err := rowOf(row, payment, 0)
	if err != nil {
		return err
	}
	if one.id != id {
		return &contradiction{"it is about another refund", 0}
	}
	if one.standing == "unrecognised" {
		return nil
	}
	return p.ledger.learn(id, one.amount, one.currency, one.standing, one.status)
}

// Smaller timestamps are seconds, larger ones milliseconds.
const secondsBelow = 100_000_000_000

var plainStamp = regexp.MustCompile(`^[0-9]{1,16}$`)

// webhook takes UQPAY's. UPayments signs nothing, so its callbacks are refused: a read of the refund tells the same.
func (p *proxy) webhook(headers http.Header, raw []byte) (answer, error) {
	stamp := headers.Get("x-wk-timestamp")
	sent, err := strconv.ParseInt(stamp, 10, 64)
	if sent < secondsBelow {
		sent *= 1000
	}
	age := time.Since(time.UnixMilli(sent))
	if !isUQPAY || err != nil || !plainStamp.MatchString(stamp) || age > 300*time.Second || age < -300*time.Second {
		return answer{}, refuse(401, "webhook_refused")
	}
	signature := hmac.New(sha512.New, []byte(setting("REFUND_WEBHOOK_SECRET")))
	signature.Write(append(raw, stamp...))
	expected := hex.EncodeToString(signature.Sum(nil))
	if !hmac.Equal([]byte(expected), []byte(headers.Get("x-wk-signature"))) {
		return answer{}, refuse(401, "webhook_refused")
	}
	body, err := parse(raw)
	if err != nil {
		return answer{}, refuse(400, "malformed_json")
	}
	data, _ := body["data"].(object)
	id, _ := data["payment_refund_id"].(string)
	var differs *contradiction
	if err := p.learn(id, data); errors.As(err, &differs) {
		log.Printf("an event says nothing of a refund: %v", err)
	} else if err != nil {
		return answer{}, err
	}
	return reply(200, "application/json", object{})
}
