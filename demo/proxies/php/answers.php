<?php
// What the provider says of refunds.
declare(strict_types=1);

const STANDINGS = ['INITIATED' => 'pending', 'PROCESSING' => 'pending', 'SUCCEEDED' => 'succeeded', 'FAILED' => 'failed',
    'REVERSAL_INITIATED' => 'reversing', 'REVERSAL_PROCESSING' => 'reversing', 'REVERSAL_SUCCEEDED' => 'reversed'];
// Before the request was read, whoever says it: the same key may be sent again.
const TURNED_AWAY = [401, 413, 429];
const ROW_LISTS = ['generated', 'dataTempered', 'refundIssue', 'insufficientBalance'];

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

/** Whether the provider says no, in its own form of an error. UPayments may say it with a 2xx. */
function isRefusal(int $status, object $said): bool
{
    $saysNo = $status >= 400 && $status < 499 && $status !== 408 && $status !== 409;
    if (IS_UQPAY) {
        // An idempotency_error says that UQPAY knows the key from another body: a ledger that was lost may have sent it.
        $isError = hasTexts($said, 'type', 'code', 'message');
        return $saysNo && $isError && !in_array($said->type, ['api_error', 'idempotency_error'], true);
    }
    $isError = ($said->status ?? null) === false && hasTexts($said, 'message');
    return $isError && ($saysNo || ($status < 300 && isEmpty($said->data ?? null)));
}

/**
 * The refunds that a 2xx reports, in the provider's own form of a success: any other says nothing.
 *
 * @param object $request the order, the minor units asked for, the refund that a cancel names, and the rows of vendors
 * @return list<array{string, int, string, string}> id, minor units, standing and status of each refund made
 */
function refundsIn(object $said, object $request): array
{
    $data = $said->data ?? null;
    if (IS_UQPAY) {
        $made = [rowOf($said, $request->order)];
    } elseif (($said->status ?? null) !== true) {
        throw new Lost('its status is not true');
    } elseif ($request->cancels !== null) {
        return [];
    } elseif ($request->rows > 0) {
        $lists = array_map(fn (string $name) => listIn($data->responseData ?? null, $name), ROW_LISTS);
        if (count(array_merge(...$lists)) !== $request->rows) {
            throw new Lost('it does not say what became of each row');
        }
        $amount = fn (object $row) => minor($row->amount ?? null, $request->order->digits);
        $made = array_map(fn (object $row) => [text($row, 'orderId'), $amount($row), 'pending', ''], $lists[0]);
    } elseif (($data->isMultivendorRefund ?? null) === true) {
        listIn($data, 'refundPayload');
        if (($data->orderId ?? null) !== $request->order->payment) {
            throw new Lost('it is about another payment');
        }
        return []; // It only opened the second step.
    } elseif (($data->isMultivendorRefund ?? false) !== false) {
        throw new Lost('it does not say whether it is a refund');
    } else {
        $made = [[text($data, 'orderId'), $request->asked, 'pending', '']];
    }
    $amount = array_sum(array_column($made, 1));
    if ($amount > $request->asked || (IS_UQPAY && $amount !== $request->asked)) {
        throw new Lost("$request->asked minor units were asked for, $amount are said", $amount);
    }
    if (count(array_unique(array_column($made, 0))) < count($made)) {
        throw new Lost('two refunds have one id');
    }
    return $made;
}

/** @return array{string, int, string, string} a refund of UQPAY: its id, minor units, standing and status */
function rowOf(object $row, object $order): array
{
    [$id, $word, $currency] = [text($row, 'payment_refund_id'), text($row, 'refund_status'), text($row, 'currency')];
    if (($row->payment_intent_id ?? $order->payment) !== $order->payment || $currency !== $order->currency) {
        throw new Lost("it is of another payment or in $currency", $order->captured);
    }
    $amount = amountOf($row->amount ?? null, $order->digits) ?? throw new Lost('it has no amount');
    return [$id, $amount, STANDINGS[$word] ?? 'unrecognised', $word];
}

function text(?object $members, string $name): string
{
    $found = $members->$name ?? null;
    return is_string($found) && $found !== '' ? $found : throw new Lost("$name is no text");
}
