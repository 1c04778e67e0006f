package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net/http"
	"time"
	"unicode/utf8"
)

type answer struct {
	status           int
	kind, retryAfter string
	raw              []byte
	isReplay         bool
}

// No answer of a provider is this long, in bytes. What is may be a page of something between.
const answerLimit = 1 << 20

// caller sends each request once. Go repeats one by itself only on a connection that was used before, or over HTTP/2:
// this client has neither. It follows no redirect either.
type caller struct {
	http  *http.Client
	token string
	lock  chan struct{}
}

func newCaller(timeout time.Duration) *caller {
	transport := &http.Transport{
		DisableKeepAlives:  true,
		DisableCompression: true,
		TLSNextProto:       map[string]func(string, *tls.Conn) http.RoundTripper{},
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &caller{
		http: &http.Client{Transport: transport, Timeout: timeout, CheckRedirect: stay},
		lock: make(chan struct{}, 1),
	}
}

func (c *caller) call(method, address string, body []byte, headers map[string]string) (answer, error) {
	// The browser may leave: the request still runs to its end, so it has no context of the browser's.
	request, err := http.NewRequest(method, address, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	// Something between would compress an answer to whoever does not say that it must not.
	request.Header.Set("Accept-Encoding", "identity")
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, answerLimit+1))
	if len(raw) > answerLimit {
		return answer{}, errors.New("the answer is too long")
	}
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	kept := response.Header
	return answer{status: response.StatusCode, kind: kept.Get("Content-Type"), retryAfter: kept.Get("Retry-After"), raw: raw}, err
}

// nameRefused is for the log: the answer alone does not say which variable is wrong.
func nameRefused(names string, status int) {
	log.Printf("the provider refuses %s (it answered %d): correct it in the environment of the server", names, status)
}

// noToken means that without a token that is taken, this time nothing was carried out.
type noToken struct{ code string }

func (n noToken) Error() string { return "there is no token: " + n.code }

// credentials are shared by all requests. worn is the token that the provider took no more.
func (c *caller) credentials(worn string) (map[string]string, error) {
	if !isUQPAY {
		return map[string]string{"Authorization": "Bearer " + setting("REFUND_TOKEN"), "Content-Type": "application/json"}, nil
	}
	// Whoever waits for longer would still send when a person may have ended the request.
	select {
	case c.lock <- struct{}{}:
		defer func() { <-c.lock }()
	case <-time.After(c.http.Timeout):
		return nil, noToken{"provider_unreachable"}
	}
	client := setting("REFUND_CLIENT_ID")
	if c.token == "" || c.token == worn {
		keys := map[string]string{"x-client-id": client, "x-api-key": setting("REFUND_API_KEY")}
		got, err := c.call("POST", upstream()+"/v1/connect/token", nil, keys)
		if err == nil && (got.status == 401 || got.status == 403) {
			nameRefused("REFUND_CLIENT_ID with REFUND_API_KEY", got.status)
			return nil, noToken{"credentials_refused"}
		}
		if err != nil {
			log.Printf("there is no token of the provider: %v", err)
		}
		body, unreadable := parse(got.raw)
		token, _ := body["auth_token"].(string)
		if err != nil || unreadable != nil || got.status != 200 || token == "" {
			return nil, noToken{"provider_unreachable"}
		}
		c.token = "Bearer " + token
	}
	return map[string]string{"x-client-id": client, "x-auth-token": c.token, "Content-Type": "application/json"}, nil
}

// provider sends a request with its credentials. A refused token means that nothing was read: it is sent with a new one.
func (c *caller) provider(method, path string, body []byte, key string) (answer, error) {
	worn := ""
	for {
		headers, err := c.credentials(worn)
		if err != nil {
			return answer{}, err
		}
		if isUQPAY && key != "" {
			headers["x-idempotency-key"] = key
		}
		got, err := c.call(method, upstream()+path, body, headers)
		if err != nil || got.status != 401 {
			return got, err
		}
		if !isUQPAY || worn != "" {
			if !isUQPAY {
				nameRefused("REFUND_TOKEN", 401)
			}
			// As it came, a form would take it for a sign-in that has ended.
			return answer{}, noToken{"credentials_refused"}
		}
		worn = headers["x-auth-token"]
	}
}

// parse reads a JSON object whose numbers keep every digit.
func parse(raw []byte) (object, error) {
	if !utf8.Valid(raw) { // The decoder would put another mark in its place.
		return nil, errors.New("expected UTF-8")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value object
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); value == nil || !errors.Is(err, io.EOF) {
		return nil, errors.New("expected one JSON object and nothing after it")
	}
	return value, nil
}
