<?php
// The HTTP side of the proxy: who may come in, and which path does what.
declare(strict_types=1);

/** What the proxy cannot do without. An empty variable would look like a wrong path or a refused credential. */
function missingSettings(): array
{
    $credentials = getenv('REFUND_PROVIDER') === 'upayments' ? ['REFUND_TOKEN'] : ['REFUND_CLIENT_ID', 'REFUND_API_KEY'];
    $names = ['REFUND_PROVIDER', 'REFUND_UPSTREAM', 'REFUND_ORDERS', 'REFUND_LEDGER', ...$credentials];
    return array_filter($names, fn (string $name) => (string) getenv($name) === '');
}

if ($missing = missingSettings()) {
    $detail = current($missing) . ' is not set: set it in .env (copy .env.example) or in the environment of the server';
    error_log($detail);
    http_response_code(500);
    header('Content-Type: application/problem+json');
    header('Cache-Control: no-store');
    $problem = ['title' => 'internal error', 'status' => 500, 'code' => 'internal_error', 'effect' => 'nothing'];
    echo json_encode([...$problem, 'detail' => $detail]);
    return;
}

require __DIR__ . '/proxy.php';

/** Put the look-up of your own session here. It must check the session, not only that a header is there. */
function isSignedIn(): bool
{
    $session = (string) getenv('REFUND_SESSION');
    return $session !== '' && hash_equals($session, $_SERVER['HTTP_X_SESSION'] ?? '');
}

/** @return list<array{string, int, string, string}> id, minor units, standing and status of each refund made */
function refundsIn(object $said, int $asked, int $digits): array
{
    $data = $said->data ?? $said;
    if (IS_UQPAY) {
        $word = $data->refund_status;
        return [[$data->payment_refund_id, $asked, STANDINGS[$word] ?? 'unrecognised', $word]];
    }
    if ($data->isMultivendorRefund ?? false) {
        return []; // It only opened the second step.
    }
    $amount = fn (object $row) => isset($row->amount) ? minor($row->amount, $digits) : $asked;
    return array_map(fn (object $row) => [$row->orderId, $amount($row), 'pending', ''], $data->responseData->generated ?? [$data]);
}

/** Keeps what the provider says of a refund. An answer that is no refund says nothing. */
function learn(Ledger $ledger, string $id, string $raw): void
{
    $said = json_decode($raw);
    $data = $said->data ?? $said;
    $isRefunded = in_array($data->is_refunded ?? null, [true, 1], true);
    $word = $isRefunded ? 'refunded' : $data->refund_status ?? '';
    $standing = $isRefunded ? 'succeeded' : STANDINGS[$word] ?? null;
    if ($standing !== null) {
        $ledger->learn($id, $standing, $word);
    }
}

/** A read of the provider, passed on as it came. */
function readRefund(Ledger $ledger, string $path, string $id): Answer
{
    if (preg_match('#[/\\\\]|^\.*$#', $id)) {
        throw new Refused(404, 'path_not_allowed');
    }
    try {
        $answer = provider('GET', $path . rawurlencode($id));
    } catch (Lost) {
        throw new Refused(502, 'provider_unreachable');
    }
    if ($answer->status === 200) {
        learn($ledger, $id, $answer->raw);
    }
    return $answer;
}

/** UPayments signs nothing, so its callbacks are refused: a read of the refund tells the same. */
function webhook(Ledger $ledger, string $raw): Answer
{
    $stamp = $_SERVER['HTTP_X_WK_TIMESTAMP'] ?? '';
    $signature = hash_hmac('sha512', $raw . $stamp, (string) getenv('REFUND_WEBHOOK_SECRET'));
    $isFresh = ctype_digit($stamp) && abs(time() - (int) $stamp / 1000) <= 300;
    if (!IS_UQPAY || !$isFresh || !hash_equals($signature, $_SERVER['HTTP_X_WK_SIGNATURE'] ?? '')) {
        throw new Refused(401, 'webhook_refused');
    }
    $data = json_decode($raw)->data ?? (object) [];
    learn($ledger, (string) ($data->payment_refund_id ?? ''), json_encode($data));
    return reply((object) []);
}

function route(): Answer
{
    if ((int) ($_SERVER['CONTENT_LENGTH'] ?? 0) > BODY_LIMIT) {
        throw new Refused(413, 'body_too_large');
    }
    $raw = file_get_contents('php://input', length: BODY_LIMIT + 1);
    $path = explode('?', $_SERVER['REQUEST_URI'])[0];
    if (!str_starts_with($path, BASE . '/')) {
        throw new Refused(404, 'path_not_allowed');
    }
    $path = substr($path, strlen(BASE));
    $ledger = new Ledger(getenv('REFUND_LEDGER'));
    $method = $_SERVER['REQUEST_METHOD'];
    if ("$method $path" === 'POST /webhooks') {
        return webhook($ledger, $raw);
    }
    $host = $_SERVER['HTTP_HOST'] ?? '';
    $origin = explode('//', $_SERVER['HTTP_ORIGIN'] ?? "//$host")[1] ?? '';
    if (($_SERVER['HTTP_SEC_FETCH_SITE'] ?? '') === 'cross-site' || $origin !== $host) {
        throw new Refused(403, 'origin_not_allowed');
    }
    if (!isSignedIn()) {
        throw new Refused(401, 'unauthenticated');
    }
    $start = substr($path, 0, strrpos($path, '/') + 1);
    $last = rawurldecode(substr($path, strlen($start)));
    if ("$method $path" === 'GET /') {
        return reply(['name' => 'refund-form-proxy', 'provider' => PROVIDER, 'deduplicates' => true]);
    }
    if ("$method $start" === 'GET /payments/') {
        return reply($ledger->summary(findOrder($last)));
    }
    if ($method === 'GET' && in_array($start, READS, true)) {
        return readRefund($ledger, $start, $last);
    }
    if ($method !== 'POST' || !isset(WRITES[$path])) {
        throw new Refused(404, 'path_not_allowed');
    }
    if (($_SERVER['HTTP_X_REFUND_FORM'] ?? '') !== '1') {
        throw new Refused(400, 'refund_form_header_required');
    }
    if (!preg_match('#^application/json\s*(;|$)#i', $_SERVER['CONTENT_TYPE'] ?? '')) {
        throw new Refused(415, 'unsupported_media_type');
    }
    $key = $_SERVER['HTTP_IDEMPOTENCY_KEY'] ?? '';
    if ($key === '' || strlen($key) > 255) {
        throw new Refused(400, 'idempotency_key_required');
    }
    return write($ledger, $path, $key, $raw, $_SERVER['HTTP_X_EXPECTED_REFUNDABLE'] ?? null);
}

function reply(mixed $value, int $status = 200, string $type = 'application/json'): Answer
{
    return new Answer($status, $type, json_encode($value, JSON_UNESCAPED_SLASHES));
}

try {
    $answer = route();
} catch (Refused $refused) {
    $members = ['status' => $refused->status, 'code' => $refused->problem, 'effect' => $refused->effect];
    $problem = ['title' => str_replace('_', ' ', $refused->problem), ...$members, ...$refused->more];
    $answer = reply($problem, $refused->status, 'application/problem+json');
}
http_response_code($answer->status);
header("Content-Type: $answer->type");
header('Cache-Control: no-store');
if ($answer->retryAfter !== null) {
    header("Retry-After: $answer->retryAfter");
}
echo $answer->raw;
