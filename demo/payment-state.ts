import type { PaymentSummary } from '../contract/payment.ts';

/** A payment as the console shows it. */
export type PaymentState = PaymentSummary | 'loading' | 'failed';
