<?php
// A thin refund proxy for <refund-form> in plain PHP, with a ledger in SQLite. It adds the provider's credentials,
// serves the paths below and no others, sends a key once, and never refunds more than was captured.
declare(strict_types=1);

require __DIR__ . '/money.php';
require __DIR__ . '/database.php';
require __DIR__ . '/ledger.php';
require __DIR__ . '/provider.php';
require __DIR__ . '/answers.php';
require __DIR__ . '/orders.php';
require __DIR__ . '/elsewhere.php';

define('UPSTREAM', rtrim(getenv('REFUND_UPSTREAM'), '/'));
define('PROVIDER', getenv('REFUND_PROVIDER')); // uqpay or upayments
const IS_UQPAY = PROVIDER === 'uqpay';
const BASE = '/refunds/' . PROVIDER;
const RESEND_FOR = IS_UQPAY ? 86000 : 0; // UQPAY knows a key for 24 hours, UPayments knows none.
const BODY_LIMIT = 65536;
define('TIMEOUT', (float) (getenv('REFUND_TIMEOUT') ?: 20));

const ROW = ['refundRequestId', 'ibanNumber', 'totalPaid', 'refundedAmount', 'remainingLimit', 'amountToRefund', 'merchantType'];
// The members that are passed on; all others are dropped.
const WRITES = IS_UQPAY ? [
    '/v2/payment/refunds' => ['payment_intent_id', 'payment_attempt_id', 'amount', 'reason', 'metadata'],
] : [
    '/create-refund' => ['orderId', 'totalPrice', 'customerFirstName', 'customerEmail', 'customerMobileNumber',
        'reference', 'requireApproval', 'refundReason'],
    '/create-multivendor-refund' => ['orderId', 'refundPayload'],
    '/delete-refund' => ['orderId', 'refundOrderId'],
    '/delete-multivendor-refund' => ['generatedInvoiceId', 'orderId', 'refundOrderId', 'refundArn'],
];
const READS = IS_UQPAY ? ['/v2/payment/refunds/'] : ['/check-refund/', '/check-refund-status/'];

function pick(object $from, array $names): object
{
    return (object) array_intersect_key((array) $from, array_flip($names));
}

function write(Ledger $ledger, string $path, string $key, string $raw, ?string $expected): Answer
{
    $body = json_decode($raw);
    if (!is_object($body)) {
        throw new Refused(400, 'malformed_json');
    }
    $body = pick($body, WRITES[$path]);
    $cancels = str_starts_with($path, '/delete') ? json_encode($body->orderId ?? null) : null;
    $cancels = $cancels === null ? null : trim($cancels, '"');
    $payment = $cancels === null ? $body->payment_intent_id ?? $body->orderId ?? null : $ledger->paymentOf($cancels);
    if (!is_string($payment) || $payment === '') {
        $detail = 'expected the id of a payment, or of a refund made here';
        throw new Refused(400, 'invalid_request', more: ['detail' => $detail]);
    }
    $order = findOrder($payment);
    if ($cancels === null && !$ledger->knows($key)) {
        admit($ledger, $order);
    }
    $rows = [$body];
    if (property_exists($body, 'refundPayload')) {
        $rows = array_filter(is_array($body->refundPayload) ? $body->refundPayload : [], 'is_object');
        $rows = $body->refundPayload = array_map(fn (object $row) => pick($row, ROW), array_values($rows));
    }
    $amounts = array_map(fn (object $row) => $row->amountToRefund ?? $row->totalPrice ?? $row->amount ?? null, $rows);
    $asked = $cancels !== null ? 0 : array_sum(array_map(fn ($amount) => minor($amount, $order->digits), $amounts));
    if ($cancels === null && $asked === 0) {
        throw new Refused(400, 'invalid_request', more: ['detail' => 'expected at least one row in refundPayload']);
    }
    $text = json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    $assumed = $cancels === null ? $expected : null;
    $print = hash('sha256', "$path $text");
    [$resent, $known] = $ledger->begin($key, $print, $order, $asked, $assumed, RESEND_FOR, !IS_UQPAY, 5 * TIMEOUT);
    if ($known) {
        header('Idempotent-Replayed: true');
        return new Answer($known->status, $known->type, $known->answer);
    }
    try {
        $answer = provider('POST', $path, $text, $key);
        $said = json_decode($answer->raw);
        $status = $answer->status;
        $isFalse = is_object($said) && ($said->status ?? null) === false && empty((array) ($said->data ?? null));
        $isRefusal = $isFalse || ($status >= 400 && $status < 499 && $status !== 408 && $status !== 409);
        if (!is_object($said) || $status >= 500 || ($isRefusal ? $resent : $status >= 300)) {
            throw new Lost('it says nothing about the money');
        }
        $made = $isRefusal || $cancels !== null ? [] : refundsIn($said, $asked, $order->digits);
        if (in_array($status, [401, 413, 429], true)) {
            $ledger->forget($key);
        } else {
            $ledger->settle($key, $payment, $made, $isRefusal ? null : $cancels, $answer);
        }
    } catch (Lost | Refused | TypeError $error) {
        if ($error instanceof NoToken && !$resent) { // Nothing was sent.
            $ledger->forget($key);
            throw $error;
        }
        error_log("the outcome of $key is not known: {$error->getMessage()}");
        $ledger->lost($key);
        throw new Refused(504, 'outcome_unknown', 'unknown');
    }
    return $answer;
}
