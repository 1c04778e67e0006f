<?php
// What the provider says of refunds.
declare(strict_types=1);

const STANDINGS = ['INITIATED' => 'pending', 'PROCESSING' => 'pending', 'SUCCEEDED' => 'succeeded', 'FAILED' => 'failed',
    'REVERSAL_INITIATED' => 'reversing', 'REVERSAL_PROCESSING' => 'reversing', 'REVERSAL_SUCCEEDED' => 'reversed'];

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
