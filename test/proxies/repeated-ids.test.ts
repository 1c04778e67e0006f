import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import type { PaymentSummary, Problem } from '../../contract/index.ts';
import { createSandbox } from '../../mock-server/index.ts';
import { ownPort } from '../runner/ports.ts';
import { SESSION } from '../verify/session.ts';
import { buildGo, whyNoGo } from './go.ts';
import { PROXIES } from './list.ts';
import { startProxy } from './support.ts';

const REFUNDS = {
  uqpay: {
    path: '/v2/payment/refunds',
    payment: 'PI1234567890123456789',
    body: (amount: string) => ({ payment_intent_id: 'PI1234567890123456789', amount, reason: 'Return good' }),
  },
  upayments: {
    path: '/create-refund',
    payment: 'up20261101knet0000000000000000000000000000000000000000000000000001',
    body: (amount: string) => ({ orderId: REFUNDS.upayments.payment, totalPrice: Number(amount) }),
  },
} as const;
type ProviderName = keyof typeof REFUNDS;

interface Program {
  readonly command: string;
  readonly args: (port: number) => readonly string[];
}

/** The provider is a sandbox that is started again with the same seed and has no memory, while the ledger is kept. */
async function refundsOfTwoStarts(t: TestContext, provider: ProviderName, program: Program): Promise<void> {
  const { path: below, payment, body } = REFUNDS[provider];
  const port = await ownPort();
  const start = () => createSandbox({ port, clock: 'frozen', startAt: Date.parse('2026-11-20T09:00:00Z') });
  let sandbox = await start();
  t.after(() => sandbox.close());
  const endpoint = await startProxy(t, { ...program, provider, recorder: `http://127.0.0.1:${port}` });
  const refund = async (amount: string, key: string) => {
    const headers = { ...SESSION, 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key };
    const answer = await fetch(endpoint + below, { method: 'POST', headers, body: JSON.stringify(body(amount)) });
    return { status: answer.status, json: (await answer.json()) as unknown };
  };
  const made = async () => {
    const summary = await fetch(`${endpoint}/payments/${payment}`, { headers: SESSION });
    const { refunds = [] } = (await summary.json()) as PaymentSummary;
    return refunds.map(({ amount, standing }) => `${Number(amount)} ${standing}`).toSorted();
  };
  const first = await refund('3.00', '3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b10');
  assert.ok(first.status < 300, JSON.stringify(first));
  await sandbox.close();
  sandbox = await start();
  const second = await refund('4.00', '3f0c9d2e-4b4c-4f57-9a53-0d7c3a1f5b11');
  assert.equal((second.json as Problem).code, 'outcome_unknown', JSON.stringify(second));
  // UQPAY lists the id with the amount of the second refund: which one is true, only a person can say.
  assert.deepEqual(await made(), provider === 'uqpay' ? ['4 unknown', '4 unknown'] : ['3 pending', '4 unknown']);
}

for (const provider of ['uqpay', 'upayments'] as const) {
  for (const { language, command, args, skip } of PROXIES) {
    test(`the id of another refund is no answer to the proxy in ${language} for ${provider}`, { skip }, (t) =>
      refundsOfTwoStarts(t, provider, { command, args }),
    );
  }

  test(`the id of another refund is no answer to the proxy in Go for ${provider}`, { skip: whyNoGo() }, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'refund-proxy-go-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await refundsOfTwoStarts(t, provider, { command: await buildGo(folder), args: () => [] });
  });
}
