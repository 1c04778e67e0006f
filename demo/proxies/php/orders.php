<?php
// The merchant's own orders, which say what may be refunded. They never come from the browser.
declare(strict_types=1);

/** What was captured of a payment, and what was refunded elsewhere. */
function findOrder(string $payment): object
{
    // At the end of an address dots would be another address. Control characters would forge a line of the log.
    if (trim($payment, '.') === '' || preg_match('/[\x00-\x1f\x7f]/', $payment)) {
        throw new Refused(404, 'payment_not_found');
    }
    $url = str_replace('{id}', rawurlencode($payment), getenv('REFUND_ORDERS'));
    try {
        $answer = call('GET', $url);
    } catch (Lost $lost) {
        throw noOrder($url, 'got no answer (' . $lost->getMessage() . ')');
    }
    if ($answer->status === 404) {
        throw new Refused(404, 'payment_not_found');
    }
    if ($answer->status !== 200) {
        throw noOrder($url, "answered $answer->status");
    }
    $found = json_decode($answer->raw);
    if (!is_object($found)) {
        throw noOrder($url, 'answered something that is no JSON object');
    }
    $currency = $found->currency ?? null;
    if (!isCurrency($currency)) {
        throw noOrder($url, 'has no ISO 4217 code in capitals, such as USD, as currency');
    }
    $digits = digitsOf($currency);
    $amount = fn (string $member, mixed $given) =>
        amountOf($given, $digits) ?? throw noOrder($url, "has no amount in $currency as $member");
    $count = $found->refunded_elsewhere_count ?? 0;
    $method = $found->payment_method ?? null;
    return (object) ['payment' => $payment, 'currency' => $currency, 'digits' => $digits,
        'method' => is_string($method) ? $method : null,
        'captured' => $amount('captured', $found->captured ?? null),
        'told' => $amount('refunded_elsewhere', $found->refunded_elsewhere ?? '0'), 'count' => is_int($count) ? $count : 0];
}

/** The refusal that says what was called and what came. The query may hold a secret of the shop's, so it is left out. */
function noOrder(string $url, string $why): Refused
{
    $path = parse_url($url, PHP_URL_PATH);
    error_log("REFUND_ORDERS: GET $path $why");
    return new Refused(503, 'orders_unavailable', more: ['detail' => "GET $path $why"]);
}
