package refunds

import (
	"crypto/hmac"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const tolerance = 5 * time.Minute

// Event is a webhook of UQPAY.
type Event struct {
	ID   string `json:"event_id"`
	Type string `json:"event_type"`
}

// Receiver takes UQPAY's webhooks. OnEvent gets each event once, although the provider may send it twice.
type Receiver struct {
	Secret  string
	OnEvent func(Event)

	mutex sync.Mutex
	seen  map[string]bool
}

// isGenuine says whether UQPAY signed this body within the last five minutes. The body has to be the bytes that arrived.
func (receiver *Receiver) isGenuine(rawBody []byte, header http.Header) bool {
	timestamp := header.Get("x-wk-timestamp")
	number, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return false
	}
	// Either milliseconds or seconds.
	signedAt := time.Unix(number, 0)
	if number >= 1e12 {
		signedAt = time.UnixMilli(number)
	}
	if age := time.Since(signedAt); age > tolerance || age < -tolerance {
		return false
	}
	mac := hmac.New(sha512.New, []byte(receiver.Secret))
	mac.Write(rawBody)
	mac.Write([]byte(timestamp))
	given, err := hex.DecodeString(header.Get("x-wk-signature"))
	return err == nil && hmac.Equal(mac.Sum(nil), given)
}

func (receiver *Receiver) ServeHTTP(response http.ResponseWriter, request *http.Request) {
	rawBody, err := io.ReadAll(request.Body)
	var event Event
	if err != nil || !receiver.isGenuine(rawBody, request.Header) || json.Unmarshal(rawBody, &event) != nil {
		response.WriteHeader(http.StatusUnauthorized)
		return
	}
	receiver.mutex.Lock()
	defer receiver.mutex.Unlock()
	if receiver.seen == nil {
		receiver.seen = map[string]bool{}
	}
	if !receiver.seen[event.ID] {
		receiver.OnEvent(event)
	}
	receiver.seen[event.ID] = true
}
