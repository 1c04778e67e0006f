import * as z from 'zod/mini';

import {
  matchVendorOutcomes,
  upaymentsCheckRefund,
  upaymentsCheckRefundStatus,
  upaymentsCreateRefundAnswer,
  upaymentsRefund,
  upaymentsVendorsOpened,
  upaymentsVendorsRefundAnswer,
  type UpaymentsRefund,
  type UpaymentsVendorRow,
} from '../../contract/index.ts';
import { SEED_UPAYMENTS } from '../contract/seed-pages.ts';
import { holds, same, type Answer, type Case, type World } from './world.ts';

const ORDER = SEED_UPAYMENTS.request.orderId;
const VENDORS = SEED_UPAYMENTS.vendors.data.orderId;
const SHORT_OF_BALANCE = 'up20261106vend0000000000000000000000000000000000000000000000000006';
const CARD = 'up20261102card0000000000000000000000000000000000000000000000000002';
const NOT_CAPTURED = 'up20261105knet0000000000000000000000000000000000000000000000000005';

const post = (world: World, path: string, body: object) => world.write('upayments', path, { body });

const create = (world: World, totalPrice: unknown, orderId: string = ORDER) =>
  post(world, '/create-refund', { orderId, totalPrice });

function refundOf(answer: Answer): UpaymentsRefund {
  same(answer.status, 201, `status of ${answer.text.slice(0, 300)}`);
  return z.parse(upaymentsRefund, z.parse(upaymentsCreateRefundAnswer, answer.json).data);
}

async function refundsOf(world: World, order: string) {
  const answer = await world.read('upayments', `/check-refund/${order}`);
  same(answer.status, 200, `status of ${answer.text.slice(0, 300)}`);
  return z.parse(upaymentsCheckRefund, answer.json).data.refund;
}

async function statusOf(world: World, refund: UpaymentsRefund) {
  const answer = await world.read('upayments', `/check-refund-status/${refund.orderId}`);
  return z.parse(upaymentsCheckRefundStatus, answer.json).data;
}

async function open(world: World, order: string, totalPrice: number): Promise<UpaymentsVendorRow[]> {
  const answer = await create(world, totalPrice, order);
  holds(answer.status === 200 || answer.status === 201, `status ${answer.status} of ${answer.text}`);
  const { data } = z.parse(upaymentsCreateRefundAnswer, answer.json);
  return z.parse(upaymentsVendorsOpened, data).refundPayload;
}

function vendorsAnswer(answer: Answer) {
  holds(answer.status === 200 || answer.status === 201, `status ${answer.status} of ${answer.text}`);
  return z.parse(upaymentsVendorsRefundAnswer, answer.json);
}

async function expectRefusal(world: World, path: string, body: object, what: string): Promise<Answer> {
  const answer = await post(world, path, body);
  holds(
    answer.status >= 400 && answer.status < 500,
    `${what}: expected a refusal, got ${answer.status} ${answer.text}`,
  );
  return answer;
}

