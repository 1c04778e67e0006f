<?php

declare(strict_types=1);

/** The sandbox of one test: a namespace with its own payments, clock and calls. All of them share one process. */
final class Sandbox
{
    private static Program $server;
    public readonly string $address;

    public function __construct(string $name)
    {
        self::$server ??= self::start();
        self::$server->drain();
        $this->address = self::$server->address . "/ns/$name";
    }

    /** @return array<string, string> for the merchant's code */
    public function settings(): array
    {
        return [
            'UQPAY_API' => "$this->address/uqpay/api",
            'UQPAY_CLIENT_ID' => 'sandbox-client',
            'UQPAY_API_KEY' => 'sandbox-key',
        ];
    }

    /** @return array<mixed> */
    public function control(string $method, string $path, array $body = []): array
    {
        $http = ['method' => $method, 'content' => json_encode((object) $body), 'header' => 'content-type: application/json'];
        $answer = file_get_contents("$this->address/_sandbox$path", context: stream_context_create(['http' => $http]));
        return json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
    }

    /** Starts the merchant's receiver, and tells the sandbox about it. Its events are lines of the file $log. */
    public function startReceiver(string $log): Program
    {
        $environment = ['WEBHOOK_LOG' => $log, 'UQPAY_WEBHOOK_SECRET' => 'my-secret'];
        $receiver = new Program([PHP_BINARY, '-S', '127.0.0.1:0', __DIR__ . '/receiver.php'], $environment);
        $endpoint = ['provider' => 'uqpay', 'url' => "$receiver->address/webhooks", 'secret' => 'my-secret'];
        $this->control('POST', '/webhooks/endpoints', $endpoint);
        return $receiver;
    }

    /** The program itself and not npx: npx would start it as a child, and our signal could miss it. */
    private static function start(): Program
    {
        return new Program(['node_modules/.bin/refund-form', 'sandbox', '--port', '0', '--clock', 'frozen']);
    }
}

/** A program that listens on a free port, and ends with this object. */
final class Program
{
    /** As the program prints it. */
    public readonly string $address;
    private mixed $process;
    private mixed $output;

    public function __construct(array $command, array $environment = [])
    {
        $streams = [['file', '/dev/null', 'r'], ['pipe', 'w'], ['redirect', 1]];
        $this->process = proc_open($command, $streams, $pipes, null, [...getenv(), ...$environment]);
        $this->output = $pipes[1];
        while (($line = fgets($this->output)) !== false) {
            if (preg_match('~http://127\.0\.0\.1:\d+~', $line, $found)) {
                $this->address = $found[0];
                stream_set_blocking($this->output, false);
                return;
            }
        }
        throw new RuntimeException("$command[0] ended before it listened");
    }

    /** Its output has to be read, or the pipe fills up. */
    public function drain(): void
    {
        stream_get_contents($this->output);
    }

    public function __destruct()
    {
        proc_terminate($this->process);
        proc_close($this->process);
    }
}
