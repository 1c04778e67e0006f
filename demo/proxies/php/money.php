<?php
// Amounts are integers in minor units, never floats.
declare(strict_types=1);

// ISO 4217: how many decimals an amount has. All other currencies have 2.
const CODES = [0 => 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF',
    3 => 'BHD IQD JOD KWD LYD OMR TND', 4 => 'CLF UYW'];

function digitsOf(string $currency): int
{
    foreach (CODES as $digits => $codes) {
        if (in_array($currency, explode(' ', $codes), true)) {
            return $digits;
        }
    }
    return 2;
}

/** In capitals, as ISO 4217 writes it: "usd" would be another currency than the provider's answer is in. */
function isCurrency(mixed $code): bool
{
    return is_string($code) && preg_match('/^[A-Z]{3}$/D', $code) === 1;
}

/** A decimal string or JSON number as minor units; `null` if it is no amount of the currency. */
function amountOf(mixed $amount, int $digits): ?int
{
    // json_encode writes the shortest digits that mean the same number, so a float gives back what was sent.
    $text = is_int($amount) || is_float($amount) ? json_encode($amount) : $amount;
    $isAmount = is_string($text) && preg_match("/^(\d{1,12})(?:\.(?=\d)(\d{0,$digits})0*)?$/D", $text, $part);
    return $isAmount ? (int) ($part[1] . str_pad($part[2] ?? '', $digits, '0')) : null;
}

/** The same of an amount to refund: refuses what is not positive. */
function minor(mixed $amount, int $digits): int
{
    $detail = "expected a positive amount with up to $digits decimals";
    return amountOf($amount, $digits) ?: throw new Refused(400, 'invalid_request', more: ['detail' => $detail]);
}

/** The sum, or the largest integer if it is larger: that is above every amount of an order. */
function total(array $amounts): int
{
    $sum = array_sum($amounts);
    return is_int($sum) ? $sum : PHP_INT_MAX;
}

/** The same in full, as a decimal string. */
function totalInFull(array $amounts, int $digits): string
{
    // In two parts, because the sum of many may not fit into an integer.
    $low = array_sum(array_map(fn (int $amount) => $amount % 1_000_000_000, $amounts));
    $high = array_sum(array_map(fn (int $amount) => intdiv($amount, 1_000_000_000), $amounts));
    $high += intdiv($low, 1_000_000_000);
    return decimal(($high ?: '') . str_pad((string) ($low % 1_000_000_000), $high ? 9 : 1, '0', STR_PAD_LEFT), $digits);
}

function decimal(int|string $amount, int $digits): string
{
    $text = str_pad((string) $amount, $digits + 1, '0', STR_PAD_LEFT);
    return $digits > 0 ? substr($text, 0, -$digits) . '.' . substr($text, -$digits) : $text;
}
