import type { TestContext } from 'node:test';

import { refundChange, type RefundChange } from '../../../contract/change.ts';
import { createRefundProxy, uqpay, type Ledger, type OnChange, type RefundProxy } from '../../../proxy/index.ts';
import { REFUND, startTestProxy, scriptUqpay, uuids, type TestProxy, type TestProxyOptions } from './test-proxy.ts';
import { SECRET } from './webhook.ts';

/**
 * Starts a proxy that reports changes to `onChange`. `changes` are the accepted ones, in order; `attempts` has the id
 * of each call.
 */
export async function startReportingProxy(t: TestContext, options: TestProxyOptions = {}) {
  const changes: RefundChange[] = [];
  const faults: Error[] = [];
  const attempts: string[] = [];
  const onChange: OnChange = async (change) => {
    attempts.push(change.id);
    const fault = faults.shift();
    if (fault) throw fault;
    changes.push(refundChange.parse(JSON.parse(JSON.stringify(change))));
  };
  const testProxy = await startTestProxy(t, { webhookSecret: SECRET, onChange, ...options });
  return { ...testProxy, changes, faults, attempts };
}

export async function unsentChanges(ledger: Ledger) {
  const { untold, untoldSince } = await ledger.figures({ merchant: 'default', provider: 'uqpay' }, { follows: true });
  return { untold, untoldSince };
}

export const types = (changes: readonly RefundChange[]) => changes.map(({ type }) => type);

/** Sets the status of the refund `RF1` at the provider. */
export function setRefundStatus({ provider }: TestProxy, refunds: Map<string, object>, refund_status: string): void {
  const [key, record] = [...refunds][0]!;
  refunds.set(key, { ...record, refund_status });
  provider.on(`GET ${REFUND}/RF1`, { status: 200, json: refunds.get(key) });
}

/** Leaves two unsent changes of one payment: a refund was accepted, and it succeeded. */
export async function refundAndSettle(testProxy: TestProxy): Promise<void> {
  const refunds = scriptUqpay(testProxy.provider);
  await testProxy.refund('10.00');
  setRefundStatus(testProxy, refunds, 'SUCCEEDED');
  await testProxy.get(`${REFUND}/RF1`);
}

/** Another proxy on the same ledger, like a second instance or a restarted one. */
export function secondProxy({ provider, ledger, clock }: TestProxy, onChange: OnChange): RefundProxy {
  return createRefundProxy({
    provider: uqpay({ baseUrl: provider.url, clientId: 'client-of-ours', apiKey: 'key-of-ours' }),
    basePath: '/refunds',
    ledger,
    orders: async () => undefined,
    authorize: async () => ({ user: 'admin-1' }),
    now: () => clock.now,
    newId: uuids(8),
    timeoutMs: 20_000,
    onChange,
  });
}
