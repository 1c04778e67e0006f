import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';

import { SqliteLedger } from '../../proxy/index.ts';
import type { PaymentRecord } from '../../proxy/ledger/ledger-reads.ts';
import { Stream } from './support/event-stream.ts';
import { PAYMENT, startTestProxy, temporaryFolder, UQPAY_POST } from './support/test-proxy.ts';

/** A ledger whose reads wait for the test, so that a record can be out of date when it is sent. */
class SlowLedger extends SqliteLedger {
  held: Promise<void> | undefined;

  override async paymentRecord(...about: Parameters<SqliteLedger['paymentRecord']>): Promise<PaymentRecord> {
    const record = await super.paymentRecord(...about);
    await this.held;
    return record;
  }
}

test('a change during the send of an earlier change is also sent at once', { timeout: 30_000 }, async (t) => {
  const ledger = new SlowLedger({ file: path.join(await temporaryFolder(t), 'ledger.sqlite') });
  t.after(() => ledger.close());
  // Without heartbeats, only the change itself can cause an event.
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
  const change = await stream.until(({ refunds }) => refunds?.[0]?.['state'] === 'unknown');
  assert.equal(change.summary.pending, '10.00');
});
