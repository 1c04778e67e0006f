<?php
// What the provider says of a refund later: in its answer to a read, and in a webhook.
declare(strict_types=1);

/** A read of the provider, passed on as it came. */
function readRefund(Ledger $ledger, string $path, string $id): Answer
{
    if (preg_match('#[/\\\\\x00-\x1f\x7f]|^\.*$#', $id)) {
        throw new Refused(404, 'path_not_allowed');
    }
    try {
        $answer = provider('GET', $path . rawurlencode($id));
    } catch (Lost) {
        throw new Refused(502, 'provider_unreachable');
    }
    try {
        if ($answer->status >= 200 && $answer->status < 300) {
            learnRead($ledger, $id, json_decode($answer->raw));
        }
    } catch (Lost | Refused | TypeError | PDOException $error) { // The reader gets the answer, whatever it is.
        error_log("the read of $id says nothing of it: {$error->getMessage()}");
    }
    return $answer;
}

/** Keeps what a read says of the refund that was asked for. */
function learnRead(Ledger $ledger, string $id, object $said): void
{
    if (IS_UQPAY) {
        learn($ledger, $id, $said);
        return;
    }
    $data = $said->data ?? null;
    if (($data->order_id ?? $id) !== $id || ($data->orderId ?? $id) !== $id) {
        throw new Lost('it is about another refund');
    }
    if (($said->status ?? null) === true && in_array($data->is_refunded ?? null, [true, 1], true)) {
        $ledger->learn($id, 'succeeded', 'refunded');
    }
}

/** Keeps what UQPAY says of a refund of the ledger's. A row of another refund or amount says nothing of it. */
function learn(Ledger $ledger, string $id, object $row): void
{
    $payment = $ledger->paymentOf($id);
    if ($payment === null) {
        return;
    }
    [$said, $amount, $standing, $word, $currency] = rowOf($row, $payment);
    if ($said !== $id) {
        throw new Lost('it is about another refund');
    }
    if ($standing !== 'unrecognised') {
        $ledger->learn($id, $standing, $word, $amount, $currency);
    }
}

const SECONDS_BELOW = 100_000_000_000; // Smaller timestamps are seconds, larger ones milliseconds.

/** UPayments signs nothing, so its callbacks are refused: a read of the refund tells the same. */
function webhook(Ledger $ledger, string $raw): Answer
{
    $stamp = $_SERVER['HTTP_X_WK_TIMESTAMP'] ?? '';
    $secret = (string) getenv('REFUND_WEBHOOK_SECRET');
    $signature = hash_hmac('sha512', $raw . $stamp, $secret);
    $sentAt = (int) $stamp < SECONDS_BELOW ? (int) $stamp : (int) $stamp / 1000;
    $isFresh = preg_match('/^\d{1,16}$/D', $stamp) && abs(time() - $sentAt) <= 300;
    // Anybody can sign with an empty secret.
    if (!IS_UQPAY || $secret === '' || !$isFresh || !hash_equals($signature, $_SERVER['HTTP_X_WK_SIGNATURE'] ?? '')) {
        throw new Refused(401, 'webhook_refused');
    }
    $event = json_decode($raw);
    if (!is_object($event)) {
        throw new Refused(400, 'malformed_json');
    }
    $data = $event->data ?? null;
    try {
        learn($ledger, text(is_object($data) ? $data : null, 'payment_refund_id'), $data);
    } catch (Lost $lost) {
        error_log("an event says nothing of a refund: {$lost->getMessage()}");
    }
    return reply((object) []);
}

/** UPayments sends nothing that can be trusted: without this a refund stays pending once its page is closed. */
function lookUp(Ledger $ledger, array $pending): void
{
    foreach ($pending as $id) {
        try {
            readRefund($ledger, '/check-refund-status/', $id);
        } catch (Refused $refused) {
            error_log("the refund $id cannot be read: $refused->problem");
            return;
        }
    }
}
