export const UPAYMENTS = 'upayments';
