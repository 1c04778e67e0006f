<?php
// The calls of the provider, with its credentials.
declare(strict_types=1);

/** The answer was lost, or says nothing that can be believed: money may have moved. */
final class Lost extends Exception
{
    /** @param int $least minor units that must stay held for what the answer says */
    public function __construct(string $why, public readonly int $least = 0)
    {
        parent::__construct($why);
    }
}

/** Without a token that is taken, this time nothing was carried out. */
final class NoToken extends Refused {}

final class Answer
{
    public function __construct(
        public readonly int $status,
        public readonly string $type,
        public readonly string $raw,
        public readonly ?string $retryAfter = null,
    ) {}
}

/** One request, never repeated and never redirected. */
function call(string $method, string $url, ?string $body = null, array $headers = []): Answer
{
    $retryAfter = null;
    $curl = curl_init($url);
    curl_setopt_array($curl, [
        CURLOPT_CUSTOMREQUEST => $method,
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT_MS => (int) (TIMEOUT * 1000),
        CURLOPT_FORBID_REUSE => true,
        // Over HTTP/2, curl itself sends a request again that the provider has refused to begin.
        CURLOPT_HTTP_VERSION => CURL_HTTP_VERSION_1_1,
        CURLOPT_HTTPHEADER => [...$headers, 'Expect:', 'Accept: application/json', 'Accept-Encoding: identity'],
        // No answer of a provider is this long. What is would use up the memory, and end the request without an answer.
        CURLOPT_NOPROGRESS => false,
        CURLOPT_XFERINFOFUNCTION => fn ($_, $total, $received) => (int) ($received > 1 << 20),
        CURLOPT_HEADERFUNCTION => function ($_, string $line) use (&$retryAfter) {
            if (stripos($line, 'retry-after:') === 0) {
                $retryAfter = trim(substr($line, 12));
            }
            return strlen($line);
        },
    ]);
    if ($body !== null) {
        curl_setopt($curl, CURLOPT_POSTFIELDS, $body);
    }
    $raw = curl_exec($curl);
    if ($raw === false) {
        throw new Lost(curl_error($curl));
    }
    $type = curl_getinfo($curl, CURLINFO_CONTENT_TYPE) ?: '';
    $json = preg_replace('/^\xEF\xBB\xBF/', '', $raw);
    return new Answer(curl_getinfo($curl, CURLINFO_RESPONSE_CODE), $type, $json, $retryAfter);
}

/**
 * All requests share one token, in a file that only this user reads. `$refused`: the token that is taken no more.
 *
 * @return list<string> the headers, and with UQPAY the token as the fourth
 */
function credentials(?string $refused = null): array
{
    if (!IS_UQPAY) {
        return ['Authorization: Bearer ' . getenv('REFUND_TOKEN'), 'Content-Type: application/json'];
    }
    $client = 'x-client-id: ' . getenv('REFUND_CLIENT_ID');
    umask(0077);
    $file = fopen(getenv('REFUND_LEDGER') . '.token', 'c+');
    // Whoever waits for longer would still send when a person may have ended the request.
    for ($until = microtime(true) + TIMEOUT; !flock($file, LOCK_EX | LOCK_NB); usleep(20_000)) {
        if (microtime(true) > $until) {
            throw new NoToken(502, 'provider_unreachable');
        }
    }
    // Before the token stands what it was fetched with: the settings may have changed since then.
    $with = hash('sha256', implode("\n", [UPSTREAM, $client, getenv('REFUND_API_KEY')]));
    [$fetchedWith, $token] = explode(' ', stream_get_contents($file) . ' ');
    if ($fetchedWith !== $with || $token === '' || $token === $refused) {
        $url = UPSTREAM . '/v1/connect/token';
        try {
            $answer = call('POST', $url, '', [$client, 'x-api-key: ' . getenv('REFUND_API_KEY')]);
        } catch (Lost $lost) {
            error_log("there is no token of the provider: {$lost->getMessage()}");
            throw new NoToken(502, 'provider_unreachable');
        }
        $why = 'provider_unreachable';
        if (in_array($answer->status, [401, 403], true)) {
            $why = 'credentials_refused';
            nameRefused('REFUND_CLIENT_ID with REFUND_API_KEY', $answer->status);
        }
        $found = json_decode($answer->raw);
        $token = is_object($found) && $answer->status === 200 ? $found->auth_token ?? null : null;
        if (!is_string($token) || preg_match('/[^\x21-\x7e]/', $token) !== 0) {
            throw new NoToken(502, $why);
        }
        ftruncate($file, 0);
        rewind($file);
        fwrite($file, "$with $token");
    }
    fclose($file);
    return [$client, "x-auth-token: Bearer $token", 'Content-Type: application/json', $token];
}

/** The answer alone does not say which variable is wrong. */
function nameRefused(string $names, int $status): void
{
    error_log("the provider refuses $names (it answered $status): correct it " . whereSettingsAre());
}

function provider(string $method, string $path, ?string $body = null, ?string $key = null): Answer
{
    $send = function (array $credentials) use ($method, $path, $body, $key) {
        $mark = IS_UQPAY && $key !== null ? ["x-idempotency-key: $key"] : [];
        return call($method, UPSTREAM . $path, $body, [...array_slice($credentials, 0, 3), ...$mark]);
    };
    $credentials = credentials();
    $answer = $send($credentials);
    if ($answer->status === 401 && IS_UQPAY) {
        $answer = $send(credentials($credentials[3]));
    }
    if ($answer->status === 401) {
        if (!IS_UQPAY) {
            nameRefused('REFUND_TOKEN', 401);
        }
        throw new NoToken(502, 'credentials_refused'); // As it came, a form would take it for a sign-in that has ended.
    }
    return $answer;
}
