<?php
// A thin refund proxy for <refund-form> in plain PHP, with a ledger in SQLite. It adds the provider's credentials,
// serves the paths below and no others, sends a key once, and never refunds more than was captured.
declare(strict_types=1);

require __DIR__ . '/ledger.php';

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
const STANDINGS = ['INITIATED' => 'pending', 'PROCESSING' => 'pending', 'SUCCEEDED' => 'succeeded', 'FAILED' => 'failed',
    'REVERSAL_INITIATED' => 'reversing', 'REVERSAL_PROCESSING' => 'reversing', 'REVERSAL_SUCCEEDED' => 'reversed'];

/** The answer was lost or cannot be read: money may have moved. */
final class Lost extends Exception {}

/** Without a token this time nothing was sent. */
final class NoToken extends Refused {}

final class Answer
{
    public function __construct(
        public readonly int $status,
        public readonly string $type,
        public readonly string $raw,
        public readonly ?string $retryAfter = null,
    ) {}
}

/** One request, never repeated and never redirected. */
function call(string $method, string $url, ?string $body = null, array $headers = []): Answer
{
    $retryAfter = null;
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT_MS => (int) (TIMEOUT * 1000),
        CURLOPT_FORBID_REUSE => true,
        CURLOPT_HTTPHEADER => [...$headers, 'Expect:', 'Accept: application/json'],
        CURLOPT_HEADERFUNCTION => function ($_, string $line) use (&$retryAfter) {
            if (stripos($line, 'retry-after:') === 0) {
                $retryAfter = trim(substr($line, 12));
            }
            return strlen($line);
        },
    ]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }
    $raw = curl_exec($curl);
    if ($raw === false) {
        throw new Lost(curl_error($curl));
    }
    $type = curl_getinfo($curl, CURLINFO_CONTENT_TYPE) ?: '';
    return new Answer(curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $type, $raw, $retryAfter);
}

/** All requests share one token, in a file that only this user reads. `$refused`: the token that is taken no more. */
function credentials(?string $refused = null): array
{
    if (!IS_UQPAY) {
        return ['Authorization: Bearer ' . getenv('REFUND_TOKEN'), 'Content-Type: application/json'];
    }
    $client = 'x-client-id: ' . getenv('REFUND_CLIENT_ID');
    umask(0077);
    $file = fopen(getenv('REFUND_LEDGER') . '.token', 'c+');
    flock($file, LOCK_EX);
    $token = stream_get_contents($file);
    if ($token === '' || $token === $refused) {
        $url = getenv('REFUND_UPSTREAM') . '/v1/connect/token';
        try {
            $answer = call('POST', $url, '', [$client, 'x-api-key: ' . getenv('REFUND_API_KEY')]);
        } catch (Lost) {
            throw new NoToken(502, 'provider_unreachable');
        }
        $why = in_array($answer->status, [401, 403], true) ? 'credentials_refused' : 'provider_unreachable';
        $token = json_decode($answer->raw)?->auth_token ?? throw new NoToken(502, $why);
        ftruncate($file, 0);
        rewind($file);
        fwrite($file, $token);
    }
    fclose($file);
    return [$client, "x-auth-token: Bearer $token", 'Content-Type: application/json', $token];
}

function provider(string $method, string $path, ?string $body = null, ?string $key = null): Answer
{
    $send = function (array $credentials) use ($method, $path, $body, $key) {
        $mark = IS_UQPAY && $key !== null ? ["x-idempotency-key: $key"] : [];
        return call($method, getenv('REFUND_UPSTREAM') . $path, $body, [...array_slice($credentials, 0, 3), ...$mark]);
    };
    $credentials = credentials();
    $answer = $send($credentials);
    return $answer->status === 401 && IS_UQPAY ? $send(credentials($credentials[3])) : $answer;
}

/** What was captured, from the merchant's own orders and never from the browser. */
function findOrder(string $payment): object
{
    try {
        $answer = call('GET', str_replace('{id}', rawurlencode($payment), getenv('REFUND_ORDERS')));
    } catch (Lost) {
        throw new Refused(503, 'orders_unavailable');
    }
    $found = $answer->status === 200 ? json_decode($answer->raw) : null;
    if (!isset($found->currency, $found->captured)) {
        throw new Refused(404, 'payment_not_found');
    }
    $digits = DIGITS[$found->currency] ?? 2;
    return (object) ['payment' => $payment, 'currency' => $found->currency, 'digits' => $digits,
        'captured' => minor($found->captured, $digits)];
}

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
