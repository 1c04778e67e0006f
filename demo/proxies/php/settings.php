<?php
// The settings, checked before anything else: later a wrong one would only show as a failure of what needs it.
declare(strict_types=1);

const IN_HEADERS = ['REFUND_CLIENT_ID', 'REFUND_API_KEY', 'REFUND_TOKEN'];

/** The address of an HTTP server. */
function isAddress(string $text): bool
{
    return preg_match('#^https?://[^/\s]+#i', $text) === 1 && is_string(parse_url($text, PHP_URL_HOST));
}

/** Over http:// the credentials can be read on their way to another machine. */
function isUpstream(string $text): bool
{
    $isHere = preg_match('/^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/Di', (string) parse_url($text, PHP_URL_HOST)) === 1;
    $mayBePlain = $isHere || getenv('REFUND_ALLOW_PLAIN_HTTP') === '1';
    return isAddress($text) && ($mayBePlain || stripos($text, 'https:') === 0);
}

/** An application around the proxy may have another place. */
function whereSettingsAre(): string
{
    return defined('SETTINGS_ARE') ? SETTINGS_ARE : 'in the environment of the server';
}

/** @return ?string the first fault in one sentence: the variable, what came, what was expected and where to set it */
function faultOfSettings(): ?string
{
    $where = whereSettingsAre();
    $ofUqpay = ['REFUND_CLIENT_ID', 'REFUND_API_KEY', 'REFUND_WEBHOOK_SECRET'];
    $credentials = getenv('REFUND_PROVIDER') === 'upayments' ? ['REFUND_TOKEN'] : $ofUqpay;
    $isSeconds = fn (string $text) => preg_match('/^\d{1,4}(\.\d+)?$/D', $text) === 1 && (float) $text > 0;
    $rules = [
        'REFUND_PROVIDER' => [fn (string $text) => in_array($text, ['uqpay', 'upayments'], true), 'uqpay or upayments'],
        'REFUND_UPSTREAM' => [isUpstream(...),
            'an address that begins with https://, or with http:// to this machine or with REFUND_ALLOW_PLAIN_HTTP=1'],
        'REFUND_ORDERS' => [fn (string $text) => isAddress($text) && str_contains($text, '{id}'),
            'an address such as http://shop.internal/orders/{id}'],
        'REFUND_TIMEOUT' => [$isSeconds, 'a number of seconds above 0, such as 20'],
    ];
    foreach ([...array_keys($rules), 'REFUND_LEDGER', ...$credentials, 'REFUND_SESSION'] as $name) {
        $value = (string) getenv($name);
        if ($value === '' && $name === 'REFUND_TIMEOUT') {
            continue;
        }
        if ($value === '') {
            return "$name is not set: set it $where";
        }
        [$isRight, $expected] = $rules[$name] ?? [fn () => true, ''];
        // What is sent in a header is a secret: the message has no value.
        if (in_array($name, IN_HEADERS, true) && preg_match('/^[^\x00\r\n\x{100}-\x{10ffff}]+$/Du', $value) !== 1) {
            return "$name: expected characters that a header can hold: is a line end left in it? Correct it $where";
        }
        if (!$isRight($value)) {
            return "$name: expected $expected, received $value: correct it $where";
        }
    }
    return null;
}
