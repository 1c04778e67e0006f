<?php
// Refunds made elsewhere, such as in the provider's dashboard. They count before a payment is shown or refunded. UQPAY
// lists them with their amounts. UPayments lists them without: what the order does not account for stops a refund.
declare(strict_types=1);

/**
 * Counts what the provider lists. Call it with what the ledger knew before: a refund made meanwhile may be listed.
 *
 * @return array{} | array{not_refundable: string, unaccounted_refunds: array} what tells of a refund of unknown amount
 */
function takeElsewhere(Ledger $ledger, object $order, object $known): array
{
    $listed = [];
    try {
        foreach (listsOf($order->payment) as $path) {
            $answer = provider('GET', $path);
            array_push($listed, ...rowsIn($answer, $order));
        }
    } catch (Lost | TypeError $error) {
        error_log("the provider's refunds of $order->payment cannot be read: {$error->getMessage()}");
        $detail = "the provider's refunds of this payment cannot be read";
        throw new Refused(502, 'provider_unreachable', more: ['detail' => $detail]);
    }
    if (IS_UQPAY) {
        $ledger->observe($order, $listed);
        return [];
    }
    $strange = array_filter($listed, fn (string $id) => !isset($known->ids[$id]));
    $isNamed = $known->isNamed || count($strange) < count($listed);
    if ($isNamed && !$known->isNamed) {
        $ledger->noteListed(array_intersect_key($known->ids, array_flip($listed)));
    }
    // If no list has ever had one of our ids, it may show other ids of our refunds: only the numbers can be compared.
    $ours = $isNamed ? 0 : $known->held;
    $more = count($strange) - $ours - $order->count;
    if ($more <= 0) {
        return [];
    }
    $figures = ['listed' => count($listed), 'known' => count($listed) - $more];
    $words = "UPayments lists {$figures['listed']} refunds of this payment, and the amounts of {$figures['known']} are known. ";
    $words .= 'Give the order refunded_elsewhere and refunded_elsewhere_count';
    return ['not_refundable' => $words, 'unaccounted_refunds' => [...$figures, 'unknown' => $known->open]];
}

/** Refuses a new refund while the amount of another one is not known. */
function admit(Ledger $ledger, object $order): void
{
    $known = $ledger->known($order->payment);
    if (!IS_UQPAY && $known->open > 0) {
        throw new Refused(409, 'payment_busy'); // The list may show it or not.
    }
    if ($found = takeElsewhere($ledger, $order, $known)) {
        ['listed' => $listed, 'known' => $count] = $found['unaccounted_refunds'];
        $more = ['detail' => $found['not_refundable'], 'listed' => $listed, 'known' => $count];
        throw new Refused(409, 'refunded_elsewhere', more: $more);
    }
}

/** @return list<string> the paths that list the refunds of a payment */
function listsOf(string $payment): array
{
    if (!IS_UQPAY) {
        return ['/check-refund/' . rawurlencode($payment)];
    }
    $page = ['page_size' => 100, 'page_number' => 1, 'payment_intent_id' => $payment];
    $day = fn (int $ago) => gmdate('Y-m-d\TH:i:s\Z', time() - $ago * 86400);
    // Without times UQPAY lists the last month by its own clock. At most it lists three.
    $older = [...$page, 'start_time' => $day(85), 'end_time' => $day(27)];
    return array_map(fn (array $query) => '/v2/payment/refunds?' . http_build_query($query), [$page, $older]);
}

/** @return list<string | array{string, int, string, string}> the refunds of one answer: of UPayments the ids alone */
function rowsIn(Answer $answer, object $order): array
{
    $body = json_decode($answer->raw);
    $isSuccess = $answer->status >= 200 && $answer->status < 300 && (IS_UQPAY || ($body->status ?? null) === true);
    if (!$isSuccess) {
        throw new Lost("the answer $answer->status is no list of refunds");
    }
    if (!IS_UQPAY) {
        return array_map(fn (object $row) => text($row, 'order_id'), listIn($body->data ?? null, 'refund'));
    }
    $rows = listIn($body, 'data');
    if (!in_array($body->total_pages ?? null, [0, 1], true)) {
        throw new Lost('more than 100 refunds are listed');
    }
    // What is missing may be a refund that has taken the money.
    $total = property_exists($body, 'total_items') ? $body->total_items : 0;
    if (!is_int($total) || $total < 0 || $total > count($rows)) {
        throw new Lost('the list counts more refunds than it shows');
    }
    return array_map(fn (object $row) => rowOf($row, $order->payment, $order->captured), $rows);
}
