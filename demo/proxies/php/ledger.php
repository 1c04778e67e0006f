<?php
// The ledger: every request is written here before it is sent.
declare(strict_types=1);

final class Ledger extends Database
{
    /**
     * The order says what was refunded elsewhere. The refunds without a key may be a part of it.
     *
     * @return array{int, int} what is refunded, and what is held for all that may still be carried out
     */
    private function sums(object $order): array
    {
        $total = fn (string $column, string $rest) =>
            (int) $this->run("SELECT ifnull(sum($column), 0) FROM $rest", [$order->payment])->fetchColumn();
        $counts = "standing NOT IN ('failed', 'cancelled')";
        $elsewhere = $total('amount', "refunds WHERE payment = ? AND key IS NULL AND $counts");
        $refunded = $total('amount', "refunds WHERE payment = ? AND standing = 'succeeded'");
        $open = $total('amount', "refunds WHERE payment = ? AND standing NOT IN ('succeeded', 'failed', 'cancelled')");
        return [$refunded + max($order->told - $elsewhere, 0), $open + $total('held', 'requests WHERE payment = ?')];
    }

    /**
     * The earlier request with this key, if there is one: it has ended, or it may be sent again.
     *
     * @param float $resendFor seconds for which the provider recognises a repeated key; 0 if it never does
     * @param float $lostAfter seconds after which nobody can be sending it any more
     */
    public function repeated(string $key, string $print, float $resendFor, float $lostAfter): ?object
    {
        $now = microtime(true);
        // The clock was set back: nobody knows any more how long ago these were sent.
        $this->run("UPDATE requests SET sent_at = 0 WHERE state != 'done' AND sent_at > ?", [$now + $lostAfter]);
        $known = $this->run('SELECT * FROM requests WHERE key = ?', [$key])->fetch() ?: null;
        if ($known && $known->print !== $print) {
            throw new Refused(422, 'idempotency_key_reused');
        }
        if (!$known || $known->state === 'done') {
            return $known;
        }
        $age = $now - $known->sent_at;
        if ($known->state === 'sending' && $age < $lostAfter) {
            throw new Refused(409, 'idempotency_key_running', 'running');
        }
        // Nothing that the provider says later frees what it held for a contradiction.
        if ($age >= $resendFor || $known->held > $known->asked) {
            throw new Refused(504, 'outcome_unknown', 'unknown');
        }
        return $known;
    }

    /** Writes a new request down. `alone`: only one request of a payment may be open. */
    public function begin(string $key, string $print, object $order, int $asked, ?string $expected, bool $alone): void
    {
        $this->locked(function () use ($key, $print, $order, $asked, $expected, $alone) {
            if ($this->knows($key)) {
                throw new Refused(409, 'idempotency_key_running', 'running');
            }
            $left = $order->captured - array_sum($this->sums($order));
            $figures = ['refundable' => decimal(max($left, 0), $order->digits), 'currency' => $order->currency];
            if ($expected !== null && $expected !== $figures['refundable']) {
                throw new Refused(412, 'refundable_changed', more: [...$figures, 'expected' => $expected]);
            }
            $open = "SELECT 1 FROM requests WHERE payment = ? AND state != 'done'";
            if ($alone && $this->run($open, [$order->payment])->fetchColumn()) {
                throw new Refused(409, 'payment_busy');
            }
            if ($asked > $left) {
                throw new Refused(422, 'amount_above_refundable', more: [...$figures, 'asked' => decimal($asked, $order->digits)]);
            }
            $row = [$key, $print, $order->payment, $asked, $asked, microtime(true)];
            $this->run("INSERT INTO requests VALUES (?, ?, ?, ?, ?, 'sending', 0, '', '', ?)", $row);
        });
    }

    /** The amount stays held: it may have been refunded. `least`: what the answer says, if that is more. */
    public function lost(string $key, int $least): void
    {
        $sql = "UPDATE requests SET state = 'unknown', held = max(held, ?) WHERE key = ? AND state != 'done'";
        $this->run($sql, [$least, $key]);
    }

    /** The provider has turned the request away unread: the same key may be sent again. */
    public function forget(string $key): void
    {
        $this->run("DELETE FROM requests WHERE key = ? AND state = 'sending'", [$key]);
    }

    /** Keeps the answer, counts the refunds made, and frees a cancelled one. */
    public function settle(string $key, string $payment, array $made, ?string $cancelled, object $answer): void
    {
        $this->locked(function () use ($key, $payment, $made, $cancelled, $answer) {
            foreach ($made as [$id, $amount, $standing, $status]) {
                if ($this->run('SELECT 1 FROM refunds WHERE id = ? AND key != ?', [$id, $key])->fetchColumn()) {
                    throw new Lost("the provider gave $id, the id of another refund");
                }
                $row = [$id, $key, $payment, $amount, $standing, $status];
                // The provider's list may have shown it before this answer came.
                $mine = 'ON CONFLICT (id) DO UPDATE SET key = excluded.key, amount = max(amount, excluded.amount)';
                $this->run("INSERT INTO refunds VALUES (?, ?, ?, ?, ?, ?) $mine", $row);
            }
            $this->run("UPDATE refunds SET standing = 'cancelled' WHERE id = ? AND standing = 'pending'", [$cancelled]);
            $done = "UPDATE requests SET state = 'done', held = 0, status = ?, type = ?, answer = ? WHERE key = ?";
            $this->run($done, [$answer->status, $answer->type, $answer->raw, $key]);
        });
    }

