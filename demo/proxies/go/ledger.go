package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// Every request is written here before it is sent. Amounts are integers in minor units, times are milliseconds.
const schema = `
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, print TEXT, payment TEXT, held INTEGER, asked INTEGER,
  state TEXT, status INTEGER, type TEXT, answer BLOB, sent_at INTEGER);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, key TEXT, payment TEXT, amount INTEGER, standing TEXT,
  status TEXT);
CREATE INDEX IF NOT EXISTS requests_of_payment ON requests (payment);
CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (payment);`

type ledger struct{ db *sql.DB }

type refund struct {
	id               string
	amount           int64
	standing, status string
}

type request struct {
	key, print, payment, expected string
	asked                         int64
	cancels                       string // the refund that a cancel names
	rows                          int    // of a refund over several vendors
}

// openLedger opens the file. The driver would sync only now and then in WAL mode: FULL keeps a key over a power cut.
func openLedger(file string) (ledger, error) {
	// Only this user may read it: SQLite gives the files beside it the same mode.
	created, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return ledger{}, err
	}
	created.Close()
	db, err := sql.Open("sqlite3", file+"?_txlock=immediate&_busy_timeout=20000&_journal_mode=WAL&_synchronous=FULL")
	if err != nil {
		return ledger{}, err
	}
	db.SetMaxOpenConns(1)
	_, err = db.Exec(schema)
	return ledger{db}, err
}

// locked holds the write lock from the beginning of a transaction: what it reads cannot change before its end.
func (l ledger) locked(work func(tx *sql.Tx) error) error {
	tx, err := l.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback() // It does nothing after a commit.
	if err := work(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// sums returns what is refunded, and what is held for requests and refunds that may still be carried out. The order says
// what was refunded elsewhere: the refunds without a key may be a part of it.
func sums(tx *sql.Tx, o order) (refunded, pending int64, err error) {
	var elsewhere int64
	err = tx.QueryRow(`SELECT
		(SELECT ifnull(sum(amount), 0) FROM refunds WHERE payment = ?1 AND standing = 'succeeded'),
		(SELECT ifnull(sum(amount), 0) FROM refunds WHERE payment = ?1 AND standing NOT IN ('succeeded', 'failed', 'cancelled'))
		+ (SELECT ifnull(sum(held), 0) FROM requests WHERE payment = ?1),
		(SELECT ifnull(sum(amount), 0) FROM refunds WHERE payment = ?1 AND key IS NULL AND standing NOT IN ('failed', 'cancelled'))`,
		o.payment).Scan(&refunded, &pending, &elsewhere)
	return refunded + max(o.told-elsewhere, 0), pending, err
}

// repeated looks up the earlier request with this key. It returns whether there is one that may be sent again, and the
// stored answer of one that has ended.
func (l ledger) repeated(r request, rules rules) (resent bool, stored *answer, err error) {
	now := time.Now()
	// The clock was set back: nobody knows any more how long ago these were sent.
	_, err = l.db.Exec("UPDATE requests SET sent_at = 0 WHERE state != 'done' AND sent_at > ?", now.Add(rules.lostAfter).UnixMilli())
	if err != nil {
		return false, nil, err
	}
	var print, state string
	var sentAt, held, asked int64
	var known answer
	row := l.db.QueryRow("SELECT print, state, status, type, answer, sent_at, held, asked FROM requests WHERE key = ?", r.key)
	err = row.Scan(&print, &state, &known.status, &known.kind, &known.raw, &sentAt, &held, &asked)
	age := now.Sub(time.UnixMilli(sentAt))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return false, nil, nil
	case err != nil:
		return false, nil, err
	case print != r.print:
		return false, nil, refuse(422, "idempotency_key_reused")
	case state == "done":
		known.isReplay = true
		return false, &known, nil
	case state == "sending" && age < rules.lostAfter:
		return false, nil, running()
	case age >= rules.resendFor, held > asked: // Nothing said later frees what is held for a contradiction.
		return false, nil, unknown()
	}
	return true, nil, nil
}

// begin writes a new request down.
func (l ledger) begin(r request, o order, rules rules) error {
	return l.locked(func(tx *sql.Tx) error {
		var others int
		if err := tx.QueryRow("SELECT count(*) FROM requests WHERE key = ?", r.key).Scan(&others); err != nil {
			return err
		}
		if others > 0 {
			return running()
		}
		refunded, pending, err := sums(tx, o)
		if err != nil {
			return err
		}
		left, places := o.captured-refunded-pending, digits(o.currency)
		figures := object{"refundable": decimal(max(left, 0), places), "currency": o.currency}
		if r.cancels == "" && r.expected != "" && r.expected != figures["refundable"] {
			figures["expected"] = r.expected
			return &refused{412, "refundable_changed", "nothing", figures}
		}
		var open int
		err = tx.QueryRow("SELECT count(*) FROM requests WHERE payment = ? AND state != 'done'", r.payment).Scan(&open)
		if err != nil {
			return err
		}
		if rules.alone && open > 0 {
			return refuse(409, "payment_busy")
		}
		if r.asked > left {
			figures["asked"] = decimal(r.asked, places)
			return &refused{422, "amount_above_refundable", "nothing", figures}
		}
		_, err = tx.Exec("INSERT INTO requests VALUES (?, ?, ?, ?, ?, 'sending', 0, '', x'', ?)",
			r.key, r.print, r.payment, r.asked, r.asked, time.Now().UnixMilli())
		return err
	})
}

// lost keeps the amount held: it may have been refunded. least is what the answer says, if that is more.
func (l ledger) lost(key string, least int64) error {
	_, err := l.db.Exec("UPDATE requests SET state = 'unknown', held = max(held, ?) WHERE key = ? AND state != 'done'", least, key)
	return err
}

// forget is for a request that the provider has turned away unread: the same key may be sent again.
func (l ledger) forget(key string) error {
	_, err := l.db.Exec("DELETE FROM requests WHERE key = ? AND state = 'sending'", key)
	return err
}

// settle keeps the answer, counts the refunds made, and frees the amount of a cancelled one.
func (l ledger) settle(r request, made []refund, cancelled string, a answer) error {
	return l.locked(func(tx *sql.Tx) error {
		for _, one := range made {
			var others int
			row := tx.QueryRow("SELECT count(*) FROM refunds WHERE id = ? AND key != ?", one.id, r.key)
			if err := row.Scan(&others); err != nil {
				return err
			}
			if others > 0 {
				return fmt.Errorf("the provider gave %s, the id of another refund", one.id)
			}
			// The provider's list may have shown it before this answer came.
			_, err := tx.Exec(`INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET key = excluded.key, amount = max(amount, excluded.amount)`,
				one.id, r.key, r.payment, one.amount, one.standing, one.status)
			if err != nil {
				return err
			}
		}
		_, err := tx.Exec("UPDATE refunds SET standing = 'cancelled' WHERE id = ? AND standing = 'pending'", cancelled)
		if err != nil {
			return err
		}
		_, err = tx.Exec("UPDATE requests SET state = 'done', held = 0, status = ?, type = ?, answer = ? WHERE key = ?",
			a.status, a.kind, a.raw, r.key)
		return err
	})
}
