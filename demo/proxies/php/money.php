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

function decimal(int $amount, int $digits): string
{
    $text = str_pad((string) $amount, $digits + 1, '0', STR_PAD_LEFT);
    return $digits > 0 ? substr($text, 0, -$digits) . '.' . substr($text, -$digits) : $text;
}
