import { ORDERS, paymentOf } from './many-orders.ts';
import type { BenchServer } from './server.ts';
import type { TimedCall } from './timed.ts';

/** The first orders, which any call may refund. Each of the others is used by one measurement. */
export const OTHERS = ORDERS - 100;

let numbers = 0;

export function nextNumber(): number {
  numbers += 1;
  return numbers;
}

export function keyOf(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`;
}

export function refundThrough(origin: string, payment?: string): TimedCall {
  const number = nextNumber();
  return {
    url: `${origin}/v2/payment/refunds`,
    headers: { 'x-refund-form': '1', 'idempotency-key': keyOf(number) },
    body: body(payment ?? paymentOf(number % OTHERS)),
  };
}

export function refundDirectly(origin: string, auth: string): TimedCall {
  const number = nextNumber();
  return {
    url: `${origin}/uqpay/api/v2/payment/refunds`,
    headers: { 'x-client-id': 'sandbox-client', 'x-auth-token': `Bearer ${auth}`, 'x-idempotency-key': keyOf(number) },
    body: body(paymentOf(number % OTHERS)),
  };
}

function body(payment_intent_id: string): string {
  const metadata = { customer_id: 'cust_12345', order_id: 'order_6789' };
  return JSON.stringify({ payment_intent_id, amount: '0.01', reason: 'Return good', metadata });
}

export async function token(sandbox: BenchServer): Promise<string> {
  const response = await fetch(`${sandbox.origin}/uqpay/api/v1/connect/token`, {
    method: 'POST',
    headers: { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' },
  });
  const { auth_token } = (await response.json()) as { auth_token: string };
  return auth_token;
}
