import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { makeRefund, ORDER, PAYMENT, REFUND, UQPAY_POST, uqpayBody } from '../proxy/support/test-proxy.ts';
import { block, page } from './support/document.ts';
import type { CommandResult } from './support/host.ts';
import { listRefunds, service, vendorsBody } from './support/payments.ts';

const CREATE = 'POST /create-refund';
const BODY = { orderId: ORDER, totalPrice: 10 };

interface ListedIntent {
  readonly id: string;
  readonly kind: string;
  readonly parts: readonly { readonly vendor: string | null; readonly standing: string; readonly status: string }[];
}

/** Loses the answer to a UPayments refund, and returns its intent as the document's command lists it. */
async function lostRefund(t: TestContext) {
  const machine = await service(t);
  machine.provider.on(CREATE, 'drop');
  assert.equal((await machine.post('/refunds/upayments/create-refund', BODY)).status, 504);
  return { ...machine, id: (await unknownIntent(machine)).id };
}

async function unknownIntent({ run }: Pick<Awaited<ReturnType<typeof service>>, 'run'>): Promise<ListedIntent> {
  const { stdout, stderr } = await run(block('unknown'));
  assert.equal(stderr, '');
  return JSON.parse(stdout) as ListedIntent;
}

function resultOf({ code, stdout, stderr }: CommandResult) {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as ListedIntent & { readonly audit: { readonly who: string; readonly what: string }[] };
}

test('each line of `intents` has every member that the page describes', async (t) => {
  const machine = await lostRefund(t);
  const intent = await unknownIntent(machine);
  const table = page.slice(page.indexOf('| member | what it tells |'), page.indexOf('`--payment` and `--provider`'));
  const members = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/\w+/g)].map(([name]) => name),
  );
  assert.ok(members.length >= 6);
  for (const name of members) assert.ok(name in intent, name);
});

test('`refunded` settles a lost refund that the dashboard shows', async (t) => {
  const machine = await lostRefund(t);
  listRefunds(machine.provider, 1, true);
  const intent = resultOf(await machine.run(block('refunded'), { id: machine.id, refund: 'refund-order-1' }));
  assert.deepEqual(intent.audit.find(({ what }) => what === 'resolve')?.who, 'night.shift@shop.example');
  assert.deepEqual(await machine.money(), ['10.000', '0.000', '90.000']);
});

test('`elsewhere` refuses a refund that may be a lost one, and takes it once that is settled', async (t) => {
  const machine = await lostRefund(t);
  listRefunds(machine.provider, 1, true);
  const { code, stdout, stderr } = await machine.run(block('elsewhere'), { payment: ORDER });
  assert.deepEqual([code, stdout], [1, '']);
  assert.match(stderr, /has no known outcome, and this refund may be that one\. Settle it first/);
  assert.deepEqual(await machine.money(), ['0.000', '10.000', '90.000']);
  resultOf(await machine.run(block('refunded'), { id: machine.id, refund: 'refund-order-1' }));
  const counted = await machine.run(block('elsewhere'), { payment: ORDER });
  assert.match(counted.stderr, /lists 1 refund of this payment, and each counts already/);
  listRefunds(machine.provider, 2, true);
  resultOf(await machine.run(block('elsewhere'), { payment: ORDER }));
  assert.deepEqual(await machine.money(), ['50.000', '0.000', '50.000']);
});

test('`initiated` makes a lost refund count as pending', async (t) => {
  const machine = await lostRefund(t);
  listRefunds(machine.provider, 1);
  resultOf(await machine.run(block('initiated'), { id: machine.id, refund: 'refund-order-1' }));
  assert.deepEqual(await machine.money(), ['0.000', '10.000', '90.000']);
});

