export * from './headers.ts';
export * from './money.ts';
export * from './payment.ts';
export * from './problem-codes.ts';
export * from './problem.ts';
export * from './standing.ts';
export * from './upayments.ts';
export * from './uqpay.ts';
