import assert from 'node:assert/strict';

import type { Problem } from '../../contract/index.ts';
import { SESSION } from '../verify/session.ts';
import { eachProxy } from './each.ts';
import { keyOf, proxyOf, REFUNDS } from './stubbed.ts';

const MADE = { payment_refund_id: 'RF1', amount: '60.00', currency: 'USD', refund_status: 'INITIATED' };

eachProxy('a body in chunks is read, or refused with the reason, by the proxy in', async (t, program) => {
  const { endpoint, writes } = await proxyOf(t, program, 'uqpay', () => MADE);
  const send = async (key: string, padding: number) => {
    const text = JSON.stringify({ payment_intent_id: 'PI1', amount: '60.00', reason: 'Return good' });
    const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': key };
    const body = new Blob([text.replace(/\}$/, `${' '.repeat(padding)}}`)]).stream();
    const init = { method: 'POST', headers: { ...SESSION, ...form }, body, duplex: 'half' } as const;
    const answer = await fetch(endpoint + REFUNDS, init);
    return { ...((await answer.json()) as Problem), status: answer.status };
  };
  const isWithoutChunks = program.args(0).some((name) => name.endsWith('server.py'));
  if (!isWithoutChunks) {
    const large = await send(keyOf(1), 70_000);
    assert.equal(large.code, 'body_too_large');
    assert.equal(writes(), 0);
  }
  const small = await send(keyOf(2), 0);
  assert.equal(small.status, isWithoutChunks ? 400 : 200);
  // It answers at once and reads no chunk, so whoever still sends a long body may not see the answer.
  if (isWithoutChunks) assert.match(small.detail ?? '', /Content-Length/);
});
