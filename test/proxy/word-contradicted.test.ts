import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ProblemError } from '../../proxy/http/problem.ts';
import { checkUnasked } from '../../proxy/refunds/word.ts';
import { lostAtUqpay, UQPAY } from './support/lost-refunds.ts';
import { uuid } from './support/test-proxy.ts';

const UNASKED = 'The provider was not asked';

test('a word on a contradiction is asked about by what the ledger knows, also where nobody can ask the provider', async (t) => {
  const { ledger, list, summary } = await lostAtUqpay(t);
  for (const status of ['SUCCEEDED', 'FAILED']) {
    list(true, status);
    await summary();
  }
  const intent = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  const reason = 'Seen there';
  for (const outcome of ['refunded', 'initiated', 'nothing'] as const) {
    const refused = await checkUnasked({ ledger }, intent, { outcome, reason }, UNASKED).catch(
      (error: unknown) => error,
    );
    assert.ok(refused instanceof ProblemError, outcome);
    assert.equal(refused.code, 'confirmation_required');
    assert.match(refused.message, /RF1, known as succeeded, last stated as failed: 10\.00 USD are held for it\./);
    const sure = await checkUnasked({ ledger }, intent, { outcome, reason, confirm: true }, UNASKED);
    assert.match(sure.saw!, /last stated as failed: .*\. The provider was not asked$/);
  }
});

test('a refund like the one that was lost is named, also where nobody can ask the provider', async (t) => {
  const { ledger, list, summary } = await lostAtUqpay(t, { isMarked: false });
  list(true);
  await summary();
  const intent = (await ledger.intentByKey(UQPAY, uuid(1)))!;
  const said = { outcome: 'refunded', reason: 'Seen there' } as const;
  await assert.rejects(
    checkUnasked({ ledger }, intent, said, UNASKED),
    /^ProblemError: The provider lists the refund RF1 /,
  );
});

test('a refund whose amounts differ is refunded by a word only after somebody confirms that it is done', async (t) => {
  const { say, list, summary } = await lostAtUqpay(t);
  for (const amount of ['10.00', '9.00', '10.00']) {
    list(true, 'INITIATED', amount);
    await summary();
  }
  const { problem } = await say({ outcome: 'refunded' });
  assert.deepEqual([problem.code, problem.errors?.[0]?.pointer], ['confirmation_required', '/confirm']);
  assert.match(
    problem.detail!,
    /last stated as pending: .* or settle it as initiated: then it is read until it is final$/,
  );
  assert.equal((await say({ outcome: 'initiated' })).status, 200);
});
