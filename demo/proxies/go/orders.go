package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/url"
	"strconv"
	"strings"
)

// order is what the merchant has on record. told and count are the sum and the number of refunds made elsewhere. method is
// a text, or nil.
type order struct {
	payment, currency string
	method            any
	captured, told    int64
	count             int
}

// findOrder reads the merchant's own orders, never the browser.
func (c *caller) findOrder(payment string) (order, error) {
	// At the end of an address dots would be another address. Control characters would forge a line of the log.
	if strings.Trim(payment, ".") == "" || strings.IndexFunc(payment, isControl) >= 0 {
		return order{}, refuse(404, "payment_not_found")
	}
	address := strings.ReplaceAll(setting("REFUND_ORDERS"), "{id}", escape(payment))
	got, err := c.call("GET", address, nil, nil)
	if err != nil {
		return order{}, noOrder(address, fmt.Sprintf("got no answer (%s)", reason(err)))
	}
	if got.status == 404 {
		return order{}, refuse(404, "payment_not_found")
	}
	if got.status != 200 {
		return order{}, noOrder(address, fmt.Sprintf("answered %d", got.status))
	}
	found, err := parse(got.raw)
	if err != nil {
		return order{}, noOrder(address, "answered something that is no JSON object")
	}
	o := order{payment: payment}
	if o.currency, _ = found["currency"].(string); !isCurrency(o.currency) {
		return order{}, noOrder(address, "has no ISO 4217 code in capitals, such as USD, as currency")
	}
	if o.captured, err = amountOf(found["captured"], digits(o.currency)); err != nil {
		return order{}, noOrder(address, "has no amount in "+o.currency+" as captured")
	}
	if found["refunded_elsewhere"] != nil {
		if o.told, err = amountOf(found["refunded_elsewhere"], digits(o.currency)); err != nil {
			return order{}, noOrder(address, "has no amount in "+o.currency+" as refunded_elsewhere")
		}
	}
	if count, given := found["refunded_elsewhere_count"].(json.Number); given {
		o.count, _ = strconv.Atoi(count.String())
	}
	if method, isText := found["payment_method"].(string); isText {
		o.method = method
	}
	return o, nil
}

func isControl(mark rune) bool { return mark < ' ' || mark == 0x7f }

// escape encodes an id wholly, for a path as for a query: a mark that is left as it is may mean something else there.
func escape(id string) string { return strings.ReplaceAll(url.QueryEscape(id), "+", "%20") }

// reason is the error without the address: its query may hold a secret of the shop's.
func reason(err error) error {
	if whole, isURL := err.(*url.Error); isURL {
		return whole.Err
	}
	return err
}

// noOrder is the refusal that says what was called and what came.
func noOrder(address, why string) error {
	path := address
	if found, err := url.Parse(address); err == nil {
		path = found.EscapedPath()
	}
	log.Printf("REFUND_ORDERS: GET %s %s", path, why)
	return &refused{503, "orders_unavailable", "nothing", object{"detail": "GET " + path + " " + why}}
}
