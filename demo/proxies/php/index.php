<?php
// The HTTP side of the proxy: who may come in, and which path does what.
declare(strict_types=1);

// With another value, which old settings of a host have, 0.29 is written as 0.28999999999999998.
ini_set('serialize_precision', '-1');
// A warning in front of an answer would make another answer of it. The log has it.
ini_set('display_errors', '0');

require __DIR__ . '/settings.php';

if ($detail = faultOfSettings()) {
    error_log($detail);
    http_response_code(500);
    header('Content-Type: application/problem+json');
    header('Cache-Control: no-store');
    // An earlier request with this key may have been sent.
    $effect = $_SERVER['REQUEST_METHOD'] === 'POST' ? 'unknown' : 'nothing';
    $problem = ['title' => 'internal error', 'status' => 500, 'code' => 'internal_error', 'effect' => $effect];
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

function openLedger(): Ledger
{
    $file = getenv('REFUND_LEDGER');
    try {
        return new Ledger($file);
    } catch (PDOException $error) {
        if (isBusy($error)) {
            throw $error;
        }
        $detail = "REFUND_LEDGER: $file cannot be opened ({$error->getMessage()}): correct it " . whereSettingsAre();
        error_log($detail);
        // An earlier request with this key may have been sent.
        throw new Refused(500, 'internal_error', 'unknown', ['detail' => $detail]);
    }
}

function route(): Answer
{
    $raw = file_get_contents('php://input', length: BODY_LIMIT + 1);
    if (strlen($raw) > BODY_LIMIT) {
        throw new Refused(413, 'body_too_large');
    }
    $path = explode('?', $_SERVER['REQUEST_URI'])[0];
    if (!str_starts_with($path, BASE . '/')) {
        throw new Refused(404, 'path_not_allowed');
    }
    $path = substr($path, strlen(BASE));
    $ledger = openLedger();
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
        $order = findOrder($last);
        $known = $ledger->known($last);
        $more = takeElsewhere($ledger, $order, $known);
        lookUp($ledger, IS_UQPAY ? [] : $known->pending);
        return reply([...$more, ...$ledger->summary($order)]);
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
    $key = keyOf($_SERVER['HTTP_IDEMPOTENCY_KEY'] ?? '');
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
} catch (PDOException $error) { // After the send `write` itself says what is known.
    error_log("the ledger: {$error->getMessage()}");
    // Nothing was sent now, but an earlier request with this key may have been.
    $problem = ['title' => 'ledger unavailable', 'status' => 503, 'code' => 'ledger_unavailable', 'effect' => 'unknown'];
    $answer = reply($problem, 503, 'application/problem+json');
} catch (Throwable $error) { // A failure of the proxy's own says nothing about the money.
    error_log("$_SERVER[REQUEST_METHOD] $_SERVER[REQUEST_URI]: {$error->getMessage()} at {$error->getFile()}:{$error->getLine()}");
    $problem = ['title' => 'internal error', 'status' => 500, 'code' => 'internal_error', 'effect' => 'unknown'];
    $answer = reply($problem, 500, 'application/problem+json');
}
http_response_code($answer->status);
header("Content-Type: $answer->type");
header('Cache-Control: no-store');
if ($answer->retryAfter !== null) {
    header("Retry-After: $answer->retryAfter");
}
echo $answer->raw;
