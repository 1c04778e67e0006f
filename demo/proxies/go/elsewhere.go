package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strconv"
	"time"
)

// Refunds made elsewhere, such as in the provider's dashboard, count before a payment is shown or refunded. UQPAY lists
// them with their amounts. UPayments lists them without: what the order does not account for stops a refund.

// listsOf returns the paths that list the refunds of a payment.
func listsOf(payment string) []string {
	if !isUQPAY {
		return []string{"/check-refund/" + escape(payment)}
	}
	page := "/v2/payment/refunds?page_size=100&page_number=1&payment_intent_id=" + escape(payment)
	day := func(ago int) string { return time.Now().UTC().AddDate(0, 0, -ago).Format("2006-01-02T15:04:05Z") }
	// Without times UQPAY lists the last month by its own clock. At most it lists three.
	return []string{page, page + "&start_time=" + escape(day(85)) + "&end_time=" + escape(day(27))}
}

// unaccounted are refunds whose amounts nobody knows.
type unaccounted struct {
	listed, known, open int
}

func (u unaccounted) words() string {
	return fmt.Sprintf("UPayments lists %d refunds of this payment, and the amounts of %d are known. "+
		"Give the order refunded_elsewhere and refunded_elsewhere_count", u.listed, u.known)
}

// takeElsewhere counts what the provider lists. k is what the ledger knew before: a refund made meanwhile may be listed.
func (p *proxy) takeElsewhere(o order, k known) (*unaccounted, error) {
	listed := []refund{}
	for _, path := range listsOf(o.payment) {
		got, err := p.provider("GET", path, nil, "")
		if err == nil {
			err = addRows(&listed, got, o)
		}
		var without noToken
		if errors.As(err, &without) {
			return nil, refuse(502, without.code)
		}
		if err != nil {
			log.Printf("the provider's refunds of %s cannot be read: %v", o.payment, err)
			detail := "the provider's refunds of this payment cannot be read"
			return nil, &refused{502, "provider_unreachable", "nothing", object{"detail": detail}}
		}
	}
	if isUQPAY {
		return nil, p.ledger.observe(o, listed)
	}
	strange := 0
	for _, one := range listed {
		if ours, found := k.ids[one.id]; !found {
			strange++
		} else if !k.isNamed {
			if err := p.ledger.noteListed(ours); err != nil {
				return nil, err
			}
		}
	}
	more := strange - o.count
	if strange == len(listed) && !k.isNamed {
		// No list has ever had one of our ids. It may show other ids of our refunds: only the numbers can be compared.
		more -= k.held
	}
	if more <= 0 {
		return nil, nil
	}
	return &unaccounted{len(listed), len(listed) - more, k.open}, nil
}

// admit refuses a new refund while the amount of another one is not known.
func (p *proxy) admit(o order) error {
	k, err := p.ledger.known(o.payment)
	if err != nil {
		return err
	}
	if !isUQPAY && k.open > 0 {
		return refuse(409, "payment_busy") // The list may show it or not.
	}
	found, err := p.takeElsewhere(o, k)
	if err != nil || found == nil {
		return err
	}
	more := object{"detail": found.words(), "listed": found.listed, "known": found.known}
	return &refused{409, "refunded_elsewhere", "nothing", more}
}

// addRows adds the refunds of one answer: of UPayments the ids alone.
func addRows(listed *[]refund, got answer, o order) error {
	body, err := parse(got.raw)
	if err != nil || got.status < 200 || got.status > 299 || !isUQPAY && body["status"] != true {
		return fmt.Errorf("the answer %d is no list of refunds", got.status)
	}
	lists, name := body, "data"
	if !isUQPAY {
		lists, _ = body["data"].(object)
		name = "refund"
	}
	rows, err := listIn(lists, name)
	if err != nil {
		return err
	}
	if pages, _ := body["total_pages"].(json.Number); isUQPAY && pages != "0" && pages != "1" {
		return errors.New("more than 100 refunds are listed")
	}
	// What is missing may be a refund that has taken the money.
	if total, given := body["total_items"]; isUQPAY && given {
		number, _ := total.(json.Number)
		if count, err := strconv.ParseUint(number.String(), 10, 32); err != nil || count > uint64(len(rows)) {
			return errors.New("the list counts more refunds than it shows")
		}
	}
	for _, row := range rows {
		members, _ := row.(object)
		if !isUQPAY {
			id, isText := members["order_id"].(string)
			if !isText {
				return errors.New("a refund has no order_id")
			}
			*listed = append(*listed, refund{id: id})
			continue
		}
		one, err := rowOf(members, o.payment, o.captured)
		if err != nil {
			return err
		}
		*listed = append(*listed, one)
	}
	return nil
}
