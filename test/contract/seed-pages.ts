/** The JSON of the two provider pages that started the project, value by value. */
export const SEED_UQPAY = {
  request: {
    payment_intent_id: 'PI1234567890123456789',
    amount: '10.01',
    reason: 'Return good',
    payment_attempt_id: 'PA1234567890123456789',
    metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
  },
  response: {
    payment_refund_id: 'RF123456789',
    payment_attempt_id: 'PA123456789',
    amount: '10.01',
    currency: 'USD',
    refund_status: 'SUCCEEDED',
    create_time: '2024-03-01T00:00:00+08:00',
    update_time: '2024-03-01T00:00:00+08:00',
    reason: 'Order 1234 has been returned',
    metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
  },
} as const;

export const SEED_UPAYMENTS = {
  request: {
    orderId: 'mv1GZnrG2l20221010125525514466916867376022022026038648992c2755f2',
    totalPrice: 10,
    customerFirstName: 'Jhon',
    customerEmail: '[email protected]',
    customerMobileNumber: '+96512345678',
    reference: '11223344',
    notifyUrl: 'https://upayments.com/en',
  },
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
      orderId: 'x9qgyobGKN2022101012552551446691695107275189570586650948cbbbbb0',
      isMultivendorRefund: true,
      refundPayload: [
        {
          refundRequestId: 'cDg2RTY1Yjc5aw==',
          ibanNumber: 'KW91KFHO0000000000051010173254',
          totalPaid: '50.000',
          refundedAmount: 0,
          remainingLimit: 50,
          amountToRefund: 0,
          merchantType: 'vendor',
        },
        {
          refundRequestId: 'bExqUVk2T1Y4Tg==',
          ibanNumber: 'KW31NBOK0000000000002010177457',
          totalPaid: '50.000',
          refundedAmount: 0,
          remainingLimit: 50,
          amountToRefund: 0,
          merchantType: 'vendor',
        },
      ],
      multivendor_refund_end_point: 'https://sandbox.upayments.com/api/v1/create-multivendor-refund',
    },
  },
} as const;
