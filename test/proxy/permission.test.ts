import assert from 'node:assert/strict';
import { test } from 'node:test';

import { paymentSummary, type PaymentSummary } from '../../contract/index.ts';
import type { Permission } from '../../proxy/index.ts';
import { readConfig } from '../../proxy/server/stand-alone/config.ts';
import { Stream } from './support/event-stream.ts';
import { standAlone } from './support/stand-alone.ts';
import { ORDER, PAYMENT, REFUND, startTestProxy, uuid, type Answer } from './support/test-proxy.ts';

const READ = `/payments/${PAYMENT}`;

function summaryIn({ json }: Answer): PaymentSummary {
  return paymentSummary.parse(json);
}

test('a read tells each user what that user may do, and asks the hook once', async (t) => {
  const asked: string[] = [];
  const { get } = await startTestProxy(t, {
    authorize: async (request, { action }) => {
      const user = request.headers.get('x-user')!;
      asked.push(`${user} ${action}`);
      const permission: Permission =
        user === 'chief'
          ? { approve: true, resolve: true, approvalAbove: 5_000n }
          : { refund: false, reason: 'Refunds are made in Kuwait City', cancel: false };
      return { user, permission };
    },
  });
  const permissionOf = async (user: string) => summaryIn(await get(READ, { headers: { 'x-user': user } })).permission;
  assert.deepEqual(await permissionOf('chief'), {
    user: 'chief',
    approval_above: '50.00',
    approve: true,
    resolve: true,
  });
  assert.deepEqual(await permissionOf('intern'), {
    user: 'intern',
    refund: false,
    reason: 'Refunds are made in Kuwait City',
    cancel: false,
  });
  assert.deepEqual(asked, ['chief read', 'intern read']);
});

test('a merchant who says nothing about permission has only the user in the read', async (t) => {
  const { get } = await startTestProxy(t, { authorize: async ({ headers }) => ({ user: headers.get('x-user')! }) });
  for (const user of ['amal', 'badr']) {
    assert.deepEqual(summaryIn(await get(READ, { headers: { 'x-user': user } })).permission, { user });
  }
});

test('a payment that cannot be read tells whom it is not shown to, so that a form knows whose request it may repeat', async (t) => {
  const { provider, get } = await startTestProxy(t, {
    authorize: async (request) => ({ user: request.headers.get('x-user')! }),
  });
  provider.on(`GET ${REFUND}`, 'drop');
  const answer = await get(READ, { headers: { 'x-user': 'amal' } });
  const { code, user } = answer.json as { code: string; user: string };
  assert.deepEqual([answer.status, code, user], [502, 'provider_unreachable', 'amal']);
});

test('live status, which concerns the payment, never holds what one user may do', async (t) => {
  const { proxy } = await startTestProxy(t, {
    authorize: async () => ({ user: 'chief', permission: { approve: true } }),
  });
  for (const path of [`${READ}/events`, `/events?payment=${PAYMENT}`]) {
    const response = await proxy.fetch(new Request(`https://shop.example/refunds${path}`));
    const stream = new Stream(response);
    const event = await stream.next();
    assert.equal(event!.summary.captured, '100.00');
    assert.doesNotMatch(JSON.stringify(event), /permission|chief/);
    await stream.stop();
  }
});

for (const [permission, field, expected] of [
  [true, 'permission', /an object with any of refund/],
  [{ refund: 'no' }, 'permission.refund', /true, false or nothing/],
  [{ approvalAbove: 50 }, 'permission.approvalAbove', /minor units as a bigint/],
  [{ approvalAbove: -1n }, 'permission.approvalAbove', /not negative/],
  [{ approval_above: 50n }, 'permission.approval_above', /no such member/],
  [{ toString: true }, 'permission.toString', /no such member/],
] as const) {
  test(`a wrong ${field} (${typeof permission === 'object' ? Object.values(permission).join() : permission}) refuses the read and is in the log`, async (t) => {
    const { get, logged } = await startTestProxy(t, {
      authorize: async () => ({ user: 'admin-1', permission: permission as never }),
    });
    const answer = await get(READ);
    assert.deepEqual([answer.status, answer.problem.code], [403, 'forbidden']);
    assert.match(answer.problem.detail ?? '', expected);
    assert.ok(
      logged.some((line) => line.includes(`a wrong ${field}`)),
      logged.join('\n'),
    );
  });
}

test('a request that waits is listed with its reason, for those who decide, until it is decided', async (t) => {
  const { get, post, refund } = await startTestProxy(t, {
    authorize: async (request, { action }) => {
      const user = request.headers.get('x-user') ?? 'asker';
      return action === 'refund' ? { refuse: 'approval_required', user } : { user };
    },
  });
  await refund('60.00', { key: uuid(1) });
  const [waiting] = summaryIn(await get(READ)).refunds!;
  assert.deepEqual(
    [waiting!.standing, waiting!.reason, waiting!.approval?.asked_by],
    ['awaiting_approval', 'Return good', 'asker'],
  );
  const declined = await post(`/intents/${waiting!.intent_id}/decline`, {
    headers: { 'x-user': 'chief' },
    body: { reason: 'Ask the shop' },
  });
  assert.equal(declined.status, 200);
  const [ended] = summaryIn(await get(READ)).refunds!;
  assert.deepEqual([ended!.ended, ended!.reason], ['declined', null]);
});

test('the stand-alone proxy tells what its variables allow, in the currency of the order', async (t) => {
  const { environment } = await standAlone(t, {
    REFUND_APPROVAL_ABOVE: 'USD 50.00, JPY 9000',
    REFUND_APPROVERS: 'chief, second',
    REFUND_RESOLVERS: 'chief',
  });
  const { authorize, orders } = await readConfig(environment);
  const permissionOf = async (user: string, id: string) => {
    const { signal } = new AbortController();
    const order = (await orders(id, { signal })) as never;
    const request = new Request('http://localhost/', { headers: { 'x-user': user } });
    return authorize(request, { order, action: 'read', amount: undefined, signal, original: undefined });
  };
  assert.deepEqual(await permissionOf('chief', PAYMENT), {
    user: 'chief',
    permission: { approve: true, resolve: true, approvalAbove: 5_000n },
  });
  // Nobody has said how much of KWD needs no second person.
  assert.deepEqual(await permissionOf('second', ORDER), {
    user: 'second',
    permission: { approve: true, resolve: false, approvalAbove: 0n },
  });
  assert.deepEqual(await permissionOf('clerk', PAYMENT), {
    user: 'clerk',
    permission: { approve: false, resolve: false, approvalAbove: 5_000n },
  });
});
