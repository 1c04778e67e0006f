package main

import (
	"database/sql"
	"log"
)

type sums struct {
	refunded, pending int64
	isForeign         bool // there is a refund in another currency than the order's
}

// sumsOf returns what is refunded, and what is held for requests and refunds that may still be carried out. A refund in
// another currency may be any part of the payment, so nothing is left then. The order tells what was refunded elsewhere:
// the refunds without a key may be a part of it.
func sumsOf(tx *sql.Tx, o order) (s sums, err error) {
	if err = nameCurrency(tx, o); err != nil {
		return s, err
	}
	var elsewhere int64
	err = tx.QueryRow(`SELECT
		(SELECT ifnull(sum(amount), 0) FROM refunds WHERE payment = ?1 AND currency = ?2 AND standing = 'succeeded'),
		(SELECT ifnull(sum(amount), 0) FROM refunds WHERE payment = ?1 AND currency = ?2
			AND standing NOT IN ('succeeded', 'failed', 'cancelled'))
		+ (SELECT ifnull(sum(held), 0) FROM requests WHERE payment = ?1 AND currency = ?2),
		(SELECT ifnull(sum(amount), 0) FROM refunds WHERE payment = ?1 AND currency = ?2 AND key IS NULL
			AND standing NOT IN ('failed', 'cancelled')),
		EXISTS (SELECT 1 FROM requests WHERE payment = ?1 AND currency != ?2 AND held > 0)
		OR EXISTS (SELECT 1 FROM refunds WHERE payment = ?1 AND currency != ?2 AND standing NOT IN ('failed', 'cancelled'))`,
		o.payment, o.currency).Scan(&s.refunded, &s.pending, &elsewhere, &s.isForeign)
	s.refunded += max(o.told-elsewhere, 0)
	s.isForeign = s.isForeign && o.told == 0
	if s.isForeign {
		s.pending = max(s.pending, o.captured-s.refunded)
	}
	return s, err
}

func foreignWords(o order) string {
	return "This payment has a refund that is not in " + o.currency + ", so what is left to refund is not known. " +
		"Give the order refunded_elsewhere, then try again"
}

// nameCurrency is for a ledger of an earlier version, which wrote amounts without their currency: they are in that of the
// order, as it is read first.
func nameCurrency(tx *sql.Tx, o order) error {
	for _, table := range []string{"requests", "refunds"} {
		_, err := tx.Exec("UPDATE "+table+" SET currency = ? WHERE payment = ? AND currency IS NULL", o.currency, o.payment)
		if err != nil {
			return err
		}
	}
	return nil
}

const everyRequest = `
SELECT r.id, r.key, r.amount, r.currency, r.status, r.standing, 0, x'' FROM refunds r WHERE r.payment = ?1
UNION ALL SELECT NULL, key, asked, currency, '', CASE state WHEN 'done' THEN 'failed' ELSE 'unknown' END, status, answer
FROM requests WHERE payment = ?1 AND asked > 0 AND key NOT IN (SELECT key FROM refunds WHERE key IS NOT NULL)`

// ending says why a request that has ended made no refund.
func ending(status int, raw []byte) string {
	if status == 410 {
		return "nothing" // A person has settled it (README.md).
	}
	body, _ := parse(raw)
	if data, _ := body["data"].(object); status < 300 && data["isMultivendorRefund"] == true {
		return "vendors_opened" // It only opened the second step.
	}
	return "refused"
}

// summary is the payment as the form reads it, with every request whose key a browser may hold.
func (l ledger) summary(o order) (object, error) {
	places := digits(o.currency)
	listed := []object{}
	var s sums
	err := l.locked(func(tx *sql.Tx) (err error) {
		if s, err = sumsOf(tx, o); err != nil {
			return err
		}
		rows, err := tx.Query(everyRequest, o.payment)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, key sql.NullString
			var amount int64
			var currency, status, standing string
			var answered int
			var raw []byte
			if err := rows.Scan(&id, &key, &amount, &currency, &status, &standing, &answered, &raw); err != nil {
				return err
			}
			one := object{"idempotency_key": nil, "amount": decimal(amount, digits(currency)), "status": status, "standing": standing}
			if currency != o.currency {
				one["currency"] = currency
			}
			if key.Valid {
				one["idempotency_key"] = key.String
			}
			if id.Valid {
				one["refund_id"] = id.String
			} else if standing == "failed" {
				one["ended"] = ending(answered, raw)
			}
			listed = append(listed, one)
		}
		return rows.Err()
	})
	found := object{
		"payment_id":     o.payment,
		"currency":       o.currency,
		"captured":       decimal(o.captured, places),
		"refunded":       decimal(s.refunded, places),
		"pending":        decimal(s.pending, places),
		"refundable":     decimal(max(o.captured-s.refunded-s.pending, 0), places),
		"refunds":        listed,
		"payment_method": o.method,
	}
	if s.isForeign {
		found["not_refundable"] = foreignWords(o)
	}
	return found, err
}

// summary counts what the provider lists first. A refund of unknown amount leaves nothing that can be refunded.
func (p *proxy) summary(o order) (object, error) {
	k, err := p.ledger.known(o.payment)
	if err != nil {
		return nil, err
	}
	found, err := p.takeElsewhere(o, k)
	if err != nil {
		return nil, err
	}
	if !isUQPAY {
		p.lookUp(k.pending)
	}
	summary, err := p.ledger.summary(o)
	if err == nil && found != nil {
		if summary["not_refundable"] == nil {
			summary["not_refundable"] = found.words()
		}
		summary["unaccounted_refunds"] = object{"listed": found.listed, "known": found.known, "unknown": found.open}
	}
	return summary, err
}

// lookUp reads refunds of UPayments, which sends nothing that can be trusted: without this a refund stays pending once its
// page is closed.
func (p *proxy) lookUp(pending []string) {
	for _, id := range pending {
		if _, err := p.read("/check-refund-status/", id); err != nil {
			log.Printf("the refund %s cannot be read: %v", id, err)
			return
		}
	}
}
