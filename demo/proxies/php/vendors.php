<?php
// What UPayments answers about several vendors.
declare(strict_types=1);

/** Throws unless step one only opened the second step. Rows that cannot be read, or come with a refund's ids, may be one. */
function checkOpened(object $data, string $payment): void
{
    foreach (listIn($data, 'refundPayload') as $row) {
        $isRow = is_object($row) && hasTexts($row, 'refundRequestId', 'ibanNumber', 'totalPaid', 'merchantType');
        foreach (['refundedAmount', 'remainingLimit', 'amountToRefund'] as $name) {
            $isRow = $isRow && (is_int($row->$name ?? null) || is_float($row->$name ?? null));
        }
        if (!$isRow) {
            throw new Lost('a row of a vendor cannot be read');
        }
    }
    $isRefund = isset($data->refundOrderId) || isset($data->refundArn);
    if ($isRefund || !hasTexts($data, 'multivendor_refund_end_point')) {
        throw new Lost('it does not say whether it only opened a refund over several vendors');
    }
    if (($data->orderId ?? null) !== $payment) {
        throw new Lost('it is about another payment');
    }
}

/**
 * The refunds of an answer over several vendors. It names the rows that it refuses, and has an amount for each other one:
 * what does not match says nothing of any row, because nobody knows which of them was carried out.
 */
function ofVendors(?object $lists, object $request): array
{
    $refused = [];
    foreach (['dataTempered', 'refundIssue', 'insufficientBalance'] as $name) {
        array_push($refused, ...array_map(fn (object $row) => text($row, 'refundRequestId'), listIn($lists, $name)));
    }
    $amount = fn (object $row) => minor($row->amount ?? null, digitsOf($request->currency));
    $made = array_map(
        fn (object $row) => [text($row, 'orderId'), $amount($row), 'pending', ''],
        listIn($lists, 'generated'),
    );
    $said = array_column($made, 1);
    $open = [];
    foreach ($request->rows as $at => $row) {
        if (!in_array($row->refundRequestId, $refused, true)) {
            $open[] = $request->amounts[$at];
        }
    }
    if (($sum = total($said)) > $request->asked) {
        // No payment has as much as an integer takes: what is held stays a number that can be added up.
        throw new Lost("$request->asked minor units were asked for, $sum are said", min($sum, $request->captured));
    }
    sort($said);
    sort($open);
    if ($said !== $open) {
        throw new Lost('it does not say what became of each row');
    }
    return $made;
}
