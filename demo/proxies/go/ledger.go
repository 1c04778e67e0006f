package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"

	_ "github.com/mattn/go-sqlite3"
)

// Every request is written here before it is sent. Amounts are integers in minor units of their currency, times are
// milliseconds.
const schema = `
CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, print TEXT, payment TEXT, held INTEGER, asked INTEGER,
  state TEXT, status INTEGER, type TEXT, answer BLOB, sent_at INTEGER, currency TEXT);
CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, key TEXT, payment TEXT, amount INTEGER, standing TEXT,
  status TEXT, currency TEXT, listed INTEGER);
CREATE INDEX IF NOT EXISTS requests_of_payment ON requests (payment);
CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (payment);`

// A ledger of an earlier version has no such columns.
var added = [][]string{{"requests", "currency", "TEXT"}, {"refunds", "currency", "TEXT"}, {"refunds", "listed", "INTEGER"}}

type ledger struct{ db *sql.DB }

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
	l := ledger{db}
	if _, err = db.Exec(schema); err != nil {
		return l, err
	}
	return l, l.locked(func(tx *sql.Tx) error {
		for _, column := range added {
			var count int
			names := tx.QueryRow("SELECT count(*) FROM pragma_table_info(?) WHERE name = ?", column[0], column[1])
			if err := names.Scan(&count); err != nil {
				return err
			}
			if count > 0 {
				continue
			}
			if _, err := tx.Exec("ALTER TABLE " + column[0] + " ADD COLUMN " + column[1] + " " + column[2]); err != nil {
				return err
			}
		}
		_, err := tx.Exec("CREATE INDEX IF NOT EXISTS refunds_listed ON refunds (listed)")
		return err
	})
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

// repeated looks up the earlier request with this key. If it may be sent again, r gets what it asked for. It returns the
// stored answer of one that has ended.
func (l ledger) repeated(r *request, rules rules) (stored *answer, err error) {
	now := time.Now()
	// The clock was set back: nobody knows any more how long ago these were sent.
	_, err = l.db.Exec("UPDATE requests SET sent_at = 0 WHERE state != 'done' AND sent_at > ?", now.Add(rules.lostAfter).UnixMilli())
	if err != nil {
		return nil, err
	}
	var print, state, currency string
	var sentAt, held, asked int64
	var known answer
	row := l.db.QueryRow(`SELECT print, state, status, type, answer, sent_at, held, asked, ifnull(currency, '')
		FROM requests WHERE key = ?`, r.key)
	err = row.Scan(&print, &state, &known.status, &known.kind, &known.raw, &sentAt, &held, &asked, &currency)
	age := now.Sub(time.UnixMilli(sentAt))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err != nil:
		return nil, err
	case print != r.print:
		return nil, refuse(422, "idempotency_key_reused")
	case state == "done":
		known.isReplay = true
		return &known, nil
	case state == "sending" && age < rules.lostAfter:
		return nil, running()
	case age >= rules.resendFor, held > asked: // Nothing said later frees what is held for a contradiction.
		return nil, unknown()
	}
	r.isResent, r.asked, r.currency = true, asked, currency
	return nil, nil
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
		sums, err := sumsOf(tx, o)
		if err != nil {
			return err
		}
		left := o.captured - sums.refunded - sums.pending
		figures := object{"refundable": decimal(max(left, 0), digits(o.currency)), "currency": o.currency}
		if sums.isForeign && r.cancels == "" {
			figures["detail"] = foreignWords(o)
			return &refused{422, "not_refundable", "nothing", figures}
		}
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
			figures["asked"] = r.askedInFull()
			return &refused{422, "amount_above_refundable", "nothing", figures}
		}
		_, err = tx.Exec("INSERT INTO requests "+requestColumns+" VALUES (?, ?, ?, ?, ?, 'sending', 0, '', x'', ?, ?)",
			r.key, r.print, r.payment, r.asked, r.asked, time.Now().UnixMilli(), r.currency)
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
			_, err := tx.Exec(`INSERT INTO refunds `+refundColumns+` VALUES (?, ?, ?, ?, ?, ?, ?, 0)
				ON CONFLICT (id) DO UPDATE SET key = excluded.key, amount = max(amount, excluded.amount)`,
				one.id, r.key, r.payment, one.amount, one.standing, one.status, one.currency)
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
