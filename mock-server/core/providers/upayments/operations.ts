import * as z from 'zod/mini';

import {
  upaymentsCreateRefund,
  upaymentsDeleteRefund,
  upaymentsDeleteVendorsRefund,
  upaymentsVendorRow,
  upaymentsVendorsRefund,
} from '../../../../contract/upayments.ts';
import { upaymentsCharge } from '../../../../contract/upayments/payment.ts';
import type { Operation } from '../../engine/openapi/operation.ts';
import {
  buttons,
  charged,
  deleted,
  envelope,
  refund,
  refunds,
  standing,
  transaction,
  vendorsOpened,
  vendorsRefund,
} from './answers.ts';

const ORDER = 'mv1GZnrG2l20221010125525514466916867376022022026038648992c2755f2';
const VENDORS_ORDER = 'x9qgyobGKN2022101012552551446691695107275189570586650948cbbbbb0';
const vendor = (refundRequestId: string, ibanNumber: string) => ({
  refundRequestId,
  ibanNumber,
  totalPaid: '50.000',
  refundedAmount: 0,
  remainingLimit: 50,
  amountToRefund: 0,
  merchantType: 'vendor',
});
const VENDORS = [
  vendor('cDg2RTY1Yjc5aw==', 'KW91KFHO0000000000051010173254'),
  vendor('bExqUVk2T1Y4Tg==', 'KW31NBOK0000000000002010177457'),
];

/** With `amountToRefund` as a number or as text, which is read as one. P */
const sentRow = z.looseObject({ ...upaymentsVendorRow.shape, amountToRefund: z.union([z.number(), z.string()]) });
const vendorsRequest = z.extend(upaymentsVendorsRefund, { refundPayload: z.array(sentRow).check(z.minLength(1)) });

const created = (about: string, data: z.ZodMiniType): Operation['answer'] => ({
  status: 201,
  about,
  schema: envelope(data),
});
const read = (about: string, data: z.ZodMiniType): Operation['answer'] => ({
  status: 200,
  about,
  schema: envelope(data),
});
/** Reads that the provider's OpenAPI document types as 201; `docs/providers/upayments.md#reading-a-refund`. K */
const read201 = (about: string, data: z.ZodMiniType): Operation['answer'] => ({
  ...created(about, data),
  settable: 'upaymentsGetStatus',
});

/** By the names of the routes. The examples are the ones of the provider's Create Single Refund page. S */
export const UPAYMENTS_OPERATIONS = {
  charge: {
    summary: 'Charge an order: where the customer pays it',
    body: {
      schema: upaymentsCharge,
      example: {
        order: { id: '11223344', amount: 10, currency: 'KWD' },
        language: 'en',
        notificationUrl: 'https://shop.example/notify',
      },
    },
    answer: created('The link, and the ids to ask for the payment with', charged),
  },
  get_payment_status: {
    summary: 'Where a payment stands, with the order id that a refund wants; 30 calls a minute',
    path: { track_id: { schema: z.string(), about: 'Of the charge' } },
    answer: read201('The transaction', z.strictObject({ transaction })),
    refuses: [404],
  },
  find_payment_status: {
    summary: 'The same by the session or the invoice of the charge: one of both',
    query: {
      session_id: { schema: z.string(), about: 'Of the charge' },
      invoice_id: { schema: z.string(), about: 'Of the charge' },
    },
    answer: read201('The transaction', z.strictObject({ transaction })),
    refuses: [404],
  },
  check_payment_button_status: {
    summary: 'Which ways to pay are on',
    answer: read201('The buttons', buttons),
  },
  create_refund: {
    summary: 'Single refund from order id; the first of two steps where several vendors share the order',
    body: {
      schema: upaymentsCreateRefund,
      example: {
        orderId: ORDER,
        totalPrice: 10,
        customerFirstName: 'Jhon',
        customerEmail: 'jhon@example.com',
        customerMobileNumber: '+96512345678',
        reference: '11223344',
        notifyUrl: 'https://upayments.com/en',
      },
    },
    answer: {
      ...created(
        'The refund was initiated; or, for several vendors, the rows to send back',
        z.union([refund, vendorsOpened]),
      ),
      examples: {
        ordinary: {
          status: true,
          message: 'Refund invoice generated successfully',
          data: {
            orderId:
              'k4eJmnNR8pME3OdxVO6m202210101255255144669168674086486939107564899f80070d8HsUDgrRtCbzbuJFTdH9QyMLNkgaFcKMU',
            refundOrderId: 'HsUDgrRtCbzbuJFTdH9QyMLNkgaFcKMU',
            refundArn: '202311074314067023726014116806',
          },
        },
        vendors: {
          status: true,
          message: 'success',
          data: {
            orderId: VENDORS_ORDER,
            isMultivendorRefund: true,
            refundPayload: VENDORS,
            multivendor_refund_end_point: 'https://sandbox.upayments.com/api/v1/create-multivendor-refund',
          },
        },
      },
    },
  },
  create_multivendor_refund: {
    summary: 'The second step: each row for itself, so that one vendor can succeed and another fail',
    body: {
      schema: vendorsRequest,
      example: { orderId: VENDORS_ORDER, refundPayload: VENDORS.map((row) => ({ ...row, amountToRefund: 10 })) },
    },
    answer: created('What became of each row', vendorsRefund),
  },
  delete_refund: {
    summary: 'Cancel a refund that is initiated and not yet refunded',
    body: { schema: upaymentsDeleteRefund },
    answer: created('The refund is deleted', deleted),
  },
  delete_multivendor_refund: {
    summary: "Cancel one vendor's refund that is initiated and not yet refunded",
    body: { schema: upaymentsDeleteVendorsRefund },
    answer: created('The refund is deleted', deleted),
  },
  check_refund: {
    summary: "An order's refunds, or one refund by its own order id",
    path: { id: { schema: z.string(), about: "The order's id, or a refund's own", example: ORDER } },
    answer: read('The refunds, without amount and reference', refunds),
    refuses: [404],
  },
  check_refund_status: {
    summary: 'One refund by its own order id',
    path: { id: { schema: z.string(), about: "The refund's own order id" } },
    answer: read201('Where it stands', standing),
    refuses: [404],
  },
} as const satisfies Readonly<Record<string, Operation>>;