export const UPAYMENTS_CASES: readonly Case[] = [
  {
    name: 'creates the refund of the seed page',
    async run(world) {
      const answer = await post(world, '/create-refund', SEED_UPAYMENTS.request);
      const refund = refundOf(answer);
      same((answer.json as { message: string }).message, 'Refund invoice generated successfully', 'message');
      holds(refund.orderId.endsWith(refund.refundOrderId), 'orderId does not end with refundOrderId');
      same(refund.refundOrderId.length, 32, 'length of refundOrderId');
      holds(
        /^20\d{28}$/.test(refund.refundArn),
        `refundArn ${refund.refundArn} is not 30 digits that begin with a date`,
      );
    },
  },
  {
    name: 'refunds a KNET payment after four hours',
    async run(world) {
      const refund = refundOf(await create(world, 12.5));
      same(
        await refundsOf(world, ORDER),
        [{ order_id: refund.orderId, is_refunded: false, refunded_date: null }],
        'at once',
      );
      await world.advance('PT4H');
      const [row] = await refundsOf(world, ORDER);
      same(row?.is_refunded, true, 'after four hours');
      holds(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(row?.refunded_date ?? ''), `refunded_date ${row?.refunded_date}`);
      same((await statusOf(world, refund)).is_refunded, true, 'check-refund-status');
      same((await refundsOf(world, refund.orderId)).length, 1, "check-refund by the refund's own id");
    },
  },
  {
    name: 'refunds a card payment after days, not after hours',
    async run(world) {
      const refund = refundOf(await create(world, 5, CARD));
      await world.advance('PT4H');
      same((await statusOf(world, refund)).is_refunded, false, 'after four hours');
      await world.advance('P3D');
      same((await statusOf(world, refund)).is_refunded, true, 'after three days');
    },
  },
  {
    name: 'makes two refunds for two equal calls',
    async run(world) {
      const first = refundOf(await create(world, 10));
      const second = refundOf(await create(world, 10));
      holds(first.orderId !== second.orderId, 'the two refunds share an id');
      same((await refundsOf(world, ORDER)).length, 2, 'refunds');
    },
  },
  {
    name: 'refuses a totalPrice that is not a positive number with at most three decimals',
    async run(world) {
      for (const totalPrice of ['10', 0, -1, 1.0005, null, true, 1e21]) {
        await expectRefusal(
          world,
          '/create-refund',
          { orderId: ORDER, totalPrice },
          `totalPrice ${JSON.stringify(totalPrice)}`,
        );
      }
      await expectRefusal(world, '/create-refund', { orderId: ORDER }, 'no totalPrice');
      await expectRefusal(world, '/create-refund', { totalPrice: 1 }, 'no orderId');
      same(await refundsOf(world, ORDER), [], 'refunds stored');
    },
  },
  {
    name: 'never refunds more than was paid: initiated refunds count, deleted ones do not',
    async run(world) {
      const first = refundOf(await create(world, 99.5));
      await expectRefusal(world, '/create-refund', { orderId: ORDER, totalPrice: 0.501 }, 'above the rest');
      same((await post(world, '/delete-refund', pick(first))).status, 201, 'delete');
      refundOf(await create(world, 100));
    },
  },
  {
    name: 'deletes a refund only while it is initiated',
    async run(world) {
      const first = refundOf(await create(world, 10));
      const deleted = await post(world, '/delete-refund', pick(first));
      same([deleted.status, (deleted.json as { status: boolean }).status], [201, true], 'delete');
      same(await refundsOf(world, ORDER), [], 'refunds after the delete');
      const second = refundOf(await create(world, 10));
      await world.advance('PT4H');
      await expectRefusal(world, '/delete-refund', pick(second), 'delete after it was refunded');
      same((await refundsOf(world, ORDER)).length, 1, 'refunds');
    },
  },
  {
    name: 'refuses an unknown order and an unpaid order',
    async run(world) {
      await expectRefusal(world, '/create-refund', { orderId: 'nowhere', totalPrice: 1 }, 'unknown order');
      await expectRefusal(world, '/create-refund', { orderId: NOT_CAPTURED, totalPrice: 1 }, 'order that was not paid');
    },
  },
  {
    name: "answers a multivendor order with the seed page's rows and makes no refund",
    async run(world) {
      const answer = await create(world, 10, VENDORS);
      const { data, message } = z.parse(upaymentsCreateRefundAnswer, answer.json);
      const stepOne = z.parse(upaymentsVendorsOpened, data);
      same(message, 'success', 'message');
      same(stepOne.refundPayload, SEED_UPAYMENTS.vendors.data.refundPayload, 'rows');
      same([stepOne.orderId, stepOne.isMultivendorRefund], [VENDORS, true], 'order');
      same(await refundsOf(world, VENDORS), [], 'refunds');
    },
  },
  {
    name: "refunds each vendor's row and lowers its remaining limit",
    async run(world) {
      const rows = (await open(world, VENDORS, 20)).map((row, index) => ({
        ...row,
        amountToRefund: index === 0 ? 12.5 : 7.5,
      }));
      const answer = vendorsAnswer(
        await post(world, '/create-multivendor-refund', { orderId: VENDORS, refundPayload: rows }),
      );
      const outcomes = matchVendorOutcomes(rows, answer, 'KWD');
      same(
        outcomes.map(({ kind }) => kind),
        ['generated', 'generated'],
        'outcomes',
      );
      const after = await open(world, VENDORS, 10);
      same(
        after.map(({ remainingLimit, refundedAmount }) => [remainingLimit, refundedAmount]),
        [
          [37.5, 12.5],
          [42.5, 7.5],
        ],
        'limits',
      );
      same((await refundsOf(world, VENDORS)).length, 2, 'refunds');
    },
  },
  {
    name: 'succeeds for one vendor and fails for another in one request',
    async run(world) {
      const rows = (await open(world, SHORT_OF_BALANCE, 30)).map((row) => ({ ...row, amountToRefund: 15 }));
      const answer = vendorsAnswer(
        await post(world, '/create-multivendor-refund', { orderId: SHORT_OF_BALANCE, refundPayload: rows }),
      );
      const outcomes = matchVendorOutcomes(rows, answer, 'KWD');
      same(
        outcomes.map(({ kind }) => kind),
        ['generated', 'insufficientBalance'],
        'outcomes',
      );
      same((await refundsOf(world, SHORT_OF_BALANCE)).length, 1, 'refunds');
    },
  },
  {
    name: "deletes one vendor's refund and restores its limit",
    async run(world) {
      const rows = (await open(world, VENDORS, 20)).map((row) => ({ ...row, amountToRefund: 10 }));
      const { generated } = vendorsAnswer(
        await post(world, '/create-multivendor-refund', { orderId: VENDORS, refundPayload: rows }),
      ).data.responseData;
      const [first] = generated;
      holds(first !== undefined, 'nothing was generated');
      const { generatedInvoiceId, orderId, refundOrderId, refundArn } = first;
      const deleted = await post(world, '/delete-multivendor-refund', {
        generatedInvoiceId,
        orderId,
        refundOrderId,
        refundArn,
      });
      same(deleted.status, 201, `delete: ${deleted.text}`);
      same(
        (await open(world, VENDORS, 10)).map(({ remainingLimit }) => remainingLimit),
        [50, 40],
        'limits',
      );
    },
  },
];

/** The lists of rows that are not refunded. Only for implementations that pass rows on to the provider unchanged. */
export const UPAYMENTS_ROW_CASES: readonly Case[] = [
  {
    name: 'puts a changed row in dataTempered, and a row above its limit in refundIssue',
    async run(world) {
      const [first, second] = await open(world, VENDORS, 20);
      holds(first !== undefined && second !== undefined, 'two rows');
      const rows = [
        { ...first, ibanNumber: 'KW00CHANGED', amountToRefund: 10 },
        { ...second, amountToRefund: 50.001 },
      ];
      const { responseData } = vendorsAnswer(
        await post(world, '/create-multivendor-refund', { orderId: VENDORS, refundPayload: rows }),
      ).data;
      same(responseData.generated, [], 'generated');
      same(
        responseData.dataTempered.map(({ refundRequestId }) => refundRequestId),
        [first.refundRequestId],
        'dataTempered',
      );
      same(
        responseData.refundIssue.map(({ refundRequestId }) => refundRequestId),
        [second.refundRequestId],
        'refundIssue',
      );
      same(await refundsOf(world, VENDORS), [], 'refunds');
    },
  },
];

function pick({ orderId, refundOrderId }: UpaymentsRefund) {
  return { orderId, refundOrderId };
}
