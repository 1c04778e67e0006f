import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { CreateSandboxOptions } from '../../mock-server/index.ts';
import { copyFile, fileFor } from './support/state-files.ts';
import { INTENT, startWorld, type SandboxWorld } from './world.ts';

/** A refund with these headers and no others. */
const refund = async (world: SandboxWorld, headers: Record<string, string> = {}, amount = '1.00') => {
  const path = '/uqpay/api/v2/payment/refunds';
  const all = { 'content-type': 'application/json', 'x-idempotency-key': world.newKey(), ...headers };
  const body = JSON.stringify({ payment_intent_id: INTENT, amount, reason: 'Return good' });
  return (await world.fetch(path, { method: 'POST', headers: all, body })).status;
};

const toHost = JSON.stringify({ provider: 'uqpay', url: 'http://10.1.2.3/hook' });
const addEndpoint = async (world: SandboxWorld) =>
  (await world.fetch('/_sandbox/webhooks/endpoints', { method: 'POST', body: toHost })).status;

const reset = async (world: SandboxWorld) => {
  await world.control.reset();
  return (await world.refund()).status;
};

const shop = { uqpay_accounts: [], uqpay_attempts: [], uqpay_refunds: [], uqpay_disputes: [], uqpay_balances: [] };

interface Case {
  readonly what: string;
  readonly first: CreateSandboxOptions;
  readonly next: CreateSandboxOptions;
  /** A call whose status depends on the options. */
  readonly call: (world: SandboxWorld) => Promise<number | readonly number[]>;
  readonly status: number | readonly number[];
  /** Its status under the options of the next start. */
  readonly later: number | readonly number[];
}

const CASES: readonly Case[] = [
  { what: 'dev', first: { dev: true }, next: {}, call: (world) => refund(world), status: 200, later: 401 },
  { what: 'no dev', first: {}, next: { dev: true }, call: (world) => refund(world), status: 401, later: 200 },
  {
    what: 'a latency, during which a key runs',
    first: { latency: { ms: 300 } },
    next: {},
    call: async (world) => {
      const headers = { ...(await world.signIn()), 'x-idempotency-key': world.newKey() };
      return (await Promise.all([refund(world, headers), refund(world, headers)])).toSorted();
    },
    status: [200, 400],
    later: [200, 200],
  },
  {
    what: 'a webhook host',
    first: { webhooks: { allowHosts: ['10.1.2.3'] } },
    next: {},
    call: addEndpoint,
    status: 201,
    later: 400,
  },
  {
    what: 'no webhook host',
    first: {},
    next: { webhooks: { allowHosts: ['10.1.2.3'] } },
    call: addEndpoint,
    status: 400,
    later: 201,
  },
  {
    what: 'other credentials',
    first: { credentials: { upaymentsToken: 'mine' } },
    next: {},
    call: async (world) => {
      const headers = { authorization: 'Bearer mine' };
      return (await world.upayments('/create-refund', { orderId: 'none', totalPrice: 1 }, headers)).status;
    },
    status: 422,
    later: 401,
  },
  {
    what: 'no magic amounts',
    first: { dev: true, magicAmounts: false },
    next: { dev: true },
    call: (world) => refund(world, {}, '6.12'),
    status: 200,
    later: 400,
  },
  {
    what: 'rows that a reset has gone back to',
    first: { data: { ...shop, uqpay_intents: [] } },
    next: {},
    call: reset,
    status: 400,
    later: 200,
  },
  {
    what: 'a limit of namespaces',
    first: { namespaceLimit: 1 },
    next: {},
    call: async (world) => {
      await world.fetch('/ns/one/_sandbox/clock');
      return (await world.fetch('/ns/two/_sandbox/clock', { method: 'POST', body: '{"advance":"PT1M"}' })).status;
    },
    status: 409,
    later: 200,
  },
];

describe('a state file that its sandbox left without ending', () => {
  for (const { what, first, next, call, status, later } of CASES) {
    it(`is read under the options it was written under, and goes on under others: ${what}`, async (t) => {
      const db = fileFor(t);
      const left = `${db}.left`;
      let rows = '';
      {
        await using world = await startWorld({ ...first, db });
        assert.deepEqual(await call(world), status);
        rows = (await world.fetch('/_sandbox/db')).text;
        copyFile(db, left);
      }
      await using world = await startWorld({ ...next, db: left });
      world.newKey(); // The first start has used it.
      assert.equal((await world.fetch('/_sandbox/db')).text, rows);
      assert.deepEqual(await call(world), later, 'the options of this start count from here on');
    });
  }
});