test('`nothing` reads the list first and needs a confirmation if the provider lists one more refund', async (t) => {
  const firstMachine = await lostRefund(t);
  const nothing = await firstMachine.run(block('nothing'), { id: firstMachine.id });
  resultOf(nothing);
  assert.match(nothing.stderr, /lists 0|proves nothing/);
  assert.deepEqual(await firstMachine.money(), ['0.000', '0.000', '100.000']);

  const machine = await lostRefund(t);
  listRefunds(machine.provider, 1);
  const refusal = await machine.run(block('nothing'), { id: machine.id });
  assert.deepEqual([refusal.code, /confirm/.test(refusal.stderr)], [1, true]);
  resultOf(await machine.run(block('confirm'), { id: machine.id }));
});

test('`cancelled` settles a lost cancellation', async (t) => {
  const machine = await service(t);
  const data = { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '1' };
  machine.provider.on(CREATE, { status: 201, json: { status: true, message: 'ok', data } });
  machine.provider.on('POST /delete-refund', 'drop');
  assert.equal((await machine.post('/refunds/upayments/create-refund', BODY)).status, 201);
  const cancel = await machine.post('/refunds/upayments/delete-refund', {
    orderId: 'refund-order-1',
    refundOrderId: 'R1',
  });
  assert.equal(cancel.status, 504);
  const { id, kind } = await unknownIntent(machine);
  assert.equal(kind, 'cancel');
  machine.provider.on('GET /check-refund-status/refund-order-1', {
    status: 404,
    json: { status: false, message: 'No refund with this id' },
  });
  resultOf(await machine.run(block('cancelled'), { id }));
  assert.deepEqual(await machine.money(), ['0.000', '0.000', '100.000']);
});

test('`cancelled` on the refund’s own request frees a refund that was deleted in the dashboard', async (t) => {
  const machine = await service(t);
  const data = { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '1' };
  machine.provider.on(CREATE, { status: 201, json: { status: true, message: 'ok', data } });
  assert.equal((await machine.post('/refunds/upayments/create-refund', BODY)).status, 201);
  const listed = await machine.run(block('listed'), { payment: ORDER });
  const { id } = JSON.parse(listed.stdout) as { id: string };
  machine.provider.on('GET /check-refund-status/refund-order-1', {
    status: 404,
    json: { status: false, message: 'No refund with this id' },
  });
  resultOf(await machine.run(block('deleted'), { id }));
  assert.deepEqual(await machine.money(), ['0.000', '0.000', '100.000']);
  const again = await machine.run(block('deleted'), { id });
  assert.deepEqual([again.code, /This refund is cancelled already/.test(again.stderr)], [1, true], again.stderr);
});

test('`--vendor` settles the part of one vendor', async (t) => {
  const machine = await service(t);
  const vendorsAnswer = {
    ...vendorsBody([0, 0]),
    isMultivendorRefund: true,
    multivendor_refund_end_point: 'https://x.example',
  };
  machine.provider.on(CREATE, { status: 201, json: { status: true, message: 'ok', data: vendorsAnswer } });
  machine.provider.on('POST /create-multivendor-refund', 'drop');
  assert.equal(
    (await machine.post('/refunds/upayments/create-refund', { orderId: ORDER, totalPrice: 100 })).status,
    201,
  );
  assert.equal((await machine.post('/refunds/upayments/create-multivendor-refund', vendorsBody([30, 20]))).status, 504);
  const { id, parts } = await unknownIntent(machine);
  const [first, second] = parts.filter(({ standing }) => standing === 'unknown');
  resultOf(await machine.run(block('vendor'), { id, vendor: first!.vendor! }));
  assert.deepEqual(await machine.money(), ['0.000', '20.000', '80.000']);
  resultOf(await machine.run(block('vendor'), { id, vendor: second!.vendor! }));
  assert.deepEqual(await machine.money(), ['0.000', '0.000', '100.000']);
});

