/** How many schedules with pages to run: `npm test` runs the default, `npm run faults` more. Each takes seconds. */
export const EYES = Number(process.env['FAULTS_EYES'] ?? 5);

/** How many schedules each shop gets. */
export const SHARE = { uqpay: Math.ceil(EYES * 0.45), upayments: Math.ceil(EYES * 0.35), naive: Math.ceil(EYES * 0.2) };
export type ShopName = keyof typeof SHARE;

/** The built form. */
export const WIDGET = process.env['EYES_WIDGET'] ?? 'dist/widget/refund-form.js';
