package main

import (
	"database/sql"
	"log"
)

// A request without a refund has ended as refused, or as nothing if a person has settled it with 410 (README.md).
const everyRequest = `
SELECT r.id, r.key, r.amount, r.status, r.standing FROM refunds r WHERE r.payment = ?1
UNION ALL SELECT NULL, key, asked, '',
  CASE WHEN state != 'done' THEN 'unknown' WHEN status = 410 THEN 'nothing' ELSE 'refused' END FROM requests
WHERE payment = ?1 AND asked > 0 AND key NOT IN (SELECT key FROM refunds WHERE key IS NOT NULL)`

// summary is the payment as the form reads it, with every request whose key a browser may hold.
func (l ledger) summary(o order) (object, error) {
	places := digits(o.currency)
	listed := []object{}
	var refunded, pending int64
	err := l.locked(func(tx *sql.Tx) (err error) {
		if refunded, pending, err = sums(tx, o); err != nil {
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
			var status, standing string
			if err := rows.Scan(&id, &key, &amount, &status, &standing); err != nil {
				return err
			}
			one := object{"idempotency_key": nil, "amount": decimal(amount, places), "status": status, "standing": standing}
			if key.Valid {
				one["idempotency_key"] = key.String
			}
			if id.Valid {
				one["refund_id"] = id.String
			} else if standing != "unknown" {
				one["standing"], one["ended"] = "failed", standing
			}
			listed = append(listed, one)
		}
		return rows.Err()
	})
	return object{
		"payment_id":     o.payment,
		"currency":       o.currency,
		"captured":       decimal(o.captured, places),
		"refunded":       decimal(refunded, places),
		"pending":        decimal(pending, places),
		"refundable":     decimal(max(o.captured-refunded-pending, 0), places),
		"refunds":        listed,
		"payment_method": o.method,
	}, err
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
		summary["not_refundable"] = found.words()
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
