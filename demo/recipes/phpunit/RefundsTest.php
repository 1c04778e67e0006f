<?php

declare(strict_types=1);

use PHPUnit\Framework\TestCase;

require_once __DIR__ . '/refunds.php';
require_once __DIR__ . '/sandbox.php';

final class RefundsTest extends TestCase
{
    /** One of the sandbox's example payments: USD 250.00, and nothing is refunded. */
    private const PAYMENT = 'PI1234567890123456789';

    private Sandbox $sandbox;
    private Refunds $refunds;
    /** The merchant's own id of the refund. */
    private string $id;

    protected function setUp(): void
    {
        $this->id = uuid();
        $this->sandbox = new Sandbox("test-$this->id");
        $this->refunds = new Refunds($this->sandbox->settings());
    }

    private function refund(string $amount = '10.00'): string
    {
        return $this->refunds->create($this->id, self::PAYMENT, $amount, 'Return good');
    }

    private function assertSentOnce(): void
    {
        $expected = ['filter' => ['route' => 'create_refund'], 'exactly' => 1];
        $answer = $this->sandbox->control('POST', '/journal/verify', $expected);
        self::assertTrue($answer['ok'], $answer['explanation']);
    }

    public function testARefundIsAcceptedAndSettlesLater(): void
    {
        self::assertSame('INITIATED', $this->refund());
        $this->sandbox->control('POST', '/clock', ['advance' => 'PT1M']);
        self::assertSame('SUCCEEDED', $this->refunds->lookUp($this->id, self::PAYMENT));
    }

    public function testARefundAboveWhatIsLeftIsRefused(): void
    {
        $this->expectException(RefundRefused::class);
        $this->refund('250.01');
    }

    public function testARefundWhoseAnswerIsLostIsLookedUpAndNotSentAgain(): void
    {
        $this->sandbox->control('POST', '/scenarios', ['scenario' => 'drop_after_commit']);
        self::assertSame('INITIATED', $this->refund());
        $this->assertSentOnce();
    }

    public function testARefundThatIsNotFoundStaysUnknownAndIsNotSentAgain(): void
    {
        $this->sandbox->control('POST', '/scenarios', ['scenario' => 'drop_before_commit']);
        self::assertSame(Refunds::UNKNOWN, $this->refund());
        $this->assertSentOnce();
    }

    public function testAWebhookIsSignedAndTellsOfTheSettledRefundOnce(): void
    {
        $log = tempnam(sys_get_temp_dir(), 'webhooks');
        $receiver = $this->sandbox->startReceiver($log);
        $this->sandbox->control('POST', '/scenarios', ['scenario' => 'webhook_duplicate']);
        $this->refund();
        $this->sandbox->control('POST', '/clock', ['advance' => 'PT1M']);
        $this->sandbox->control('POST', '/webhooks/flush');
        $types = array_map(fn ($line) => explode(' ', $line)[1], file($log, FILE_IGNORE_NEW_LINES));
        self::assertSame(['acquiring.refund.created', 'acquiring.refund.succeeded'], $types);
        unlink($log);
    }

    public function testAForgedWebhookIsRefused(): void
    {
        $log = tempnam(sys_get_temp_dir(), 'webhooks');
        $receiver = $this->sandbox->startReceiver($log);
        $this->sandbox->control('POST', '/scenarios', ['scenario' => 'webhook_forged']);
        $this->refund();
        $webhooks = $this->sandbox->control('POST', '/webhooks/flush')['webhooks'];
        self::assertSame([401], array_column($webhooks[0]['attempts'], 'response_code'));
        self::assertSame('', file_get_contents($log));
        unlink($log);
    }

    /**
     * @testWith [1]
     *           [2]
     */
    public function testEachTestStartsWithTheWholePayment(int $test): void
    {
        self::assertSame('INITIATED', $this->refund('250.00'));
    }
}

function uuid(): string
{
    $bytes = random_bytes(16);
    $bytes[6] = chr(ord($bytes[6]) & 0x0f | 0x40);
    $bytes[8] = chr(ord($bytes[8]) & 0x3f | 0x80);
    return vsprintf('%s%s-%s-%s-%s-%s%s%s', str_split(bin2hex($bytes), 4));
}