test('`--amount` settles a contradiction', async (t) => {
  const machine = await service(t);
  machine.provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(machine.refunds, headers, body);
    return 'drop';
  });
  machine.provider.on(`GET ${REFUND}`, () => {
    const data = Array.from(machine.refunds.values(), (row) => ({
      ...row,
      amount: '95.00',
      refund_status: 'SUCCEEDED',
    }));
    return { status: 200, json: { total_pages: 1, total_items: data.length, data } };
  });
  assert.equal((await machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('10.00'))).status, 504);
  const read = `/refunds/uqpay/payments/${PAYMENT}`;
  assert.deepEqual(await machine.money(read), ['0.00', '95.00', '5.00']);
  const { id, parts } = await unknownIntent(machine);
  assert.equal(parts[0]?.status, 'contradiction');
  resultOf(await machine.run(block('amount'), { id }));
  assert.deepEqual(await machine.money(read), ['95.00', '0.00', '5.00']);
});

test('`elsewhere` settles a contradicted refund made elsewhere, which `intents` lists', async (t) => {
  const machine = await service(t);
  const read = `/refunds/uqpay/payments/${PAYMENT}`;
  for (const amount of ['20.00', '95.00']) {
    const row = { payment_refund_id: 'RF9', amount, currency: 'USD', refund_status: 'SUCCEEDED' };
    machine.provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 1, total_items: 1, data: [row] } });
    await machine.money(read);
  }
  assert.deepEqual(await machine.money(read), ['0.00', '95.00', '5.00']);
  const intentList = await machine.run(block('unknown'));
  const { kind, payment_id, refund_id, amount } = JSON.parse(intentList.stdout) as Record<string, string>;
  assert.deepEqual([kind, payment_id, amount], ['elsewhere', PAYMENT, '95.00']);
  const places = { payment: payment_id!, refund: refund_id! };
  const slips = [
    [
      block('contradicted').replace(' --confirm', ''),
      /--amount: 95\.00 USD are held for RF9, .* say so again with --confirm/,
    ],
    [block('contradicted').replace('20.00', '95.01'), /--amount: 95\.00 USD are the most that the provider has stated/],
    [
      block('contradicted').replace('--amount 20.00 --currency USD --confirm', '--currency USD --outcome nothing'),
      /95\.00 USD are held for RF9, and would be free again\. .* say so again with --confirm/,
    ],
  ] as const;
  for (const [line, why] of slips) {
    const { code, stderr } = await machine.run(line, places);
    assert.equal(code, 1, stderr);
    assert.match(stderr, why);
  }
  assert.deepEqual(await machine.money(read), ['0.00', '95.00', '5.00']);
  resultOf(await machine.run(block('contradicted'), places));
  assert.deepEqual(await machine.money(read), ['20.00', '0.00', '80.00']);
});

test('`elsewhere` records a refund made at the dashboard, and the listing commands work', async (t) => {
  const machine = await service(t);
  listRefunds(machine.provider, 1);
  assert.equal((await machine.post('/refunds/upayments/create-refund', BODY)).problem.code, 'refunded_elsewhere');
  resultOf(await machine.run(block('elsewhere'), { payment: ORDER }));
  assert.deepEqual(await machine.money(), ['40.000', '0.000', '60.000']);
  // Without it the list has a refund that does not count.
  const early = await machine.run(block('withdraw'), { payment: ORDER });
  assert.match(
    early.stderr,
    /lists 1 refund of this payment, and without this one not all of them would count\..* --confirm/,
  );
  listRefunds(machine.provider, 0);
  resultOf(await machine.run(block('withdraw'), { payment: ORDER }));
  assert.deepEqual(await machine.money(), ['0.000', '0.000', '100.000']);
  listRefunds(machine.provider, 1);
  resultOf(await machine.run(block('elsewhere'), { payment: ORDER }));
  assert.equal((await machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  const { code, stdout, stderr } = await machine.run(block('listed'), { payment: PAYMENT });
  assert.deepEqual([code, stdout.trim().split('\n').length], [0, 1]);
  assert.equal(
    stderr,
    'No intent with state awaiting_approval (merchant default)\nNo intent with state failed (merchant default)\n',
  );
  assert.match(stdout, new RegExp(`"payment_id":"${PAYMENT}"`));
});
