package main

import (
	"database/sql"
	"errors"
)

// learn keeps what the provider says of a refund. Only a pending one can fail. One that succeeded after all counts
// again. amount is as the provider says it, or nil: if it is not the refund's, nothing is learned.
func (l ledger) learn(id string, amount any, standing, status string) error {
	_, err := l.db.Exec(learns, standing, status, id, amount)
	return err
}

const learns = `UPDATE refunds SET standing = ?1, status = ?2 WHERE id = ?3 AND amount = ifnull(?4, amount) AND (
	standing IN ('pending', 'unrecognised')
	OR standing IN ('succeeded', 'reversing') AND ?1 LIKE 'revers%'
	OR standing IN ('failed', 'cancelled') AND (?1 = 'succeeded' OR ?1 LIKE 'revers%'))`

// Nobody knows which of two amounts is true: the larger one counts until a person has settled it.
const disputes = `UPDATE refunds SET standing = 'unknown', status = 'contradiction', amount = max(amount, ?1)
	WHERE id = ?2 AND amount != ?1`

// observe keeps what the provider lists. A refund that is not known was made elsewhere, or its answer has not come: it has
// no key.
func (l ledger) observe(payment string, listed []refund) error {
	return l.locked(func(tx *sql.Tx) error {
		for _, one := range listed {
			_, err := tx.Exec("INSERT OR IGNORE INTO refunds VALUES (?, NULL, ?, ?, ?, ?)",
				one.id, payment, one.amount, one.standing, one.status)
			if err != nil {
				return err
			}
			if _, err := tx.Exec(disputes, one.amount, one.id); err != nil {
				return err
			}
			if _, err := tx.Exec(learns, one.standing, one.status, one.id, one.amount); err != nil {
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

// known is what the ledger holds of a payment: ids of refunds and of the pending ones, how many of them count, and how many
// requests are open.
type known struct {
	ids        map[string]bool
	pending    []string
	held, open int
}

func (l ledger) known(payment string) (known, error) {
	k := known{ids: map[string]bool{}}
	err := l.locked(func(tx *sql.Tx) error {
		open := tx.QueryRow("SELECT count(*) FROM requests WHERE payment = ? AND state != 'done'", payment)
		if err := open.Scan(&k.open); err != nil {
			return err
		}
		rows, err := tx.Query("SELECT id, standing FROM refunds WHERE payment = ?", payment)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id, standing string
			if err := rows.Scan(&id, &standing); err != nil {
				return err
			}
			k.ids[id] = true
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

// paymentOf returns the payment of a refund that was made here, or nothing.
func (l ledger) paymentOf(refund string) (payment string, err error) {
	err = l.db.QueryRow("SELECT payment FROM refunds WHERE id = ?", refund).Scan(&payment)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return payment, err
}
