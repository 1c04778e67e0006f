<?php

declare(strict_types=1);

/** The provider refused the refund. No money moves. */
final class RefundRefused extends RuntimeException
{
}

/** Signing in failed, so nothing was sent. */
final class SignInFailed extends RuntimeException
{
}

/** No answer came, or none that can be read. */
final class AnswerLost extends RuntimeException
{
}

/** A merchant's refunds at UQPAY. UQPAY_API is the provider's address, or in a test the sandbox's. */
final class Refunds
{
    /** The status while nobody knows whether the provider makes the refund. */
    public const UNKNOWN = 'UNKNOWN';

    /** These errors speak of the refund itself. Every other error says nothing about the money. */
    private const REFUSALS = ['invalid_request_error', 'payment_error', 'refund_error', 'not_found'];

    private ?string $token = null;

    /** @param array<string, string> $settings UQPAY_API, UQPAY_CLIENT_ID and UQPAY_API_KEY */
    public function __construct(private array $settings)
    {
    }

    /**
     * Sends one refund, and returns its status. $id is your own UUID: store it before you call this, because it finds
     * the refund again. A lost answer is not a failure: the refund is looked up, and is UNKNOWN if it is not found.
     */
    public function create(string $id, string $payment, string $amount, string $reason): string
    {
        $this->signIn();
        $body = [
            'payment_intent_id' => $payment,
            'amount' => $amount,
            'reason' => $reason,
            'metadata' => ['refund' => $id],
        ];
        try {
            [$status, $answer] = $this->call('POST', '/v2/payment/refunds', ["x-idempotency-key: $id"], $body);
        } catch (AnswerLost) {
            return $this->lookUp($id, $payment);
        }
        if ($status === 200 && isset($answer['refund_status'])) {
            return $answer['refund_status'];
        }
        if ($status === 400 && in_array($answer['type'] ?? '', self::REFUSALS, true)) {
            throw new RefundRefused($answer['message']);
        }
        return $this->lookUp($id, $payment);
    }

    /** Only reads. A refund that is not found may still arrive, so look it up again later. */
    public function lookUp(string $id, string $payment): string
    {
        $query = http_build_query(['payment_intent_id' => $payment, 'page_size' => 100, 'page_number' => 1]);
        try {
            [$status, $page] = $this->call('GET', "/v2/payment/refunds?$query");
        } catch (AnswerLost) {
            return self::UNKNOWN;
        }
        foreach ($status === 200 ? $page['data'] : [] as $row) {
            if (($row['metadata']['refund'] ?? null) === $id) {
                return $row['refund_status'];
            }
        }
        return self::UNKNOWN;
    }

    /** @return array{int, array<mixed>} */
    private function call(string $method, string $path, array $headers = [], ?array $body = null): array
    {
        $signed = fn () => [...$headers, "x-auth-token: Bearer $this->token", $this->clientId()];
        $answer = $this->send($method, $path, $signed(), $body);
        if ($answer[0] !== 401) {
            return $answer;
        }
        // The token has expired and nothing was carried out, so the call may be sent again.
        $this->token = null;
        $this->signIn();
        return $this->send($method, $path, $signed(), $body);
    }

    private function signIn(): void
    {
        if ($this->token !== null) {
            return;
        }
        $headers = [$this->clientId(), "x-api-key: {$this->settings['UQPAY_API_KEY']}"];
        [$status, $answer] = $this->send('POST', '/v1/connect/token', $headers);
        $this->token = $status === 200 ? $answer['auth_token'] : throw new SignInFailed("UQPAY answered $status");
    }

    private function clientId(): string
    {
        return "x-client-id: {$this->settings['UQPAY_CLIENT_ID']}";
    }

    /** @return array{int, array<mixed>} */
    private function send(string $method, string $path, array $headers, ?array $body = null): array
    {
        $http = [
            'method' => $method,
            'header' => [...$headers, 'content-type: application/json'],
            'content' => $body === null ? '' : json_encode($body),
            'ignore_errors' => true,
            'timeout' => 20,
        ];
        $text = @file_get_contents($this->settings['UQPAY_API'] . $path, context: stream_context_create(['http' => $http]));
        $answer = $text === false ? null : json_decode($text, true);
        if (!is_array($answer)) {
            throw new AnswerLost("$method $path");
        }
        return [(int) explode(' ', $http_response_header[0])[1], $answer];
    }
}
