import { createSandboxClient } from '../../mock-server/index.ts';
import { DEFAULT_SEED, type SeedData } from '../../mock-server/index.ts';
import type { Load } from './load.ts';

export const INTENT = 'PI1234567890123456789';
const MUCH = '999999999999.00';

const enriched = <Row extends { readonly id: string }>(rows: readonly Row[] = [], members: Partial<Row>): Row[] =>
  rows.map((row) => ({ ...row, ...members }));

/** The default seed with one payment whose amount is enough for every benchmark. */
export const RICH: SeedData = {
  ...DEFAULT_SEED,
  uqpay_intents: enriched(
    DEFAULT_SEED.uqpay_intents?.filter(({ id }) => id === INTENT),
    { amount: MUCH, captured_amount: MUCH },
  ),
  uqpay_attempts: enriched(
    DEFAULT_SEED.uqpay_attempts?.filter(({ payment_intent }) => payment_intent === INTENT),
    { amount: MUCH, captured_amount: MUCH },
  ),
  uqpay_refunds: [],
  uqpay_balances: [{ id: 'USD', account: null, currency: 'USD', available_balance: MUCH, pending_balance: '0.00' }],
};

export const BODY = JSON.stringify({
  payment_intent_id: INTENT,
  amount: '0.01',
  reason: 'Return good',
  metadata: { customer_id: 'cust_12345', order_id: 'order_6789' },
});
export const JSON_TYPE = { 'content-type': 'application/json' };
export const CLIENT = { 'x-client-id': 'sandbox-client', 'x-api-key': 'sandbox-key' };

/** No key repeats within a run, across all benchmarks. */
let keys = 0;
export const newKey = (): string => `00000000-0000-4000-8000-${String((keys += 1)).padStart(12, '0')}`;

export interface RefundLoads {
  readonly create: Load;
  readonly retrieve: Load;
  readonly list: Load;
}

/** Loads of the three main calls on a running sandbox, with the default credentials and the journal on. */
export async function refundLoads(origin: string): Promise<RefundLoads> {
  const signIn = await fetch(`${origin}/uqpay/api/v1/connect/token`, { method: 'POST', headers: CLIENT });
  const { auth_token } = (await signIn.json()) as { auth_token: string };
  const auth = { 'x-client-id': CLIENT['x-client-id'], 'x-auth-token': `Bearer ${auth_token}` };
  const path = '/uqpay/api/v2/payment/refunds';
  const create: Load = {
    origin,
    path,
    method: 'POST',
    headers: () => ({ ...JSON_TYPE, ...auth, 'x-idempotency-key': newKey() }),
    body: BODY,
  };
  const creation = await fetch(`${origin}${path}`, { method: 'POST', headers: create.headers(0), body: BODY });
  if (!creation.ok) throw new Error(`no refund to read: ${creation.status} ${await creation.text()}`);
  const { payment_refund_id: id } = (await creation.json()) as { payment_refund_id: string };
  const get = (below: string): Load => ({ origin, path: `${path}${below}`, method: 'GET', headers: () => auth });
  return { create, retrieve: get(`/${id}`), list: get(`?page_size=10&page_number=1&payment_intent_id=${INTENT}`) };
}

export async function storedRefunds(origin: string): Promise<number> {
  return (await createSandboxClient(origin).health()).rows['uqpay_refunds'] ?? 0;
}
