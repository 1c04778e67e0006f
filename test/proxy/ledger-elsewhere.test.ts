import assert from 'node:assert/strict';
import { test } from 'node:test';

import { CHANGED } from '../../proxy/ledger/rules/elsewhere.ts';
import { request, SCOPE } from './support/begin-request.ts';
import { ledgerPlace } from './support/ledgers.ts';
import { uuid } from './support/test-proxy.ts';

const PAYMENT = request(1).paymentId;
const { currency } = request(1);
const told = (who: string) => ({ paymentId: PAYMENT, currency, amount: 10n, reason: 'Seen there', who, at: 1 });

test('of two people who record the same refund after the same comparison, one does', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const compared = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  const both = await Promise.all(['ann', 'ben'].map((who) => ledger.tellElsewhere(SCOPE, { ...told(who), compared })));
  assert.equal(both.filter((one) => one === CHANGED).length, 1);
  const rows = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  assert.deepEqual(
    rows.map(({ amount, released }) => [amount, released]),
    [[10n, false]],
  );
  // Whoever looks again may say it again.
  assert.notEqual(await ledger.tellElsewhere(SCOPE, { ...told('ben'), compared: rows }), CHANGED);
});

test('of two people who take one of two equal records back, one does', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  for (const who of ['ann', 'ben']) await ledger.tellElsewhere(SCOPE, told(who));
  const compared = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  const both = await Promise.all(
    ['ann', 'ben'].map((who) => ledger.withdrawElsewhere(SCOPE, { ...told(who), compared })),
  );
  assert.equal(both.filter((one) => one === CHANGED).length, 1);
  const rows = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  assert.equal(rows.filter(({ released }) => released).length, 1);
});

test('a word on a contradiction is not recorded if the payment has changed since it was compared', async (t) => {
  const ledger = (await ledgerPlace(t)).open();
  const seen = { refundId: 'RF9', standing: 'pending', status: 'INITIATED', currency } as const;
  const read = (amount: bigint) =>
    ledger.observe(SCOPE, { paymentId: PAYMENT, observations: [{ ...seen, amount }], source: 'list', at: 1 });
  await read(20n);
  await read(21n);
  const compared = await ledger.reservationsOfPayment(SCOPE, PAYMENT);
  const word = { ...told('ann'), refundId: 'RF9', outcome: 'nothing', amount: undefined, compared } as const;
  // A request that is admitted meanwhile was not compared either.
  await ledger.begin(request(1, { parts: [{ amount: 5n }] }));
  assert.equal(await ledger.settleElsewhere(SCOPE, word), CHANGED);
  await ledger.settle(uuid(1), { to: 'failed', who: 'provider', source: 'answer 400', at: 2 });
  const [row] = await ledger.reservationsByReference(SCOPE, 'RF9');
  assert.deepEqual([row?.amount, row?.standing], [21n, 'unknown']);
  const again = { ...word, compared: await ledger.reservationsOfPayment(SCOPE, PAYMENT) };
  const settled = await ledger.settleElsewhere(SCOPE, again);
  assert.ok(settled && settled !== CHANGED && settled.released);
});
