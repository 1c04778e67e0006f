package main

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"
)

// read passes on what the provider says of a refund as it came.
func (p *proxy) read(start, id string) (answer, error) {
	got, err := p.provider("GET", start+url.PathEscape(id), nil, "")
	var without noToken
	if errors.As(err, &without) {
		return answer{}, refuse(502, without.code)
	}
	if err != nil {
		return answer{}, refuse(502, "provider_unreachable")
	}
	if body, err := parse(got.raw); err == nil && got.status == 200 {
		return got, p.learn(id, body)
	}
	return got, nil
}

// learn keeps what the provider says of a refund. An answer that is no refund says nothing.
func (p *proxy) learn(id string, body object) error {
	if data, given := body["data"].(object); given {
		body = data
	}
	if body["is_refunded"] == true || body["is_refunded"] == json.Number("1") {
		return p.ledger.learn(id, "succeeded", "refunded")
	}
	word, _ := body["refund_status"].(string)
	if known, found := standings[word]; found {
		return p.ledger.learn(id, known, word)
	}
	return nil
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
	body, err := parse(raw)
	if !hmac.Equal([]byte(expected), []byte(headers.Get("x-wk-signature"))) || err != nil {
		return answer{}, refuse(401, "webhook_refused")
	}
	data, _ := body["data"].(object)
	id, _ := data["payment_refund_id"].(string)
	if err := p.learn(id, data); err != nil {
		return answer{}, err
	}
	return reply(200, "application/json", object{})
}
