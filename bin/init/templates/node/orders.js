import { addressOfPayment } from './settings.js';

const ORDERS_URL = addressOfPayment('ORDERS_URL');

/**
 * What you have on record of a payment: `{ payment_id, currency, captured }`, or `undefined` when there is none. It is
 * never taken from a browser. Here the sandbox answers; put your own look-up in its place.
 */
export async function orderOf(paymentId, { signal }) {
  // As a part of a path these would lead elsewhere.
  if (paymentId === '.' || paymentId === '..') return undefined;
  const url = ORDERS_URL.replaceAll('{id}', () => encodeURIComponent(paymentId));
  const response = await fetch(url, { signal, redirect: 'manual' });
  if (response.status === 404) return undefined;
  if (response.status !== 200)
    throw new Error(`ORDERS_URL answered ${response.status}: expected 200 with the order, or 404`);
  return response.json();
}
