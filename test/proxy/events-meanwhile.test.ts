import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { SqliteLedger } from '../../proxy/index.ts';
import type { PaymentRecord } from '../../proxy/ledger/ledger-reads.ts';
import { Stream } from './support/event-stream.ts';
import { PAYMENT, startTestProxy, temporaryFolder, UQPAY_POST } from './support/test-proxy.ts';

/** A ledger whose reads take as long as the test wants: what was read is old by the time it is told. */
class SlowLedger extends SqliteLedger {
  held: Promise<void> | undefined;

  override async paymentRecord(...about: Parameters<SqliteLedger['paymentRecord']>): Promise<PaymentRecord> {
    const record = await super.paymentRecord(...about);
    await this.held;
    return record;
  }
}

test('a change that comes while an earlier one is being told is told at once, too', { timeout: 30_000 }, async (t) => {
  const ledger = new SlowLedger({ file: path.join(await temporaryFolder(t), 'ledger.sqlite') });
  t.after(() => ledger.close());
  // No sign of life helps it along.
  const { proxy, refund, provider } = await startTestProxy(t, { ledger, events: { heartbeatMs: 600_000 } });
  t.after(() => proxy.close());
  const stream = new Stream(await proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`)));
  await stream.next();
  let release: () => void = () => undefined;
  ledger.held = new Promise<void>((resolve) => {
    release = resolve;
  });
  provider.on(UQPAY_POST, 'drop');
  assert.equal((await refund('10.00')).status, 504);
  release();
  const told = await stream.until(({ refunds }) => refunds?.[0]?.['state'] === 'unknown');
  assert.equal(told.summary.pending, '10.00');
});
