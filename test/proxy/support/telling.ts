import type { TestContext } from 'node:test';

import { refundChange, type RefundChange } from '../../../contract/change.ts';
import { createRefundProxy, uqpay, type Ledger, type OnChange, type RefundProxy } from '../../../proxy/index.ts';
import { REFUND, startTestProxy, scriptUqpay, uuids, type TestProxy, type TestProxyOptions } from './test-proxy.ts';
import { SECRET } from './webhook.ts';

/** A proxy that tells; `taken` is what was, in order. Each change is read with the schema that its receivers have. */
export async function telling(t: TestContext, options: TestProxyOptions = {}) {
  const taken: RefundChange[] = [];
  const faults: Error[] = [];
  const tried: string[] = [];
  const onChange: OnChange = async (change) => {
    tried.push(change.id);
    const fault = faults.shift();
    if (fault) throw fault;
    taken.push(refundChange.parse(JSON.parse(JSON.stringify(change))));
  };
  const world = await startTestProxy(t, { webhookSecret: SECRET, onChange, ...options });
  return { ...world, taken, faults, tried };
}

export async function waiting(ledger: Ledger) {
  const { untold, untoldSince } = await ledger.figures({ merchant: 'default', provider: 'uqpay' }, { follows: true });
  return { untold, untoldSince };
}

export const types = (changes: readonly RefundChange[]) => changes.map(({ type }) => type);

/** The refund `RF1` as the provider has it from now on. */
export function say({ provider }: TestProxy, made: Map<string, object>, refund_status: string): void {
  const [key, refund] = [...made][0]!;
  made.set(key, { ...refund, refund_status });
  provider.on(`GET ${REFUND}/RF1`, { status: 200, json: made.get(key) });
}

/** Two changes of one payment are to be told: a refund was accepted, and settled. */
export async function refundAndSettle(world: TestProxy): Promise<void> {
  const made = scriptUqpay(world.provider);
  await world.refund('10.00');
  say(world, made, 'SUCCEEDED');
  await world.get(`${REFUND}/RF1`);
}

/** Another proxy on the same ledger, as a second instance is or one that starts anew. */
export function again({ provider, ledger, clock }: TestProxy, onChange: OnChange): RefundProxy {
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
