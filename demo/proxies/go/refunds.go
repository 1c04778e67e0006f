package main

import (
	"database/sql"
	"encoding/json"
	"errors"
)

type refund struct {
	id               string
	amount           int64
	standing, status string
	currency         string
}

// learn keeps what the provider says of a refund. Only a pending one can fail. One that succeeded after all counts
// again. amount and currency are as the provider says them, or nil: if they are not the refund's, nothing is learned.
func (l ledger) learn(id string, amount, currency any, standing, status string) error {
	_, err := l.db.Exec(learns, standing, status, id, amount, currency)
	return err
}

const learns = `UPDATE refunds SET standing = ?1, status = ?2 WHERE id = ?3 AND amount = ifnull(?4, amount)
	AND (?5 IS NULL OR currency IS NULL OR currency = ?5) AND (
	standing IN ('pending', 'unrecognised')
	OR standing IN ('succeeded', 'reversing') AND ?1 LIKE 'revers%'
	OR standing IN ('failed', 'cancelled') AND (?1 = 'succeeded' OR ?1 LIKE 'revers%'))`

// A later version may add columns while this one still runs.
const (
	requestColumns = "(key, print, payment, held, asked, state, status, type, answer, sent_at, currency)"
	refundColumns  = "(id, key, payment, amount, standing, status, currency, listed)"
)

// Nobody knows which of two amounts is true: the larger one counts until a person has settled it.
const disputes = `UPDATE refunds SET standing = 'unknown', status = 'contradiction',
	amount = CASE currency WHEN ?2 THEN max(amount, ?1) ELSE amount END
	WHERE id = ?3 AND (amount != ?1 OR currency != ?2)`

// observe keeps what the provider lists. A refund that is not known was made elsewhere, or its answer has not come: it has
// no key.
func (l ledger) observe(o order, listed []refund) error {
	return l.locked(func(tx *sql.Tx) error {
		if err := nameCurrency(tx, o); err != nil {
			return err
		}
		for _, one := range listed {
			_, err := tx.Exec("INSERT OR IGNORE INTO refunds "+refundColumns+" VALUES (?, NULL, ?, ?, ?, ?, ?, 0)",
				one.id, o.payment, one.amount, one.standing, one.status, one.currency)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(disputes, one.amount, one.currency, one.id); err != nil {
				return err
			}
			if _, err := tx.Exec(learns, one.standing, one.status, one.id, one.amount, one.currency); err != nil {
				return err
			}
		}
		return nil
	})
}

func (l ledger) knows(key string) (bool, error) {
	var count int
	err := l.db.QueryRow("SELECT count(*) FROM requests WHERE key = ?", key).Scan(&count)
	return count > 0, err
}

// known is what the ledger holds of a payment: the refund of each id that the provider gave one, the ids of the pending ones,
// how many of them count, how many requests are open, and whether a list has shown that the provider lists refunds by these ids.
type known struct {
	ids        map[string]string
	pending    []string
	held, open int
	isNamed    bool
}

// How the provider lists a refund over several vendors, only the list of such a payment tells.
const isNamed = `SELECT EXISTS (SELECT 1 FROM refunds WHERE payment = ?1 AND listed = 1)
	OR EXISTS (SELECT 1 FROM refunds WHERE listed = 1)
	AND NOT EXISTS (SELECT 1 FROM requests WHERE payment = ?1 AND instr(answer, '"generated"'))`

func (l ledger) known(payment string) (known, error) {
	k := known{ids: map[string]string{}}
	err := l.locked(func(tx *sql.Tx) error {
		open := tx.QueryRow("SELECT count(*) FROM requests WHERE payment = ? AND state != 'done'", payment)
		if err := open.Scan(&k.open); err != nil {
			return err
		}
		if err := tx.QueryRow(isNamed, payment).Scan(&k.isNamed); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT id, standing, answer FROM refunds LEFT JOIN requests USING (key) WHERE refunds.payment = ?", payment)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, standing string
			var raw []byte
			if err := rows.Scan(&id, &standing, &raw); err != nil {
				return err
			}
			k.ids[id] = id
			given := idsIn(raw, id)
			for _, name := range idsOfVendor {
				if other := textOf(given[name]); other != "" {
					k.ids[other] = id
				}
			}
			if standing == "pending" {
				k.pending = append(k.pending, id)
			}
			if standing != "failed" && standing != "cancelled" {
				k.held++
			}
		}
		return rows.Err()
	})
	return k, err
}

// noteListed is for an id that a list has shown. One that a person wrote down says nothing of how the provider lists refunds.
func (l ledger) noteListed(id string) error {
	_, err := l.db.Exec(`UPDATE refunds SET listed = 1
		WHERE id = ? AND key IN (SELECT key FROM requests WHERE status < 300)`, id)
	return err
}

// paymentOf returns the payment of a refund of the ledger's, or nothing.
func (l ledger) paymentOf(refund string) (payment string, err error) {
	err = l.db.QueryRow("SELECT payment FROM refunds WHERE id = ?", refund).Scan(&payment)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return payment, err
}

// cancelledBy returns the payment of the refund that a cancel names, if all its ids are those of one answer and of its kind
// of refund.
func (l ledger) cancelledBy(body object, names []string) (payment string, err error) {
	var raw []byte
	row := l.db.QueryRow("SELECT refunds.payment, answer FROM refunds JOIN requests USING (key) WHERE refunds.id = ?", textOf(body["orderId"]))
	if err = row.Scan(&payment, &raw); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", err
	}
	ids := idsIn(raw, body["orderId"])
	if len(ids) == 0 {
		detail := object{"detail": "this proxy has made no refund with these ids"}
		return "", &refused{404, "payment_not_found", "nothing", detail}
	}
	isOfVendor := ids["generatedInvoiceId"] != nil
	isSame := isOfVendor == (len(names) == len(idsOfVendor))
	for _, name := range names {
		_, isNumber := body[name].(json.Number)
		given := textOf(body[name])
		isSame = isSame && given != "" && given == textOf(ids[name]) && (!isNumber || name == "generatedInvoiceId")
	}
	if !isSame {
		return "", invalid("the ids do not belong together: send all of them as the create answer gave them")
	}
	return payment, nil
}

// idsIn returns what the answer to a request of UPayments says of a refund: nothing if a person has settled the request.
func idsIn(raw []byte, id any) object {
	body, _ := parse(raw)
	data, _ := body["data"].(object)
	lists, _ := data["responseData"].(object)
	rows, isOverVendors := lists["generated"].([]any)
	if !isOverVendors {
		rows = []any{data}
	}
	for _, one := range rows {
		if members, _ := one.(object); members["orderId"] == id && id != nil {
			return members
		}
	}
	return nil
}

// textOf returns an id, which may be a number.
func textOf(id any) string {
	switch id := id.(type) {
	case string:
		return id
	case json.Number:
		return id.String()
	}
	return ""
}