    /**
     * What the provider says of a refund. Only a pending one can fail. One that succeeded after all counts again.
     *
     * @param ?int $amount as the provider says it: if it is not the refund's, nothing is learned
     */
    public function learn(string $id, ?int $amount, string $standing, string $status): void
    {
        $later = "standing IN ('pending', 'unrecognised') OR standing IN ('succeeded', 'reversing') AND :new LIKE 'revers%'
            OR standing IN ('failed', 'cancelled') AND (:new = 'succeeded' OR :new LIKE 'revers%')";
        $sql = "UPDATE refunds SET standing = :new, status = :status WHERE id = :id
            AND amount = ifnull(:amount, amount) AND ($later)";
        $this->run($sql, ['new' => $standing, 'status' => $status, 'id' => $id, 'amount' => $amount]);
    }

    /** What the provider lists. A refund that is not known was made elsewhere, or its answer has not come: it has no key. */
    public function observe(string $payment, array $listed): void
    {
        $this->locked(function () use ($payment, $listed) {
            foreach ($listed as [$id, $amount, $standing, $status]) {
                $row = [$id, $payment, $amount, $standing, $status];
                $this->run('INSERT OR IGNORE INTO refunds VALUES (?, NULL, ?, ?, ?, ?)', $row);
                // Nobody knows which of two amounts is true: the larger one counts until a person has settled it.
                $this->run("UPDATE refunds SET standing = 'unknown', status = 'contradiction', amount = max(amount, :said)
                    WHERE id = :id AND amount != :said", ['said' => $amount, 'id' => $id]);
                $this->learn($id, $amount, $standing, $status);
            }
        });
    }

    public function knows(string $key): bool
    {
        return $this->run('SELECT 1 FROM requests WHERE key = ?', [$key])->fetchColumn() !== false;
    }

    /** The ids of the refunds and of the pending ones, how many of them count, and how many requests are open. */
    public function known(string $payment): object
    {
        $made = $this->run('SELECT id, standing FROM refunds WHERE payment = ?', [$payment])->fetchAll();
        $held = array_filter($made, fn (object $row) => !in_array($row->standing, ['failed', 'cancelled'], true));
        $open = $this->run("SELECT count(*) FROM requests WHERE payment = ? AND state != 'done'", [$payment])->fetchColumn();
        $pending = array_column(array_filter($made, fn (object $row) => $row->standing === 'pending'), 'id');
        $ids = array_column($made, 'id');
        return (object) ['ids' => $ids, 'pending' => $pending, 'held' => count($held), 'open' => (int) $open];
    }

    public function paymentOf(string $id): ?string
    {
        return $this->run('SELECT payment FROM refunds WHERE id = ?', [$id])->fetchColumn() ?: null;
    }

    /** The payment as the form reads it, with every request whose key a browser may hold. */
    public function summary(object $order): array
    {
        return $this->locked(function () use ($order) {
            [$refunded, $pending] = $this->sums($order);
            $figure = fn (int $amount) => decimal($amount, $order->digits);
            $listed = [];
            foreach ($this->run('SELECT * FROM refunds WHERE payment = ?', [$order->payment]) as $row) {
                $listed[] = ['refund_id' => $row->id, 'idempotency_key' => $row->key, 'amount' => $figure($row->amount),
                    'status' => $row->status, 'standing' => $row->standing];
            }
            $without = 'SELECT * FROM requests WHERE payment = ? AND asked > 0
                AND key NOT IN (SELECT key FROM refunds WHERE key IS NOT NULL)';
            foreach ($this->run($without, [$order->payment]) as $row) {
                // 410: a person has settled it (README.md).
                $ended = ['standing' => 'failed', 'ended' => $row->status === 410 ? 'nothing' : 'refused'];
                $listed[] = ['idempotency_key' => $row->key, 'amount' => $figure($row->asked), 'status' => '',
                    ...($row->state === 'done' ? $ended : ['standing' => 'unknown'])];
            }
            $left = max($order->captured - $refunded - $pending, 0);
            return ['payment_id' => $order->payment, 'currency' => $order->currency,
                'captured' => $figure($order->captured), 'refunded' => $figure($refunded),
                'pending' => $figure($pending), 'refundable' => $figure($left),
                'payment_method' => $order->method, 'refunds' => $listed];
        });
    }
}
