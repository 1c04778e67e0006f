/** One row of the second step: `amountToRefund` of a vendor who has been paid 50.000. */
export function vendorRow(refundRequestId: string, amountToRefund: number) {
  return {
    refundRequestId,
    ibanNumber: 'KW91KFHO0000000000051010173254',
    totalPaid: '50.000',
    refundedAmount: 0,
    remainingLimit: 50,
    amountToRefund,
    merchantType: 'vendor',
  };
}
