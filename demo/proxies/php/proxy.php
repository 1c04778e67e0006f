<?php
// A thin refund proxy for <refund-form> in plain PHP, with a ledger in SQLite. It adds the provider's credentials,
// serves the paths below and no others, sends a key once, and never refunds more than was captured.
declare(strict_types=1);

require __DIR__ . '/money.php';
require __DIR__ . '/database.php';
require __DIR__ . '/records.php';
require __DIR__ . '/ledger.php';
require __DIR__ . '/provider.php';
require __DIR__ . '/answers.php';
require __DIR__ . '/vendors.php';
require __DIR__ . '/orders.php';
require __DIR__ . '/elsewhere.php';
require __DIR__ . '/reads.php';

define('UPSTREAM', rtrim(getenv('REFUND_UPSTREAM'), '/'));
define('PROVIDER', getenv('REFUND_PROVIDER')); // uqpay or upayments
const IS_UQPAY = PROVIDER === 'uqpay';
const BASE = '/refunds/' . PROVIDER;
const RESEND_FOR = IS_UQPAY ? 86000 : 0; // UQPAY knows a key for 24 hours, UPayments knows none.
const BODY_LIMIT = 65536;
define('TIMEOUT', (float) (getenv('REFUND_TIMEOUT') ?: 20));
// A write waits for the token of another one, gets one and sends the request, each up to twice.
const LOST_AFTER = 7 * TIMEOUT;

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

/** The idempotency key: a UUID, which is the same in upper case. UQPAY takes no other. */
function keyOf(string $given): string
{
    if ($given === '') {
        throw new Refused(400, 'idempotency_key_required');
    }
    if (!preg_match('/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/iD', $given)) {
        throw new Refused(400, 'idempotency_key_invalid', more: ['detail' => 'expected a UUID of 36 characters']);
    }
    return strtolower($given);
}

function pick(object $from, array $names): object
{
    return (object) array_intersect_key((array) $from, array_flip($names));
}

/** @return object what a write asks for: the members to pass on, the payment, a cancelled refund, and the rows of vendors */
function subject(Ledger $ledger, string $path, string $raw): object
{
    $body = json_decode($raw, flags: JSON_BIGINT_AS_STRING);
    if (!is_object($body)) {
        throw new Refused(400, 'malformed_json');
    }
    $body = pick($body, WRITES[$path]);
    $rows = [];
    if (in_array('refundPayload', WRITES[$path], true)) {
        $rows = $body->refundPayload ?? null;
        if (!is_array($rows) || $rows === [] || array_filter($rows, 'is_object') !== $rows) {
            throw invalid('expected at least one row in refundPayload');
        }
        $rows = $body->refundPayload = array_map(fn (object $row) => pick($row, ROW), $rows);
        // By these an answer names the rows that it refuses.
        $names = array_filter(array_map(fn (object $row) => $row->refundRequestId ?? null, $rows), 'is_string');
        if (count(array_unique($names)) < count($rows)) {
            throw invalid('expected a refundRequestId of its own in each row');
        }
    }
    $isCancel = str_starts_with($path, '/delete');
    $id = $body->payment_intent_id ?? $body->orderId ?? null;
    $payment = $isCancel ? $ledger->cancelledBy($body, WRITES[$path]) : $id;
    if (!is_string($payment) || $payment === '') {
        throw invalid('expected the id of a payment');
    }
    $text = json_encode($body, JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE);
    if ($text === false) {
        throw invalid('a number is too large to be sent');
    }
    return (object) ['body' => $body, 'text' => $text, 'payment' => $payment, 'cancels' => $isCancel ? $id : null, 'rows' => $rows];
}

function write(Ledger $ledger, string $path, string $key, string $raw, ?string $expected): Answer
{
    $request = unlessBegun($ledger, $key, fn () => subject($ledger, $path, $raw));
    $request->key = $key;
    $print = hash('sha256', "$path $request->text");
    $known = $ledger->repeated($key, $print, RESEND_FOR, LOST_AFTER);
    if ($known?->state === 'done') {
        header('Idempotent-Replayed: true');
        return new Answer($known->status, $known->type, $known->answer);
    }
    $order = unlessBegun($ledger, $key, fn () => orderFor($ledger, $request, $known));
    if (!$known) {
        $ledger->begin($request, $print, $order, $request->cancels === null ? $expected : null, !IS_UQPAY);
    }
    try {
        $answer = provider('POST', $path, $request->text, $key);
        conclude($ledger, $request, $known !== null, $answer);
        return $answer;
    } catch (Throwable $error) {
        if ($error instanceof NoToken && !$known) { // Nothing was sent.
            $ledger->forget($key);
            throw $error;
        }
        error_log("the outcome of $key is not known: {$error->getMessage()}");
        try {
            $ledger->lost($key, $error instanceof Lost ? $error->least : 0);
        } catch (PDOException $failure) {
            error_log("$key stays in state sending: {$failure->getMessage()}");
        }
        throw new Refused(504, 'outcome_unknown', 'unknown');
    }
}

function invalid(string $detail): Refused
{
    return new Refused(400, 'invalid_request', more: ['detail' => $detail]);
}

/** A refusal before the send says nothing of an earlier request with the same key, or of one that has begun meanwhile. */
function unlessBegun(Ledger $ledger, string $key, callable $work): object
{
    try {
        return $work();
    } catch (Refused $refused) {
        throw $ledger->knows($key) ? $refused->with('unknown') : $refused;
    }
}

/** The order, once nothing at the provider stands against a new refund. A key that is known needs no such look. */
function orderFor(Ledger $ledger, object $request, ?object $known): object
{
    $order = findOrder($request->payment);
    if ($request->cancels === null && !$ledger->knows($request->key)) {
        admit($ledger, $order);
    }
    $each = $request->cancels !== null ? [] : ($request->rows ?: [$request->body]);
    $given = array_map(fn (object $row) => $row->amountToRefund ?? $row->totalPrice ?? $row->amount ?? null, $each);
    // UQPAY takes a text, UPayments a number. The other one it may read as another amount, or not at all.
    if (array_filter($given, fn (mixed $amount) => is_string($amount) !== IS_UQPAY)) {
        throw invalid('expected the amount as a ' . (IS_UQPAY ? 'text' : 'number'));
    }
    $request->amounts = array_map(fn (mixed $amount) => minor($amount, $order->digits), $given);
    $request->said = totalInFull($request->amounts, $order->digits);
    // The order may be in another currency by now. The answer is about what was asked for first.
    $request->asked = $known ? $known->asked : total($request->amounts);
    $request->currency = $known?->currency ?? $order->currency;
    $request->captured = $known ? max($order->captured, $known->asked + 1) : $order->captured;
    return $order;
}

/** Writes down what an answer says. It throws if the answer does not say whether money moved. */
function conclude(Ledger $ledger, object $request, bool $resent, Answer $answer): void
{
    $said = json_decode($answer->raw);
    $verdict = judge($answer->status, is_object($said) ? $said : (object) [], $resent);
    if ($verdict === 'unsent') {
        $ledger->forget($request->key);
        return;
    }
    if ($verdict === 'unknown' || !is_object($said)) {
        throw new Lost("$answer->status says nothing about the money");
    }
    $isMade = $verdict === 'made';
    $ledger->settle($request, $isMade ? refundsIn($said, $request) : [], $isMade ? $request->cancels : null, $answer);
}
