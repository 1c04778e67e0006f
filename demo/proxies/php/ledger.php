<?php
// The ledger: every request is written here before it is sent.
declare(strict_types=1);

final class Ledger extends Records
{
    /**
     * The order says what was refunded elsewhere. The refunds without a key may be a part of it.
     *
     * @return array{int, int, ?string} what is refunded, what is held for all that may still be carried out, and why
     *     nothing is left while there is a refund in another currency than the order's
     */
    private function sums(object $order): array
    {
        $this->nameCurrency($order);
        $values = [$order->payment, $order->currency];
        $total = fn (string $column, string $rest) => (int) $this->run(
            "SELECT ifnull(sum($column), 0) FROM $rest AND payment = ? AND currency = ?", $values)->fetchColumn();
        $counts = "standing NOT IN ('failed', 'cancelled')";
        $elsewhere = $total('amount', "refunds WHERE key IS NULL AND $counts");
        $refunded = $total('amount', "refunds WHERE standing = 'succeeded'") + max($order->told - $elsewhere, 0);
        $open = $total('amount', "refunds WHERE standing NOT IN ('succeeded', 'failed', 'cancelled')");
        $pending = $open + $total('held', 'requests WHERE held > 0');
        $foreign = "SELECT 1 FROM requests WHERE payment = :payment AND currency != :currency AND held > 0
            UNION ALL SELECT 1 FROM refunds WHERE payment = :payment AND currency != :currency AND $counts";
        $named = ['payment' => $order->payment, 'currency' => $order->currency];
        if ($order->told > 0 || !$this->run($foreign, $named)->fetchColumn()) {
            return [$refunded, $pending, null];
        }
        $words = "This payment has a refund that is not in $order->currency, so what is left to refund is not known. "
            . 'Give the order refunded_elsewhere, then try again';
        return [$refunded, max($pending, $order->captured - $refunded), $words];
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
    public function begin(object $request, string $print, object $order, ?string $expected, bool $alone): void
    {
        $this->locked(function () use ($request, $print, $order, $expected, $alone) {
            [$key, $asked] = [$request->key, $request->asked];
            if ($this->knows($key)) {
                throw new Refused(409, 'idempotency_key_running', 'running');
            }
            [$refunded, $pending, $foreign] = $this->sums($order);
            $left = $order->captured - $refunded - $pending;
            $figures = ['refundable' => decimal(max($left, 0), $order->digits), 'currency' => $order->currency];
            if ($foreign !== null && $request->cancels === null) {
                throw new Refused(422, 'not_refundable', more: [...$figures, 'detail' => $foreign]);
            }
            if ($expected !== null && $expected !== $figures['refundable']) {
                throw new Refused(412, 'refundable_changed', more: [...$figures, 'expected' => $expected]);
            }
            $open = "SELECT 1 FROM requests WHERE payment = ? AND state != 'done'";
            if ($alone && $this->run($open, [$order->payment])->fetchColumn()) {
                throw new Refused(409, 'payment_busy');
            }
            if ($asked > $left) {
                throw new Refused(422, 'amount_above_refundable', more: [...$figures, 'asked' => $request->said]);
            }
            $row = [$key, $print, $order->payment, $asked, $asked, microtime(true), $order->currency];
            $this->run('INSERT INTO requests ' . self::REQUEST . " VALUES (?, ?, ?, ?, ?, 'sending', 0, '', '', ?, ?)", $row);
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
    public function settle(object $request, array $made, ?string $cancelled, object $answer): void
    {
        $this->locked(function () use ($request, $made, $cancelled, $answer) {
            $key = $request->key;
            foreach ($made as [$id, $amount, $standing, $status]) {
                if ($this->run('SELECT 1 FROM refunds WHERE id = ? AND key != ?', [$id, $key])->fetchColumn()) {
                    throw new Lost("the provider gave $id, the id of another refund");
                }
                $row = [$id, $key, $request->payment, $amount, $standing, $status, $request->currency];
                // The provider's list may have shown it before this answer came.
                $mine = 'ON CONFLICT (id) DO UPDATE SET key = excluded.key, amount = max(amount, excluded.amount)';
                $this->run('INSERT INTO refunds ' . self::REFUND . " VALUES (?, ?, ?, ?, ?, ?, ?, 0) $mine", $row);
            }
            $this->run("UPDATE refunds SET standing = 'cancelled' WHERE id = ? AND standing = 'pending'", [$cancelled]);
            $done = "UPDATE requests SET state = 'done', held = 0, status = ?, type = ?, answer = ? WHERE key = ?";
            $this->run($done, [$answer->status, $answer->type, $answer->raw, $key]);
        });
    }

    /** The payment as the form reads it, with every request whose key a browser may hold. */
    public function summary(object $order): array
    {
        return $this->locked(function () use ($order) {
            [$refunded, $pending, $foreign] = $this->sums($order);
            $figure = fn (int $amount) => decimal($amount, $order->digits);
            // In the currency that it was asked or made in, which is named if it is not the order's.
            $of = fn (int $amount, string $currency) => ['amount' => decimal($amount, digitsOf($currency)),
                ...($currency === $order->currency ? [] : ['currency' => $currency])];
            $listed = [];
            foreach ($this->run('SELECT * FROM refunds WHERE payment = ?', [$order->payment]) as $row) {
                $listed[] = ['refund_id' => $row->id, 'idempotency_key' => $row->key, ...$of($row->amount, $row->currency),
                    'status' => $row->status, 'standing' => $row->standing];
            }
            $without = 'SELECT * FROM requests WHERE payment = ? AND asked > 0
                AND key NOT IN (SELECT key FROM refunds WHERE key IS NOT NULL)';
            foreach ($this->run($without, [$order->payment]) as $row) {
                $ended = $row->state === 'done' ? ['standing' => 'failed', 'ended' => endingOf($row)] : ['standing' => 'unknown'];
                $listed[] = ['idempotency_key' => $row->key, ...$of($row->asked, $row->currency), 'status' => '', ...$ended];
            }
            $left = max($order->captured - $refunded - $pending, 0);
            return ['payment_id' => $order->payment, 'currency' => $order->currency,
                'captured' => $figure($order->captured), 'refunded' => $figure($refunded),
                'pending' => $figure($pending), 'refundable' => $figure($left),
                ...($foreign === null ? [] : ['not_refundable' => $foreign]),
                'payment_method' => $order->method, 'refunds' => $listed];
        });
    }
}

/** Why a request that has ended made no refund. */
function endingOf(object $request): string
{
    if ($request->status === 410) {
        return 'nothing'; // A person has settled it (README.md).
    }
    $hasOpened = $request->status < 300 && (json_decode($request->answer)->data->isMultivendorRefund ?? null) === true;
    return $hasOpened ? 'vendors_opened' : 'refused'; // It only opened the second step.
}
