import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { describe, it } from 'node:test';

import { createSandboxClient } from '../../../mock-server/index.ts';
import { Merchant, provider, record, START } from './world.ts';

const MINUTE = 60_000;
const IBAN = 'KW81CBKU0000000000001234560101';
const FIRST = 'PI3000000000000000001';
const PAGE = 'page_size=100&page_number=1';

/** A shop whose texts name its customer wherever a text can. */
const SHOP = {
  uqpay_intents: [
    {
      id: FIRST,
      amount: '120.00',
      currency: 'USD',
      merchant_order_id: 'shop-1001',
      description: 'Two chairs for Ali Baba',
      metadata: { sku: 'chair-2', customer_name: 'Ali', note: 'call Ali Baba', contact: 'ali@example.com' },
      return_url: 'https://shop.example/thanks?email=ali@example.com',
      client_secret: 'very-secret-1',
    },
    { id: 'PI3000000000000000002', amount: '45.500', currency: 'KWD' },
    {
      id: 'PI3000000000000000003',
      amount: '9.00',
      currency: 'USD',
      intent_status: 'PENDING',
      unknown_status: 'ON_HOLD',
    },
  ],
  uqpay_refunds: [
    { id: 'RF3000000000000000001', payment_intent: FIRST, amount: '20.00', reason: 'Ali Baba asked for it' },
    {
      id: 'RF3000000000000000002',
      payment_intent: FIRST,
      amount: '1.00',
      refund_status: 'PROCESSING',
      unknown_status: 'UNDER_REVIEW',
      lifecycle: 'stay_processing',
    },
  ],
  upayments_orders: [
    { id: 'shop-1', total_price: '32.750', payment_type: 'knet' },
    { id: 'shop-2', total_price: '10.000', payment_type: 'cc', unknown_payment_type: 'apple-pay' },
    { id: 'shop-3', total_price: '60.000' },
  ],
  upayments_payments: [
    { id: 'track-1', order: 'shop-1', customer_unique_id: '96550001234', notify_url: 'https://shop.example/ali' },
    { id: 'track-2', order: 'shop-2', reference: 'for Ali Baba' },
    { id: 'track-3', order: 'shop-3' },
  ],
  upayments_vendors: [
    { id: 'dmVuZG9yMQ==', order: 'shop-3', iban_number: IBAN, total_paid: '40.000' },
    { id: 'dmVuZG9yMg==', order: 'shop-3', iban_number: 'KW81CBKU0000000000001234560202', total_paid: '20.000' },
  ],
};

/** Members that a recording leaves out or writes otherwise; docs/recipes.md names them. */
const CLEANED = new Set(
  'description metadata return_url client_secret reason reference notify_url customer_unique_id customer_unq_id extra_merchants_data message'.split(
    ' ',
  ),
);

function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => !CLEANED.has(name))
      .map(([name, member]) => [name, comparable(member)]),
  );
}

/** Works with both providers as a merchant does. */
async function work(merchant: Merchant, advance: () => Promise<unknown>): Promise<void> {
  const refund = { payment_intent_id: FIRST, amount: '10.00', reason: 'For Ali', metadata: { refund: 'r-1' } };
  await merchant.uqpay('POST', '/payment/refunds', refund);
  await merchant.uqpay('POST', '/payment/refunds', { ...refund, amount: '2.00' }, 'fail');
  await merchant.uqpay('POST', '/payment/refunds', { ...refund, amount: '3.00' }, 'stay_initiated');
  const person = { customerFirstName: 'Ali', customerEmail: 'ali@example.com', customerMobileNumber: '96550001234' };
  await merchant.upayments('GET', '/get-payment-status/track-1');
  await merchant.upayments('POST', '/create-refund', { orderId: 'shop-1', totalPrice: 10.5, ...person });
  await merchant.upayments('POST', '/create-refund', { orderId: 'shop-1', totalPrice: 1 });
  const offer = await merchant.upayments('POST', '/create-refund', { orderId: 'shop-3', totalPrice: 5 });
  const { refundPayload: rows } = offer['data'] as { refundPayload: object[] };
  const sent = [{ ...rows[0], amountToRefund: 5 }];
  await merchant.upayments('POST', '/create-multivendor-refund', { orderId: 'shop-3', refundPayload: sent, ...person });
  await advance();
}

/** Every read of a payment and its refunds. The refunds of UPayments are known from their order. */
async function read(merchant: Merchant): Promise<unknown> {
  const answers: unknown[] = [
    await merchant.uqpay('GET', `/payment_intents?${PAGE}`),
    await merchant.uqpay('GET', `/payment/refunds?payment_intent_id=${FIRST}&${PAGE}`),
  ];
  const { data } = answers[1] as { data: { payment_refund_id: string }[] };
  for (const { payment_refund_id: id } of data) answers.push(await merchant.uqpay('GET', `/payment/refunds/${id}`));
  for (const { id } of SHOP.uqpay_intents) answers.push(await merchant.uqpay('GET', `/payment_intents/${id}`));
  for (const { id, order } of SHOP.upayments_payments) {
    answers.push(await merchant.upayments('GET', `/get-payment-status/${id}`));
    const check = await merchant.upayments('GET', `/check-refund/${order}`);
    answers.push(check);
    const { refund } = check['data'] as { refund: { order_id: string }[] };
    for (const { order_id: one } of refund)
      answers.push(await merchant.upayments('GET', `/check-refund-status/${one}`));
  }
  return comparable(answers);
}

