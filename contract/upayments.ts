export * from './upayments/amount.ts';
export * from './upayments/judge.ts';
export * from './upayments/refund.ts';
export * from './upayments/vendors.ts';
export * from './upayments/refusal.ts';
