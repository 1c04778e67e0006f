<?php
// The refunds in the ledger, and what the provider says of them after its first answer.
declare(strict_types=1);

abstract class Records extends Database
{
    /** A later version may add columns while this one still runs. */
    protected const REQUEST = '(key, print, payment, held, asked, state, status, type, answer, sent_at, currency)';
    protected const REFUND = '(id, key, payment, amount, standing, status, currency, listed)';

    /** An earlier version wrote amounts without their currency: they are in that of the order, as it is read first. */
    protected function nameCurrency(object $order): void
    {
        foreach (['requests', 'refunds'] as $table) {
            $sql = "UPDATE $table SET currency = ? WHERE payment = ? AND currency IS NULL";
            $this->run($sql, [$order->currency, $order->payment]);
        }
    }

    /**
     * What the provider says of a refund. Only a pending one can fail. One that succeeded after all counts again.
     *
     * @param ?int $amount and $currency as the provider says them: if they are not the refund's, nothing is learned
     */
    public function learn(string $id, string $standing, string $status, ?int $amount = null, ?string $currency = null): void
    {
        $later = "standing IN ('pending', 'unrecognised') OR standing IN ('succeeded', 'reversing') AND :new LIKE 'revers%'
            OR standing IN ('failed', 'cancelled') AND (:new = 'succeeded' OR :new LIKE 'revers%')";
        $sql = "UPDATE refunds SET standing = :new, status = :status WHERE id = :id AND amount = ifnull(:amount, amount)
            AND (:currency IS NULL OR currency IS NULL OR currency = :currency) AND ($later)";
        $said = ['new' => $standing, 'status' => $status, 'id' => $id, 'amount' => $amount, 'currency' => $currency];
        $this->run($sql, $said);
    }

    /** What the provider lists. A refund that is not known was made elsewhere, or its answer has not come: it has no key. */
    public function observe(object $order, array $listed): void
    {
        $this->locked(function () use ($order, $listed) {
            $this->nameCurrency($order);
            foreach ($listed as [$id, $amount, $standing, $status, $currency]) {
                $row = [$id, $order->payment, $amount, $standing, $status, $currency];
                $this->run('INSERT OR IGNORE INTO refunds ' . self::REFUND . ' VALUES (?, NULL, ?, ?, ?, ?, ?, 0)', $row);
                // Nobody knows which of two amounts is true: the larger one counts until a person has settled it.
                $this->run("UPDATE refunds SET standing = 'unknown', status = 'contradiction',
                    amount = CASE currency WHEN :currency THEN max(amount, :said) ELSE amount END
                    WHERE id = :id AND (amount != :said OR currency != :currency)",
                    ['said' => $amount, 'currency' => $currency, 'id' => $id]);
                $this->learn($id, $standing, $status, $amount, $currency);
            }
        });
    }

    public function knows(string $key): bool
    {
        return $this->run('SELECT 1 FROM requests WHERE key = ?', [$key])->fetchColumn() !== false;
    }

    /**
     * The refund of each id that the provider gave one, the ids of the pending ones, how many of them count, how many
     * requests are open, and whether a list has shown that the provider lists refunds by these ids.
     */
    public function known(string $payment): object
    {
        $joined = 'SELECT id, standing, answer FROM refunds LEFT JOIN requests USING (key) WHERE refunds.payment = ?';
        $made = $this->run($joined, [$payment])->fetchAll();
        $ids = [];
        foreach ($made as $row) {
            $given = idsIn($row->answer ?? '', $row->id);
            foreach (['orderId', 'refundOrderId', 'refundArn', 'generatedInvoiceId'] as $name) {
                $other = $given->$name ?? null;
                $ids[is_string($other) || is_int($other) ? $other : $row->id] = $row->id;
            }
        }
        $held = array_filter($made, fn (object $row) => !in_array($row->standing, ['failed', 'cancelled'], true));
        $open = $this->run("SELECT count(*) FROM requests WHERE payment = ? AND state != 'done'", [$payment])->fetchColumn();
        // How it lists a refund over several vendors, only the list of such a payment tells.
        $named = $this->run('SELECT EXISTS (SELECT 1 FROM refunds WHERE payment = :payment AND listed = 1)
            OR EXISTS (SELECT 1 FROM refunds WHERE listed = 1)
            AND NOT EXISTS (SELECT 1 FROM requests WHERE payment = :payment AND instr(answer, \'"generated"\'))',
            ['payment' => $payment])->fetchColumn();
        $pending = array_column(array_filter($made, fn (object $row) => $row->standing === 'pending'), 'id');
        return (object) ['ids' => $ids, 'pending' => $pending, 'held' => count($held),
            'open' => (int) $open, 'isNamed' => (bool) $named];
    }

    /** A list has shown these. An id that a person wrote down says nothing of how the provider lists refunds. */
    public function noteListed(array $ids): void
    {
        foreach ($ids as $id) {
            $this->run('UPDATE refunds SET listed = 1
                WHERE id = ? AND key IN (SELECT key FROM requests WHERE status < 300)', [$id]);
        }
    }

    public function paymentOf(string $id): ?string
    {
        return $this->run('SELECT payment FROM refunds WHERE id = ?', [$id])->fetchColumn() ?: null;
    }

    /** The payment of the refund that a cancel names, if all its ids are those of one answer and of its kind of refund. */
    public function cancelledBy(object $body, array $names): string
    {
        $id = $body->orderId ?? null;
        $sql = 'SELECT refunds.payment, answer FROM refunds JOIN requests USING (key) WHERE refunds.id = ?';
        $found = is_string($id) ? $this->run($sql, [$id])->fetch() : false;
        $ids = $found ? idsIn($found->answer, $id) : null;
        if (!$ids) {
            throw new Refused(404, 'payment_not_found', more: ['detail' => 'this proxy has made no refund with these ids']);
        }
        $isSame = isset($ids->generatedInvoiceId) === in_array('generatedInvoiceId', $names, true);
        foreach ($names as $name) {
            $given = $body->$name ?? null;
            $isId = is_string($given) && $given !== '' || is_int($given) && $name === 'generatedInvoiceId';
            $isSame = $isSame && $isId && is_scalar($ids->$name ?? null) && (string) $given === (string) $ids->$name;
        }
        if (!$isSame) {
            throw invalid('the ids do not belong together: send all of them as the create answer gave them');
        }
        return $found->payment;
    }
}

/** What the answer to a request of UPayments says of a refund: nothing if a person has settled the request. */
function idsIn(string $answer, string $id): ?object
{
    $data = json_decode($answer, flags: JSON_BIGINT_AS_STRING)->data ?? null;
    $rows = is_object($data) ? $data->responseData->generated ?? [$data] : [];
    foreach (is_array($rows) ? $rows : [] as $row) {
        if (is_object($row) && ($row->orderId ?? null) === $id) {
            return $row;
        }
    }
    return null;
}
