<?php
// What the provider says of refunds.
declare(strict_types=1);

const STANDINGS = ['INITIATED' => 'pending', 'PROCESSING' => 'pending', 'SUCCEEDED' => 'succeeded', 'FAILED' => 'failed',
    'REVERSAL_INITIATED' => 'reversing', 'REVERSAL_PROCESSING' => 'reversing', 'REVERSAL_SUCCEEDED' => 'reversed'];
// A list of refunds that were made, also within a text.
const GENERATED = '/generated\\\\*":[\[{][^\]}]/';
// Before the request was read, whoever says it: the same key may be sent again.
const TURNED_AWAY = [401, 413, 429];
// Only these of UQPAY's errors speak of the refund itself, whichever send they answer.
const OF_THE_REFUND = ['invalid_request_error', 'payment_error', 'refund_error'];

/** A list that is missing, or is none, may hide a refund that has taken the money. */
function listIn(?object $members, string $name): array
{
    $found = $members->$name ?? null;
    return is_array($found) ? $found : throw new Lost("$name is no list");
}

function hasTexts(object $said, string ...$names): bool
{
    return count(array_filter($names, fn (string $name) => is_string($said->$name ?? null))) === count($names);
}

/** A number and a boolean hold nothing, either. */
function isEmpty(mixed $value): bool
{
    return is_string($value) ? $value === '' : !is_array($value) && !is_object($value) || (array) $value === [];
}

/**
 * @return string `unsent`: the same key may be sent again. `refused`: the provider says no, in its own form of an error.
 *     UPayments may say it with a 2xx. `made`: see `refundsIn`. `unknown`: it says nothing about the money
 */
function judge(int $status, object $said, bool $resent): string
{
    $saysNo = $status >= 400 && $status < 499 && $status !== 408 && $status !== 409;
    $isUnsent = in_array($status, TURNED_AWAY, true);
    if (IS_UQPAY) {
        // An idempotency_error says that UQPAY knows the key from another body: a ledger that was lost may have sent it.
        $isError = $saysNo && hasTexts($said, 'type', 'code', 'message') && $said->type !== 'idempotency_error';
        $isUnsent = $isUnsent || $isError && $said->code === 'velocity_limit_exceeded';
        // Had the first send been carried out, a repeat would get its answer: so no other refusal of a repeat is about it.
        $isRefused = $isError && ($resent ? in_array($said->type, OF_THE_REFUND, true) : $said->type !== 'api_error');
    } else {
        $isError = ($said->status ?? null) === false && hasTexts($said, 'message');
        // Beside a vendor's refund that a second step has made, a refusal is only of the others.
        $hasNone = $saysNo ? !preg_match(GENERATED, json_encode($said)) : $status < 300 && isEmpty($said->data ?? null);
        $isRefused = !$resent && $isError && $hasNone;
    }
    if ($isUnsent) {
        return $resent ? 'unknown' : 'unsent';
    }
    return $isRefused ? 'refused' : ($status < 300 ? 'made' : 'unknown');
}

/**
 * The refunds that a 2xx reports, in the provider's own form of a success: any other says nothing.
 *
 * @return list<array{string, int, string, string}> id, minor units, standing and status of each refund made
 */
function refundsIn(object $said, object $request): array
{
    $data = $said->data ?? null;
    if (IS_UQPAY) {
        $made = [ofRequest(rowOf($said, $request->payment, $request->captured), $request)];
    } elseif (($said->status ?? null) !== true) {
        throw new Lost('its status is not true');
    } elseif ($request->cancels !== null) {
        return [];
    } elseif ($request->rows !== []) {
        $made = ofVendors($data->responseData ?? null, $request);
    } elseif (($data->isMultivendorRefund ?? null) === true) {
        checkOpened($data, $request->payment);
        return []; // It only opened the second step.
    } elseif (($data->isMultivendorRefund ?? false) !== false) {
        throw new Lost('it does not say whether it is a refund');
    } else {
        $made = [[text($data, 'orderId'), $request->asked, 'pending', '']];
    }
    if (count(array_unique(array_column($made, 0))) < count($made)) {
        throw new Lost('two refunds have one id');
    }
    return $made;
}

/** The refund of an answer of UQPAY, if it is the one that was asked for. */
function ofRequest(array $row, object $request): array
{
    [, $amount, , , $currency] = $row;
    if ($currency !== $request->currency) {
        throw new Lost("it is in $currency", $request->captured);
    }
    if ($amount !== $request->asked) {
        throw new Lost("$request->asked minor units were asked for, $amount are said", $amount);
    }
    return $row;
}

/** @return array{string, int, string, string, string} a refund of UQPAY: id, minor units, standing, status and currency */
function rowOf(object $row, string $payment, int $captured = 0): array
{
    [$id, $word, $currency] = [text($row, 'payment_refund_id'), text($row, 'refund_status'), text($row, 'currency')];
    if (($row->payment_intent_id ?? $payment) !== $payment) {
        throw new Lost('it is of another payment', $captured);
    }
    if (!isCurrency($currency)) {
        throw new Lost('it has no currency');
    }
    $amount = amountOf($row->amount ?? null, digitsOf($currency)) ?? throw new Lost('it has no amount');
    return [$id, $amount, STANDINGS[$word] ?? 'unrecognised', $word, $currency];
}

function text(?object $members, string $name): string
{
    $found = $members->$name ?? null;
    return is_string($found) && $found !== '' ? $found : throw new Lost("$name is no text");
}
