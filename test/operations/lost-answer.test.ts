import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';

import { makeRefund, ORDER, PAYMENT, REFUND, UQPAY_POST, uqpayBody } from '../proxy/support/test-proxy.ts';
import { block, page } from './support/document.ts';
import type { Done } from './support/host.ts';
import { listed, service, vendorsBody } from './support/payments.ts';

const CREATE = 'POST /create-refund';
const BODY = { orderId: ORDER, totalPrice: 10 };

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly parts: readonly { readonly vendor: string | null; readonly standing: string; readonly status: string }[];
}

/** A refund of UPayments whose answer was lost, and the intent that the document's command lists. */
async function lost(t: TestContext) {
  const set = await service(t);
  set.provider.on(CREATE, 'drop');
  assert.equal((await set.post('/upayments/create-refund', BODY)).status, 504);
  return { ...set, id: (await unknownOf(set)).id };
}

async function unknownOf({ run }: Pick<Awaited<ReturnType<typeof service>>, 'run'>): Promise<Listed> {
  const { stdout, stderr } = await run(block('unknown'));
  assert.equal(stderr, '');
  return JSON.parse(stdout) as Listed;
}

function done({ code, stdout, stderr }: Done) {
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Listed & { readonly audit: { readonly who: string; readonly what: string }[] };
}

test('what the page says of each line of `intents` is in it', async (t) => {
  const set = await lost(t);
  const intent = await unknownOf(set);
  const table = page.slice(page.indexOf('| member | what it tells |'), page.indexOf('`--payment` and `--provider`'));
  const members = [...table.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/\w+/g)].map(([name]) => name),
  );
  assert.ok(members.length >= 6);
  for (const name of members) assert.ok(name in intent, name);
});

test('`refunded` settles a lost refund that the dashboard shows', async (t) => {
  const set = await lost(t);
  const settled = done(await set.run(block('refunded'), { id: set.id, refund: 'refund-order-1' }));
  assert.deepEqual(settled.audit.find(({ what }) => what === 'resolve')?.who, 'night.shift@shop.example');
  assert.deepEqual(await set.money(), ['10.000', '0.000', '90.000']);
});

test('`initiated` lets it count as pending', async (t) => {
  const set = await lost(t);
  done(await set.run(block('initiated'), { id: set.id, refund: 'refund-order-1' }));
  assert.deepEqual(await set.money(), ['0.000', '10.000', '90.000']);
});

test('`nothing` looks first, gives the amount back, and is wanted twice where the provider lists one more', async (t) => {
  const calm = await lost(t);
  const nothing = await calm.run(block('nothing'), { id: calm.id });
  done(nothing);
  assert.match(nothing.stderr, /lists 0|proves nothing/);
  assert.deepEqual(await calm.money(), ['0.000', '0.000', '100.000']);

  const set = await lost(t);
  listed(set.provider, 1);
  const refused = await set.run(block('nothing'), { id: set.id });
  assert.deepEqual([refused.code, /confirm/.test(refused.stderr)], [1, true]);
  done(await set.run(block('confirm'), { id: set.id }));
});

test('`cancelled` settles a lost cancel', async (t) => {
  const set = await service(t);
  const data = { orderId: 'refund-order-1', refundOrderId: 'R1', refundArn: '1' };
  set.provider.on(CREATE, { status: 201, json: { status: true, message: 'ok', data } });
  set.provider.on('POST /delete-refund', 'drop');
  assert.equal((await set.post('/upayments/create-refund', BODY)).status, 201);
  const cancel = await set.post('/upayments/delete-refund', { orderId: 'refund-order-1', refundOrderId: 'R1' });
  assert.equal(cancel.status, 504);
  const { id, kind } = await unknownOf(set);
  assert.equal(kind, 'cancel');
  done(await set.run(block('cancelled'), { id }));
  assert.deepEqual(await set.money(), ['0.000', '0.000', '100.000']);
});

