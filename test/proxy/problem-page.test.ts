import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import type { Authorization } from '../../proxy/index.ts';
import { PAYMENT, REFUND, startTestProxy, uqpayBody } from './support/test-proxy.ts';

const pageOf = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

test('the table of problems has both effects of approval_required', async (t) => {
  let verdict: Authorization = { refuse: 'approval_required', user: 'admin-2' };
  const { refund, get } = await startTestProxy(t, { authorize: async () => verdict });
  const effects = [(await refund('1.00')).problem.effect, (await get(`/payments/${PAYMENT}`)).problem.effect];
  verdict = { refuse: 'approval_required' };
  effects.push((await refund('1.00')).problem.effect);
  assert.deepEqual(effects, ['running', 'nothing', 'nothing']);
  const row = /^\| `approval_required` .*$/m.exec(pageOf('proxy/behaviour.md'))?.[0] ?? '';
  for (const effect of effects) assert.ok(row.includes(`\`${effect}\``), row);
});

test('docs/wire.md shows a wrong field in the words of the proxy', async (t) => {
  const { post } = await startTestProxy(t);
  const { json } = await post(REFUND, { body: { ...uqpayBody('1.00'), amount: 1 } });
  const blocks = [...pageOf('wire.md').matchAll(/```json\n([^]*?)```/g)].map(([, text = '']) => text);
  const shown = blocks.find((text) => text.includes('"invalid_request"')) ?? '{}';
  const { request_id: _id, ...answered } = json as Record<string, unknown>;
  assert.deepEqual(JSON.parse(shown), answered);
});
