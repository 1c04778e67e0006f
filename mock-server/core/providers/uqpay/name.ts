export const UQPAY = 'uqpay';
