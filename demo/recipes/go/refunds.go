// Package refunds makes a merchant's refunds at UQPAY.
package refunds

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

// Unknown is the status while nobody knows whether the provider makes the refund.
const Unknown = "UNKNOWN"

// refusals are the errors that speak of the refund itself. Every other error says nothing about the money.
var refusals = map[string]bool{
	"invalid_request_error": true, "payment_error": true, "refund_error": true, "not_found": true,
}

// Refused says that the provider refused the refund. No money moves.
type Refused struct{ Message string }

func (refused Refused) Error() string { return refused.Message }

// Refund is one refund. ID is your own UUID: store it before you send the refund, because it finds the refund again.
type Refund struct{ ID, Payment, Amount, Reason string }

// Client calls UQPAY. API is the provider's address, or in a test the sandbox's.
type Client struct {
	API, ClientID, APIKey string

	token string
}

type row struct {
	Status   string            `json:"refund_status"`
	Metadata map[string]string `json:"metadata"`
}

// Create sends one refund and returns its status. A lost answer is not a failure: the refund is looked up, and is
// Unknown if it is not found.
func (client *Client) Create(refund Refund) (string, error) {
	if err := client.signIn(); err != nil {
		return "", err
	}
	body := map[string]any{
		"payment_intent_id": refund.Payment, "amount": refund.Amount, "reason": refund.Reason,
		"metadata": map[string]string{"refund": refund.ID},
	}
	status, raw, err := client.call("POST", "/v2/payment/refunds", refund.ID, body)
	if err != nil {
		return client.LookUp(refund), nil
	}
	var answer struct {
		row
		Type, Message string
	}
	if json.Unmarshal(raw, &answer) != nil {
		return client.LookUp(refund), nil
	}
	if status == http.StatusOK && answer.Status != "" {
		return answer.Status, nil
	}
	if status == http.StatusBadRequest && refusals[answer.Type] {
		return "", Refused{answer.Message}
	}
	return client.LookUp(refund), nil
}

// LookUp only reads. A refund that is not found may still arrive, so look it up again later.
func (client *Client) LookUp(refund Refund) string {
	query := url.Values{"payment_intent_id": {refund.Payment}, "page_size": {"100"}, "page_number": {"1"}}
	status, raw, err := client.call("GET", "/v2/payment/refunds?"+query.Encode(), "", nil)
	var page struct{ Data []row }
	if err != nil || status != http.StatusOK || json.Unmarshal(raw, &page) != nil {
		return Unknown
	}
	for _, found := range page.Data {
		if found.Metadata["refund"] == refund.ID {
			return found.Status
		}
	}
	return Unknown
}

func (client *Client) call(method, path, key string, body any) (int, []byte, error) {
	status, raw, err := client.send(method, path, key, body)
	if err != nil || status != http.StatusUnauthorized {
		return status, raw, err
	}
	// The token has expired and nothing was carried out, so the call may be sent again.
	client.token = ""
	if err := client.signIn(); err != nil {
		return 0, nil, err
	}
	return client.send(method, path, key, body)
}

func (client *Client) signIn() error {
	if client.token != "" {
		return nil
	}
	status, raw, err := client.send("POST", "/v1/connect/token", "", nil)
	var answer struct {
		Token string `json:"auth_token"`
	}
	if err != nil || status != http.StatusOK || json.Unmarshal(raw, &answer) != nil {
		return fmt.Errorf("signing in: UQPAY answered %d: %s %v", status, raw, err)
	}
	client.token = answer.Token
	return nil
}

var patient = http.Client{Timeout: 20 * time.Second}

func (client *Client) send(method, path, key string, body any) (int, []byte, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequest(method, client.API+path, bytes.NewReader(text))
	if err != nil {
		return 0, nil, err
	}
	// net/http sends a request with an idempotency key again by itself when a connection drops. Without GetBody it cannot.
	request.GetBody = nil
	request.Header.Set("content-type", "application/json")
	request.Header.Set("x-client-id", client.ClientID)
	if client.token == "" {
		request.Header.Set("x-api-key", client.APIKey)
	} else {
		request.Header.Set("x-auth-token", "Bearer "+client.token)
	}
	if key != "" {
		request.Header.Set("x-idempotency-key", key)
	}
	response, err := patient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	return response.StatusCode, raw, err
}
