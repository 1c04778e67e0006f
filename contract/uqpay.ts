export * from './uqpay/envelope.ts';
export * from './uqpay/intent.ts';
export * from './uqpay/judge.ts';
export * from './uqpay/refund.ts';
export * from './uqpay/refusal.ts';
