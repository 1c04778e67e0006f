<?php
// The ledger: every request is written here before it is sent. Amounts are integers in minor units, never floats.
declare(strict_types=1);

const DIGITS = ['BHD' => 3, 'JOD' => 3, 'KWD' => 3, 'OMR' => 3, 'TND' => 3, 'JPY' => 0, 'KRW' => 0, 'VND' => 0];
const SCHEMA = <<<'SQL'
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS requests (key TEXT PRIMARY KEY, print TEXT, payment TEXT, held INTEGER, asked INTEGER,
      state TEXT, status INTEGER, type TEXT, answer BLOB, sent_at REAL);
    CREATE TABLE IF NOT EXISTS refunds (id TEXT PRIMARY KEY, key TEXT, payment TEXT, amount INTEGER, standing TEXT,
      status TEXT);
    CREATE INDEX IF NOT EXISTS requests_of_payment ON requests (payment);
    CREATE INDEX IF NOT EXISTS refunds_of_payment ON refunds (payment);
    SQL;

/** The request is refused before it is sent. `more`: members of the problem. */
class Refused extends Exception
{
    public function __construct(
        public readonly int $status,
        public readonly string $problem,
        public readonly string $effect = 'nothing',
        public readonly array $more = [],
    ) {
        parent::__construct($problem);
    }
}

final class Ledger
{
    private readonly PDO $db;

    public function __construct(string $file)
    {
        $isNew = !file_exists($file);
        $this->db = new PDO("sqlite:$file", options: [PDO::ATTR_TIMEOUT => 20]);
        $this->db->setAttribute(PDO::ATTR_DEFAULT_FETCH_MODE, PDO::FETCH_OBJ);
        $isNew && $this->db->exec(SCHEMA);
    }

    /** One transaction that holds the write lock from its beginning: what it reads cannot change before its end. */
    private function locked(callable $work): mixed
    {
        $this->db->exec('BEGIN IMMEDIATE');
        try {
            $result = $work();
            $this->db->exec('COMMIT');
            return $result;
        } catch (Throwable $error) {
            $this->db->exec('ROLLBACK');
            throw $error;
        }
    }

    private function run(string $sql, array $values): PDOStatement
    {
        $statement = $this->db->prepare($sql);
        $statement->execute($values);
        return $statement;
    }

    /** @return array{int, int} what is refunded, and what is held for all that may still be carried out */
    private function sums(string $payment): array
    {
        $total = fn (string $column, string $rest) =>
            (int) $this->run("SELECT ifnull(sum($column), 0) FROM $rest", [$payment])->fetchColumn();
        $refunded = $total('amount', "refunds WHERE payment = ? AND standing = 'succeeded'");
        $open = $total('amount', "refunds WHERE payment = ? AND standing NOT IN ('succeeded', 'failed', 'cancelled')");
        return [$refunded, $open + $total('held', 'requests WHERE payment = ?')];
    }

    /**
     * Writes the request down, and returns whether it was sent before, with its stored answer if there is one.
     *
     * @param float $resendFor seconds for which the provider recognises a repeated key; 0 if it never does
     * @param bool $alone only one request of a payment may be open
     * @param float $lostAfter seconds after which nobody can be sending it any more
     * @return array{bool, ?object}
     */
    public function begin(
        string $key, string $print, object $order, int $asked, ?string $expected, float $resendFor, bool $alone, float $lostAfter,
    ): array {
        return $this->locked(function () use ($key, $print, $order, $asked, $expected, $resendFor, $alone, $lostAfter) {
            $known = $this->run('SELECT * FROM requests WHERE key = ?', [$key])->fetch();
            if ($known) {
                $age = microtime(true) - $known->sent_at;
                if ($known->print !== $print) {
                    throw new Refused(422, 'idempotency_key_reused');
                }
                if ($known->state === 'sending' && $age < $lostAfter) {
                    throw new Refused(409, 'idempotency_key_running', 'running');
                }
                if ($known->state !== 'done' && $age >= $resendFor) {
                    throw new Refused(504, 'outcome_unknown', 'unknown');
                }
                return [true, $known->state === 'done' ? $known : null];
            }
            $left = $order->captured - array_sum($this->sums($order->payment));
            $figures = ['refundable' => decimal(max($left, 0), $order->digits), 'currency' => $order->currency];
            if ($expected !== null && $expected !== $figures['refundable']) {
                throw new Refused(412, 'refundable_changed', more: [...$figures, 'expected' => $expected]);
            }
            if ($alone && $this->run("SELECT 1 FROM requests WHERE payment = ? AND state != 'done'", [$order->payment])->fetchColumn()) {
                throw new Refused(409, 'payment_busy');
            }
            if ($asked > $left) {
                throw new Refused(422, 'amount_above_refundable', more: [...$figures, 'asked' => decimal($asked, $order->digits)]);
            }
            $row = [$key, $print, $order->payment, $asked, $asked, microtime(true)];
            $this->run("INSERT INTO requests VALUES (?, ?, ?, ?, ?, 'sending', 0, '', '', ?)", $row);
            return [false, null];
        });
    }