describe('a recording of a provider', () => {
  for (const name of ['shop.yaml', 'shop.json']) {
    it(`answers the same reads as the provider, from ${name}`, async (t) => {
      const real = await provider(t, SHOP);
      const recording = await record(t, real, name);
      const client = await new Merchant(recording.url).signIn();
      await work(client, () => createSandboxClient(real.url).advance('PT4H'));
      await client.signIn();
      const recorded = await read(client);
      assert.deepEqual(recording.gaps(), []);
      const replayed = await recording.replay(START + 4 * 60 * MINUTE);
      assert.deepEqual(await read(await new Merchant(real.url).signIn()), recorded);
      assert.deepEqual(await read(await new Merchant(replayed.url).signIn()), recorded);
    });
  }

  it('stays as it was recorded, however late it is', async (t) => {
    const real = await provider(t, SHOP);
    const recording = await record(t, real);
    const client = await new Merchant(recording.url).signIn();
    await work(client, () => Promise.resolve());
    const recorded = await read(client);
    const replayed = await recording.replay();
    await createSandboxClient(replayed.url).advance('P2D');
    assert.deepEqual(await read(await new Merchant(replayed.url).signIn()), recorded);
  });

  it('refunds what is left, and no more', async (t) => {
    const recording = await record(t, await provider(t, SHOP), 'shop.json');
    const client = await new Merchant(recording.url).signIn();
    await work(client, () => Promise.resolve());
    await read(client);
    const replayed = await new Merchant((await recording.replay()).url).signIn();
    const refund = (amount: string) =>
      replayed.uqpay('POST', '/payment/refunds', { payment_intent_id: FIRST, amount, reason: 'Return good' });
    // 120 less 20, 1, 10, 2 and 3; nothing has failed yet.
    assert.equal((await refund('84.01'))['type'], 'refund_error');
    assert.equal((await refund('84.00'))['refund_status'], 'INITIATED');
    const vendors = await replayed.upayments('POST', '/create-refund', { orderId: 'shop-3', totalPrice: 1 });
    const { refundPayload: rows } = vendors['data'] as { refundPayload: { remainingLimit: number }[] };
    assert.deepEqual(
      rows.map(({ remainingLimit }) => remainingLimit),
      [35, 20],
    );
  });

  it('has no secret and no person in its file', async (t) => {
    const recording = await record(t, await provider(t, SHOP));
    const client = await new Merchant(recording.url).signIn();
    await work(client, () => Promise.resolve());
    await read(client);
    await recording.replay();
    const text = await readFile(recording.file, 'utf8');
    const secrets = ['sandbox-key', 'sandbox-client', client.token, 'jtest123', 'very-secret-1'];
    for (const secret of [...secrets, 'Ali', 'ali@', '50001234', IBAN, '000000000000123456']) {
      assert.ok(!text.includes(secret), `${secret} is in\n${text}`);
    }
    for (const kept of ['shop-1001', 'chair-2', 'r-1', 'KW81****0101', 'ON_HOLD', 'UNDER_REVIEW', 'apple-pay']) {
      assert.ok(text.includes(kept), `${kept} is not in\n${text}`);
    }
    if (process.platform !== 'win32') assert.equal((await stat(recording.file)).mode & 0o777, 0o600);
  });

  it('says what is not in it, and is a seed all the same', async (t) => {
    const recording = await record(t, await provider(t, SHOP));
    const client = await new Merchant(recording.url).signIn();
    await client.uqpay('GET', '/payment/refunds/RF3000000000000000001');
    await client.upayments('POST', '/create-refund', { orderId: 'shop-1', totalPrice: 1 });
    const [first, second] = recording.gaps();
    assert.match(first ?? '', /^UQPAY: the payment of RF3000000000000000001 was not read/);
    assert.match(second ?? '', /^UPayments: the payment of \S+ was not read/);
    await client.uqpay('GET', `/payment_intents/${FIRST}`);
    assert.ok(!recording.gaps().some((gap) => gap.includes('RF3000000000000000001')));
    await recording.replay();
    assert.match(
      await readFile(recording.file, 'utf8'),
      /^# Recorded until 2026-11-05T09:00:00\+08:00.*\n# UPayments: the payment/,
    );
  });

  it('keeps a refund whose payment is called refunded afterwards', async (t) => {
    const real = await provider(t, SHOP);
    const recording = await record(t, real);
    const client = await new Merchant(recording.url).signIn();
    await client.upayments('POST', '/create-refund', { orderId: 'shop-1', totalPrice: 1 });
    const body = JSON.stringify({ result: 'PENDING', unknown_result: 'REFUND' });
    const database = `${real.url}/_sandbox/db`;
    assert.equal((await fetch(`${database}/upayments_payments/track-1`, { method: 'PATCH', body })).status, 200);
    await client.upayments('GET', '/get-payment-status/track-1');
    assert.deepEqual(recording.gaps(), []);
    const replayed = await new Merchant((await recording.replay()).url).signIn();
    const check = await replayed.upayments('GET', '/check-refund/shop-1');
    assert.equal((check['data'] as { refund: unknown[] }).refund.length, 1);
    const { data } = await replayed.upayments('GET', '/get-payment-status/track-1');
    assert.equal((data as { transaction: { result: unknown } }).transaction.result, 'REFUND');
  });

  it('tells of refunds that it did not see', async (t) => {
    const rows = { ...SHOP, upayments_refunds: [{ id: 'up-refund-1', order: 'shop-1', amount: '1.000' }] };
    const recording = await record(t, await provider(t, rows));
    const client = await new Merchant(recording.url).signIn();
    await client.uqpay('GET', `/payment_intents/${FIRST}`);
    await client.upayments('GET', '/check-refund/shop-1');
    assert.deepEqual(recording.gaps(), [
      `UQPAY: ${FIRST} has 20.00 USD refunded, and refunds of 0.00 were read. List its refunds once.`,
      'UPayments: 1 refunds of shop-1 are left out, because they were not made while this recorded, and UPayments does not tell their amounts.',
    ]);
  });
});
