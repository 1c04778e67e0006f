<?php

declare(strict_types=1);

/** Takes UQPAY's webhooks, and appends each event to the file of WEBHOOK_LOG: `php -S 127.0.0.1:3000 receiver.php`. */

const TOLERANCE_S = 300;

/** Whether UQPAY signed this body within the last five minutes. The body has to be the bytes that arrived. */
function isGenuine(string $rawBody, string $timestamp, string $signature, string $secret): bool
{
    // Either milliseconds or seconds.
    $signedAt = (int) $timestamp >= 10 ** 12 ? intdiv((int) $timestamp, 1000) : (int) $timestamp;
    return abs(time() - $signedAt) <= TOLERANCE_S
        && hash_equals(hash_hmac('sha512', $rawBody . $timestamp, $secret), $signature);
}

$rawBody = file_get_contents('php://input');
$timestamp = $_SERVER['HTTP_X_WK_TIMESTAMP'] ?? '';
$signature = $_SERVER['HTTP_X_WK_SIGNATURE'] ?? '';
if (!isGenuine($rawBody, $timestamp, $signature, getenv('UQPAY_WEBHOOK_SECRET'))) {
    http_response_code(401);
    return;
}
$event = json_decode($rawBody, true);
$log = getenv('WEBHOOK_LOG');
$line = "{$event['event_id']} {$event['event_type']}\n";
// Each event once, although the provider may send it twice.
if (!str_contains((string) @file_get_contents($log), $line)) {
    file_put_contents($log, $line, FILE_APPEND | LOCK_EX);
}
