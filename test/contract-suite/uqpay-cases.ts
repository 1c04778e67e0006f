import * as z from 'zod/mini';

import {
  parseDecimal,
  uqpayAttempt,
  uqpayIntent,
  uqpayPage,
  uqpayRefund,
  type UqpayRefund,
} from '../../contract/index.ts';
import { SEED_UQPAY } from '../contract/seed-pages.ts';
import { holds, same, type Answer, type Case, type World } from './world.ts';

const REFUNDS = '/v2/payment/refunds';
const INTENT = SEED_UQPAY.request.payment_intent_id;
const KEY = 'b7c9e3a4-5d61-4f0e-9a8b-1c2d3e4f5a6b';

const REFUND = { payment_intent_id: INTENT, amount: '10.01', reason: 'Return good' };

function refundOf(answer: Answer): UqpayRefund {
  same(answer.status, 200, `status of ${answer.text.slice(0, 300)}`);
  return z.parse(uqpayRefund, answer.json);
}

const create = (world: World, body: object, key?: string) =>
  world.write('uqpay', REFUNDS, { body, ...(key && { key }) });

async function listRefunds(world: World, intent = INTENT): Promise<UqpayRefund[]> {
  const answer = await world.read('uqpay', `${REFUNDS}?page_size=100&page_number=1&payment_intent_id=${intent}`);
  same(answer.status, 200, `status of ${answer.text.slice(0, 300)}`);
  return z.parse(uqpayPage(uqpayRefund), answer.json).data;
}

async function expectRefusal(world: World, body: object, what: string): Promise<Answer> {
  const before = (await listRefunds(world)).length;
  const answer = await create(world, body);
  holds(
    answer.status >= 400 && answer.status < 500,
    `${what}: expected a refusal, got ${answer.status} ${answer.text}`,
  );
  same((await listRefunds(world)).length, before, `${what}: refunds stored`);
  return answer;
}