test('`--vendor` settles the part of one vendor', async (t) => {
  const set = await service(t);
  const opened = {
    ...vendorsBody([0, 0]),
    isMultivendorRefund: true,
    multivendor_refund_end_point: 'https://x.example',
  };
  set.provider.on(CREATE, { status: 201, json: { status: true, message: 'ok', data: opened } });
  set.provider.on('POST /create-multivendor-refund', 'drop');
  assert.equal((await set.post('/upayments/create-refund', { orderId: ORDER, totalPrice: 100 })).status, 201);
  assert.equal((await set.post('/upayments/create-multivendor-refund', vendorsBody([30, 20]))).status, 504);
  const { id, parts } = await unknownOf(set);
  const [first, second] = parts.filter(({ standing }) => standing === 'unknown');
  done(await set.run(block('vendor'), { id, vendor: first!.vendor! }));
  assert.deepEqual(await set.money(), ['0.000', '20.000', '80.000']);
  done(await set.run(block('vendor'), { id, vendor: second!.vendor! }));
  assert.deepEqual(await set.money(), ['0.000', '0.000', '100.000']);
});

test('`--amount` settles a contradiction', async (t) => {
  const set = await service(t);
  set.provider.on(UQPAY_POST, ({ headers, body }) => {
    makeRefund(set.made, headers, body);
    return 'drop';
  });
  set.provider.on(`GET ${REFUND}`, () => {
    const data = Array.from(set.made.values(), (row) => ({ ...row, amount: '95.00', refund_status: 'SUCCEEDED' }));
    return { status: 200, json: { total_pages: 1, total_items: data.length, data } };
  });
  assert.equal((await set.post(`/uqpay${REFUND}`, uqpayBody('10.00'))).status, 504);
  const read = `/uqpay/payments/${PAYMENT}`;
  assert.deepEqual(await set.money(read), ['0.00', '95.00', '5.00']);
  const { id, parts } = await unknownOf(set);
  assert.equal(parts[0]?.status, 'contradiction');
  done(await set.run(block('amount'), { id }));
  assert.deepEqual(await set.money(read), ['95.00', '0.00', '5.00']);
});

test('`elsewhere` settles a refund made elsewhere that the provider contradicts, and `intents` lists it', async (t) => {
  const set = await service(t);
  const read = `/uqpay/payments/${PAYMENT}`;
  for (const amount of ['20.00', '95.00']) {
    const row = { payment_refund_id: 'RF9', amount, currency: 'USD', refund_status: 'SUCCEEDED' };
    set.provider.on(`GET ${REFUND}`, { status: 200, json: { total_pages: 1, total_items: 1, data: [row] } });
    await set.money(read);
  }
  assert.deepEqual(await set.money(read), ['0.00', '95.00', '5.00']);
  const listed = await set.run(block('unknown'));
  const { kind, payment_id, refund_id, amount } = JSON.parse(listed.stdout) as Record<string, string>;
  assert.deepEqual([kind, payment_id, amount], ['elsewhere', PAYMENT, '95.00']);
  done(await set.run(block('contradicted'), { payment: payment_id!, refund: refund_id! }));
  assert.deepEqual(await set.money(read), ['20.00', '0.00', '80.00']);
});

test('`elsewhere` tells of a refund of the dashboard, and the listing commands list', async (t) => {
  const set = await service(t);
  listed(set.provider, 1);
  assert.equal((await set.post('/upayments/create-refund', BODY)).problem.code, 'refunded_elsewhere');
  done(await set.run(block('elsewhere'), { payment: ORDER }));
  assert.deepEqual(await set.money(), ['40.000', '0.000', '60.000']);
  assert.equal((await set.post(`/uqpay${REFUND}`, uqpayBody('1.00'))).status, 200);
  const { code, stdout, stderr } = await set.run(block('listed'), { payment: PAYMENT });
  assert.deepEqual([code, stderr, stdout.trim().split('\n').length], [0, '', 1]);
  assert.match(stdout, new RegExp(`"payment_id":"${PAYMENT}"`));
});
