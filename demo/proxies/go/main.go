// A thin refund proxy for <refund-form> with net/http and a ledger in SQLite. It adds the provider's credentials, serves
// the paths of a refund and no others, sends a key once, and never refunds more than was captured.
package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const bodyLimit = 65536

var isUQPAY = os.Getenv("REFUND_PROVIDER") == "uqpay"

// isSignedIn is the place for the look-up of your own session. It must check the session, not only that a header is there.
func isSignedIn(r *http.Request) bool {
	return subtle.ConstantTimeCompare([]byte(r.Header.Get("X-Session")), []byte(setting("REFUND_SESSION"))) == 1
}

func (p *proxy) route(w http.ResponseWriter, r *http.Request) (answer, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		return answer{}, refuse(413, "body_too_large")
	}
	base := "/refunds/" + os.Getenv("REFUND_PROVIDER")
	path := strings.TrimPrefix(r.URL.EscapedPath(), base)
	if path == r.URL.EscapedPath() || !strings.HasPrefix(path, "/") {
		return answer{}, refuse(404, "path_not_allowed")
	}
	if r.Method == "POST" && path == "/webhooks" {
		return p.webhook(r.Header, raw)
	}
	_, host, _ := strings.Cut(r.Header.Get("Origin"), "//")
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" || len(r.Header["Origin"]) > 0 && host != r.Host {
		return answer{}, refuse(403, "origin_not_allowed")
	}
	if !isSignedIn(r) {
		return answer{}, refuse(401, "unauthenticated")
	}
	cut := strings.LastIndex(path, "/") + 1
	start := path[:cut]
	last, err := url.PathUnescape(path[cut:])
	if err != nil {
		return answer{}, refuse(404, "path_not_allowed")
	}
	if r.Method == "GET" {
		return p.get(path, start, last)
	}
	if _, isWrite := p.writes[path]; !isWrite || r.Method != "POST" {
		return answer{}, refuse(404, "path_not_allowed")
	}
	if r.Header.Get("X-Refund-Form") != "1" {
		return answer{}, refuse(400, "refund_form_header_required")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return answer{}, refuse(415, "unsupported_media_type")
	}
	key, err := keyOf(r.Header.Get("Idempotency-Key"))
	if err != nil {
		return answer{}, err
	}
	return p.write(path, key, raw, r.Header.Get("X-Expected-Refundable"))
}

func (p *proxy) get(path, start, last string) (answer, error) {
	if path == "/" {
		return reply(200, "application/json", object{
			"name": "refund-form-proxy", "provider": os.Getenv("REFUND_PROVIDER"), "deduplicates": true,
		})
	}
	if start == "/payments/" {
		found, err := p.findOrder(last)
		if err != nil {
			return answer{}, err
		}
		summary, err := p.summary(found)
		if err != nil {
			return answer{}, err
		}
		return reply(200, "application/json", summary)
	}
	for _, read := range p.reads {
		if start == read && isRefund(last) {
			return p.read(start, last)
		}
	}
	return answer{}, refuse(404, "path_not_allowed")
}

// isRefund refuses what would be another address, or would forge a line of the log.
func isRefund(id string) bool {
	return strings.Trim(id, ".") != "" && !strings.ContainsAny(id, `/\`) && strings.IndexFunc(id, isControl) < 0
}

func reply(status int, kind string, value object) (answer, error) {
	raw, err := json.Marshal(value)
	return answer{status: status, kind: kind, raw: raw}, err
}

func (p *proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	got, err := p.route(w, r)
	if err != nil {
		var why *refused
		if !errors.As(err, &why) {
			log.Printf("%s %s: %v", r.Method, r.URL.EscapedPath(), err)
			// Nothing was sent now, but an earlier request with this key may have been.
			why = &refused{503, "ledger_unavailable", "unknown", nil}
		}
		problem := object{"title": strings.ReplaceAll(why.code, "_", " "), "status": why.status, "code": why.code, "effect": why.effect}
		for name, value := range why.more {
			problem[name] = value
		}
		got, _ = reply(why.status, "application/problem+json", problem)
	}
	w.Header().Set("Content-Type", got.kind)
	w.Header().Set("Cache-Control", "no-store")
	if got.retryAfter != "" {
		w.Header().Set("Retry-After", got.retryAfter)
	}
	if got.isReplay {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(got.status)
	w.Write(got.raw) // The browser may have left: the ledger knows the answer.
}

func main() {
	p := &proxy{writes: upaymentsWrites, reads: []string{"/check-refund/", "/check-refund-status/"}}
	p.rules.alone = true
	needed, inHeaders := []string{"REFUND_SESSION", "REFUND_LEDGER"}, []string{"REFUND_TOKEN"}
	if isUQPAY {
		needed, inHeaders = append(needed, "REFUND_WEBHOOK_SECRET"), []string{"REFUND_CLIENT_ID", "REFUND_API_KEY"}
		p.writes, p.reads = uqpayWrites, []string{"/v2/payment/refunds/"}
		// UQPAY knows a key for 24 hours, UPayments knows none.
		p.rules = rules{resendFor: 86000 * time.Second}
	}
	timeout := checkSettings(needed, inHeaders)
	p.caller = newCaller(timeout)
	// A write waits for the token of another one, gets one and sends the request, each up to twice.
	p.rules.lostAfter = 7 * timeout
	var err error
	if p.ledger, err = openLedger(setting("REFUND_LEDGER")); err != nil {
		log.Fatalf("REFUND_LEDGER: %s cannot be opened (%v): correct it in the environment of the server", setting("REFUND_LEDGER"), err)
	}
	port := optional("PORT", "8080")
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		log.Fatalf("port %s cannot be used (%v): set PORT to another one", port, err)
	}
	fmt.Printf("http://%s/refunds/%s\n", listener.Addr(), os.Getenv("REFUND_PROVIDER"))
	server := &http.Server{Handler: p, ReadTimeout: 30 * time.Second, IdleTimeout: 75 * time.Second}
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Fatal(err)
		}
	}()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, os.Interrupt)
	<-stop
	// The answer to a refund that is on its way still gets into the ledger, and to the browser.
	server.Shutdown(context.Background())
}