    /** The amount stays held: it may have been refunded. */
    public function lost(string $key): void
    {
        $this->run("UPDATE requests SET state = 'unknown' WHERE key = ? AND state = 'sending'", [$key]);
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
                $this->run('INSERT OR IGNORE INTO refunds VALUES (?, ?, ?, ?, ?, ?)', $row);
            }
            $this->run("UPDATE refunds SET standing = 'cancelled' WHERE id = ? AND standing = 'pending'", [$cancelled]);
            $done = "UPDATE requests SET state = 'done', held = 0, status = ?, type = ?, answer = ? WHERE key = ?";
            $this->run($done, [$answer->status, $answer->type, $answer->raw, $key]);
        });
    }

    /** What the provider says of a refund. Only a pending one can fail, so its amount is freed once. */
    public function learn(string $id, string $standing, string $status): void
    {
        $later = "standing IN ('pending', 'unrecognised') OR standing IN ('succeeded', 'reversing') AND ? LIKE 'revers%'";
        $sql = "UPDATE refunds SET standing = ?, status = ? WHERE id = ? AND ($later)";
        $this->run($sql, [$standing, $status, $id, $standing]);
    }

    public function paymentOf(string $id): ?string
    {
        return $this->run('SELECT payment FROM refunds WHERE id = ?', [$id])->fetchColumn() ?: null;
    }

    /** The payment as the form reads it, with every request whose key a browser may hold. */
    public function summary(object $order): array
    {
        return $this->locked(function () use ($order) {
            [$refunded, $pending] = $this->sums($order->payment);
            $figure = fn (int $amount) => decimal($amount, $order->digits);
            $listed = [];
            foreach ($this->run('SELECT * FROM refunds WHERE payment = ?', [$order->payment]) as $row) {
                $listed[] = ['refund_id' => $row->id, 'idempotency_key' => $row->key, 'amount' => $figure($row->amount),
                    'status' => $row->status, 'standing' => $row->standing];
            }
            $without = 'SELECT * FROM requests WHERE payment = ? AND asked > 0 AND key NOT IN (SELECT key FROM refunds)';
            foreach ($this->run($without, [$order->payment]) as $row) {
                $ended = ['standing' => 'failed', 'ended' => 'refused'];
                $listed[] = ['idempotency_key' => $row->key, 'amount' => $figure($row->asked), 'status' => '',
                    ...($row->state === 'done' ? $ended : ['standing' => 'unknown'])];
            }
            $left = max($order->captured - $refunded - $pending, 0);
            return ['payment_id' => $order->payment, 'currency' => $order->currency,
                'captured' => $figure($order->captured), 'refunded' => $figure($refunded),
                'pending' => $figure($pending), 'refundable' => $figure($left), 'refunds' => $listed];
        });
    }
}

/** A decimal string or JSON number as minor units; refuses what is not a positive amount of the currency. */
function minor(mixed $amount, int $digits): int
{
    // json_encode writes the shortest digits that mean the same number, so a float gives back what was sent.
    $text = is_int($amount) || is_float($amount) ? json_encode($amount) : $amount;
    $form = $digits > 0 ? "/^(\d{1,12})(?:\.(\d{1,$digits}))?$/D" : '/^(\d{1,12})()$/D';
    $found = is_string($text) && preg_match($form, $text, $part) ? (int) ($part[1] . str_pad($part[2] ?? '', $digits, '0')) : 0;
    if ($found === 0) {
        throw new Refused(400, 'invalid_request', more: ['detail' => "expected a positive amount with up to $digits decimals"]);
    }
    return $found;
}

function decimal(int $amount, int $digits): string
{
    $text = str_pad((string) $amount, $digits + 1, '0', STR_PAD_LEFT);
    return $digits > 0 ? substr($text, 0, -$digits) . '.' . substr($text, -$digits) : $text;
}
