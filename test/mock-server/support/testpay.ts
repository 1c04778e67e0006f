import * as z from 'zod/mini';

import {
  beginExecution,
  explainIssues,
  member,
  ok,
  parseInstant,
  routeMakers,
  textMember,
  toRfc3339,
  type Context,
  type Provider,
  type Reply,
  type RowModel,
  type State,
} from '../../../mock-server/provider.ts';

/** A small provider: amounts in whole yen, no idempotency, no vendors, no credentials. */
const payment = z.strictObject({ id: z.string(), amount: z.int() });
const refund = z.strictObject({
  id: z.string(),
  payment: z.string(),
  amount: z.int(),
  status: z.enum(['open', 'paid', 'failed']),
  /** Whether the refund fails when it settles. */
  fails: z.boolean(),
  create_time: z.string(),
});
type Payment = z.infer<typeof payment>;
type Refund = z.infer<typeof refund>;

interface Indexes {
  readonly payments: Map<string, Payment>;
  readonly refunds: Map<string, Refund>;
  readonly rows: Refund[];
}

const byId = <Row extends { id: string }>(rows: readonly Row[]) => new Map(rows.map((row) => [row.id, row]));
const sumHeld = ({ rows }: Indexes, id: string) =>
  rows.filter((row) => row.payment === id && row.status !== 'failed').reduce((sum, row) => sum + row.amount, 0);

const ROWS: RowModel<Indexes> = {
  schemas: { testpay_payments: payment, testpay_refunds: refund },
  amounts: [],
  index: ({ testpay_payments: payments = [], testpay_refunds: rows = [] }) => ({
    payments: byId(payments as Payment[]),
    refunds: byId(rows as Refund[]),
    rows: rows as Refund[],
  }),
  fault: (indexes) => {
    const over = [...indexes.payments.values()].find(({ id, amount }) => sumHeld(indexes, id) > amount);
    return over && `the refunds of "${over.id}" are above its amount`;
  },
};
const indexesOf = ({ store }: Pick<State, 'store'>): Indexes => store.of(ROWS);

const PAYMENTS: readonly Payment[] = [{ id: 'pay-1', amount: 1_000 }];
const body = z.strictObject({ payment: z.string(), amount: z.int().check(z.minimum(1)) });
const refusal = z.strictObject({ problem: z.string() });
const refuse = (status: number, problem: string): Reply => ({ status, body: { problem } });
const plan = ({ due }: State, row: Refund, from: number): void =>
  due.plan({ at: from + 60_000, kind: 'testpay_refund', id: row.id, step: 0 });

function createRefund(context: Context): Reply {
  const { state, now } = context;
  const parsed = body.safeParse(context.json);
  if (!parsed.success) return refuse(400, JSON.stringify(explainIssues(parsed.error.issues, context.json)));
  const indexes = indexesOf(state);
  const found = indexes.payments.get(parsed.data.payment);
  if (!found) return refuse(404, `no payment ${parsed.data.payment}`);
  const outcome = beginExecution(context)?.name;
  if (outcome === 'over_refund' || parsed.data.amount > found.amount - sumHeld(indexes, found.id)) {
    return refuse(422, 'amount: above what can still be refunded');
  }
  const row: Refund = {
    id: `TP${state.refundIds.digits(8)}`,
    ...parsed.data,
    status: 'open',
    fails: outcome === 'fail',
    create_time: toRfc3339(now),
  };
  state.store.edit('testpay_refunds', row.id, row);
  plan(state, row, now);
  context.refund = row.id;
  return { status: 201, body: row };
}

function readRefund({ state, params }: Context): Reply {
  const row = indexesOf(state).refunds.get(params['id'] ?? '');
  return row ? ok(row) : refuse(404, `no refund ${params['id'] ?? ''}`);
}

const { read, write } = routeMakers('testpay', {
  create_refund: {
    summary: 'Refund a payment',
    body: { schema: body },
    answer: { status: 201, about: 'The refund', schema: refund },
  },
  read_refund: { summary: 'Read a refund', answer: { status: 200, about: 'The refund', schema: refund } },
});

export const testpay: Provider = {
  name: 'testpay',
  title: 'Testpay',
  prefix: '/testpay',
  routes: [
    write({ name: 'create_refund', path: '/refunds', handler: createRefund }),
    read({ name: 'read_refund', path: '/refunds/{id}', handler: readRefund }),
  ],
  description: {
    title: 'Testpay',
    about: 'A provider of a test.',
    schemas: { Refund: refund },
    refusals: { '4XX': { about: 'Refused', schema: refusal }, '5XX': { about: 'It failed', schema: refusal } },
    always: ['4XX', '5XX'],
    security: { schemes: {}, signedIn: [], signingIn: [] },
    headers: {},
    writeHeaders: {},
  },
  rows: ROWS,
  seed: { testpay_payments: PAYMENTS },
  scenarios: { fail: true, over_refund: true, drop_after_commit: true, server_error: true, slow_body: true },
  refuse: (kind, detail) => refuse(kind === 'server_error' ? 500 : kind === 'unknown_path' ? 404 : 400, detail),
  paymentOf: ({ json }) => textMember(json, 'payment'),
  scenarioOf: (json) => textMember(member(json, 'metadata'), 'scenario'),
  payments: (state) => indexesOf(state).payments,
  refunds: (state) => indexesOf(state).refunds,
  timers: {
    testpay_refund: (state, { id }) => {
      const row = indexesOf(state).refunds.get(id);
      if (row?.status === 'open') row.status = row.fails ? 'failed' : 'paid';
    },
  },
  planSeed: (state, { testpay_refunds: rows = [] }) => {
    for (const row of rows as Refund[]) plan(state, row, parseInstant(row.create_time) ?? state.clock.now());
  },
};