export const UQPAY_CASES: readonly Case[] = [
  {
    name: 'creates the refund of the seed page and reads it back',
    async run(world) {
      const refund = refundOf(await create(world, SEED_UQPAY.request));
      same(refund.amount, '10.01', 'amount');
      same(refund.currency, 'USD', 'currency');
      same(refund.refund_status, 'INITIATED', 'status');
      same(refund.reason, 'Return good', 'reason');
      same(refund.payment_attempt_id, SEED_UQPAY.request.payment_attempt_id, 'attempt');
      for (const [name, value] of Object.entries(SEED_UQPAY.request.metadata))
        same(refund.metadata?.[name], value, name);
      holds(/^RF\d+$/.test(refund.payment_refund_id), `id ${refund.payment_refund_id} is not RF and digits`);
      holds(
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00$/.test(refund.create_time ?? ''),
        `create_time ${refund.create_time}`,
      );
      const again = refundOf(await world.read('uqpay', `${REFUNDS}/${refund.payment_refund_id}`));
      same(again, refund, 'retrieved refund');
    },
  },
  {
    name: 'moves a refund through INITIATED, PROCESSING and SUCCEEDED by the clock',
    async run(world) {
      const { payment_refund_id: id } = refundOf(await create(world, REFUND));
      const status = async () => refundOf(await world.read('uqpay', `${REFUNDS}/${id}`)).refund_status;
      same(await status(), 'INITIATED', 'at once');
      await world.advance('PT10S');
      same(await status(), 'PROCESSING', 'after 10 s');
      await world.advance('PT1H');
      same(await status(), 'SUCCEEDED', 'after an hour');
    },
  },
  {
    name: 'answers a repeated key with the same refund and makes no second one',
    async run(world) {
      const first = refundOf(await create(world, REFUND, KEY));
      await world.advance('PT1H');
      const second = refundOf(await create(world, REFUND, KEY));
      same(second, first, 'replayed answer');
      same((await listRefunds(world)).length, 1, 'refunds stored');
    },
  },
  {
    name: 'refuses the same key with another body',
    async run(world) {
      refundOf(await create(world, REFUND, KEY));
      const answer = await create(world, { ...REFUND, amount: '10.02' }, KEY);
      holds(answer.status === 400 || answer.status === 422, `status ${answer.status}`);
      same((await listRefunds(world)).length, 1, 'refunds stored');
    },
  },
  {
    name: 'makes two equal partial refunds under two keys',
    async run(world) {
      const first = refundOf(await create(world, REFUND));
      const second = refundOf(await create(world, REFUND));
      holds(first.payment_refund_id !== second.payment_refund_id, 'the two refunds share an id');
      same((await listRefunds(world)).length, 2, 'refunds stored');
    },
  },
  {
    name: 'never refunds more than was captured, and counts pending refunds',
    async run(world) {
      refundOf(await create(world, { ...REFUND, amount: '249.99' }));
      await expectRefusal(world, { ...REFUND, amount: '0.02' }, 'above the rest');
      refundOf(await create(world, { ...REFUND, amount: '0.01' }));
      await expectRefusal(world, { ...REFUND, amount: '0.01' }, 'after all was refunded');
    },
  },
  {
    name: 'refuses invalid amounts and stores no refund',
    async run(world) {
      const texts = ['', '0', '0.00', '-1', '1e3', '1,5', '1.234', '9'.repeat(40), 'abc', ' 1', '١٢'];
      for (const amount of texts) await expectRefusal(world, { ...REFUND, amount }, `amount ${JSON.stringify(amount)}`);
      await expectRefusal(world, { ...REFUND, amount: 10 }, 'amount as a number');
      await expectRefusal(world, { payment_intent_id: INTENT, reason: 'Return good' }, 'no amount');
    },
  },
  {
    name: 'refuses a reason that is missing or longer than 100 characters',
    async run(world) {
      await expectRefusal(world, { payment_intent_id: INTENT, amount: '1.00' }, 'no reason');
      await expectRefusal(world, { ...REFUND, reason: '' }, 'empty reason');
      await expectRefusal(world, { ...REFUND, reason: 'x'.repeat(101) }, 'long reason');
      refundOf(await create(world, { ...REFUND, reason: 'x'.repeat(100) }));
    },
  },
  {
    name: 'refuses an unknown payment and an uncaptured payment',
    async run(world) {
      await expectRefusal(world, { ...REFUND, payment_intent_id: 'PI0000000000000000000' }, 'unknown payment');
      await expectRefusal(
        world,
        { ...REFUND, payment_intent_id: 'PI2000000000000000007', amount: '1.00' },
        'not captured',
      );
    },
  },
  {
    name: 'accepts an amount in a currency without decimals and in one with three',
    async run(world) {
      const yen = refundOf(
        await create(world, { payment_intent_id: 'PI2000000000000000003', amount: '800', reason: 'x' }),
      );
      same([yen.amount, yen.currency], ['800', 'JPY'], 'yen');
      const dinar = refundOf(
        await create(world, { payment_intent_id: 'PI2000000000000000004', amount: '0.005', reason: 'x' }),
      );
      same([dinar.amount, dinar.currency], ['0.005', 'KWD'], 'dinar');
    },
  },
  {
    name: 'lists the refunds of one payment page by page',
    async run(world) {
      for (let n = 0; n < 3; n += 1) refundOf(await create(world, REFUND));
      const page = async (number: number) => {
        const answer = await world.read(
          'uqpay',
          `${REFUNDS}?page_size=2&page_number=${number}&payment_intent_id=${INTENT}`,
        );
        return z.parse(uqpayPage(uqpayRefund), answer.json);
      };
      const [first, second] = [await page(1), await page(2)];
      same([first.total_items, first.total_pages, first.data.length], [3, 2, 2], 'first page');
      same(second.data.length, 1, 'second page');
      const ids = new Set([...first.data, ...second.data].map(({ payment_refund_id }) => payment_refund_id));
      same(ids.size, 3, 'refunds over both pages');
    },
  },
];

/** Reads that the proxy does not pass on, because an intent contains a client secret. */
export const UQPAY_PAYMENT_CASES: readonly Case[] = [
  {
    name: 'shows the payment and its attempt with the refunded amount',
    async run(world) {
      refundOf(await create(world, REFUND));
      await world.advance('PT1H');
      const intent = z.parse(uqpayIntent, (await world.read('uqpay', `/v2/payment_intents/${INTENT}`)).json);
      same([intent.intent_status, intent.currency], ['SUCCEEDED', 'USD'], 'intent');
      same(parseDecimal(intent.captured_amount ?? '', 'USD').ok, true, 'captured amount');
      const attemptId = SEED_UQPAY.request.payment_attempt_id;
      const attempt = z.parse(
        uqpayAttempt,
        (await world.read('uqpay', `/v2/payment/payment_attempts/${attemptId}`)).json,
      );
      same(attempt.refunded_amount, '10.01', 'refunded amount');
    },
  },
];
