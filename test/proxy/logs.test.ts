import assert from 'node:assert/strict';
import { test } from 'node:test';

import { ORDER, PAYMENT, REFUND, startTestProxy, UQPAY_POST, uuid, type Call } from './support/test-proxy.ts';
import { prometheusMetrics } from '../../proxy/telemetry/prometheus.ts';
import { requestOf, SECRET, webhook } from './support/webhook.ts';

/** Texts that no log may contain. The test puts them wherever a request or an answer can carry a text. */
const SECRETS = {
  name: 'Layla-Example',
  email: 'layla@mail.example',
  phone: '+96512345678',
  iban: 'KW91KFHO0000000000051010173254',
  cookie: 'session-cookie-of-layla',
  bearer: 'browser-bearer-token',
  clientKey: 'key-of-ours',
  clientId: 'client-of-ours',
  token: 'token-of-ours',
  providerToken: 'token-1',
  webhook: SECRET,
  user: 'admin-layla',
};
const EVERYTHING = Object.values(SECRETS).join(' ');
const KEYS = [uuid(1), uuid(2), uuid(3)];

const HEADERS = {
  cookie: SECRETS.cookie,
  authorization: `Bearer ${SECRETS.bearer}`,
  'x-auth-token': SECRETS.bearer,
  'x-on-behalf-of': SECRETS.iban,
  'user-agent': EVERYTHING,
  referer: `https://shop.example/?q=${encodeURIComponent(EVERYTHING)}`,
};

const PERSON = {
  customerFirstName: SECRETS.name,
  customerEmail: SECRETS.email,
  customerMobileNumber: SECRETS.phone,
  reference: SECRETS.iban,
};

for (const name of ['uqpay', 'upayments'] as const) {
  for (const fails of ['nothing', 'the provider', 'the orders hook', 'the authorize hook', 'the ledger'] as const) {
    test(`${name}: no route logs or counts a secret, a key or a person if ${fails} fails`, async (t) => {
      const metrics = prometheusMetrics();
      const { proxy, provider, logged, ledger, get, post } = await startTestProxy(t, {
        name,
        webhookSecret: SECRET,
        metrics,
        rateLimit: { writes: 3, perMs: 60_000 },
        ...(fails === 'the orders hook' && { orders: () => Promise.reject(new Error('the orders are away')) }),
        authorize: async (_request, { action, amount }) => {
          if (fails === 'the authorize hook')
            throw Object.assign(new Error('the sessions are away'), { code: 'EACCES' });
          const waits = action === 'refund' && amount! > 5_000_000n;
          return waits ? { refuse: 'approval_required', user: SECRETS.user } : { user: SECRETS.user };
        },
      });
      if (fails === 'the provider') {
        const json = { status: false, type: EVERYTHING, code: EVERYTHING, message: EVERYTHING, data: EVERYTHING };
        for (const route of [UQPAY_POST, 'POST /create-refund', `GET ${REFUND}`, `GET /check-refund/${ORDER}`]) {
          provider.on(route, { status: 500, json, headers: { 'set-cookie': SECRETS.cookie } });
        }
      }
      if (fails === 'the ledger') await ledger.close();

      const refund =
        name === 'uqpay'
          ? {
              path: REFUND,
              body: { payment_intent_id: PAYMENT, amount: '1.00', reason: SECRETS.name, metadata: PERSON },
            }
          : { path: '/create-refund', body: { orderId: ORDER, totalPrice: 1, ...PERSON } };
      const write = (path: string, call: Call) => post(path, { ...call, headers: { ...HEADERS, ...call.headers } });
      const read = (path: string) => get(path, { headers: HEADERS });
      for (const key of [...KEYS, uuid(4), uuid(1)]) await write(refund.path, { key, body: refund.body });
      await write(refund.path, { key: uuid(2), body: { ...refund.body, extra: EVERYTHING } });
      await write(refund.path, { key: uuid(5), body: EVERYTHING });
      await write(refund.path, { key: uuid(6), body: { ...refund.body, orderId: 7, amount: EVERYTHING } });
      await write(refund.path, { key: EVERYTHING, body: refund.body });
      await write(refund.path, {
        key: uuid(7),
        headers: { origin: `https://${SECRETS.name}.example` },
        body: refund.body,
      });
      await write('/delete-refund', { body: { orderId: SECRETS.iban, refundOrderId: SECRETS.phone } });
      await write('/create-multivendor-refund', {
        body: { orderId: ORDER, refundPayload: [{ ibanNumber: SECRETS.iban }] },
      });
      for (const action of ['resolve', 'approve', 'decline', SECRETS.name]) {
        await write(`/intents/${encodeURIComponent(SECRETS.email)}/${action}`, {
          body: { outcome: 'nothing', reason: EVERYTHING },
        });
        const [intent] =
          fails === 'the ledger' ? [] : await ledger.intents({ merchant: 'default', provider: name }, { limit: 1 });
        if (intent)
          await write(`/intents/${intent.id}/${action}`, { body: { outcome: 'nothing', reason: EVERYTHING } });
      }
      for (const path of [
        '/',
        `/payments/${PAYMENT}`,
        `/payments/${ORDER}`,
        `/payments/${encodeURIComponent(SECRETS.email)}`,
        `/payments/${encodeURIComponent(SECRETS.email)}/events`,
        `/intents?state=${encodeURIComponent(EVERYTHING)}`,
        `/intents?payment_id=${encodeURIComponent(EVERYTHING)}`,
        `/check-refund/${encodeURIComponent(SECRETS.email)}`,
        `/check-refund/${ORDER}`,
        `${REFUND}?payment_intent_id=${PAYMENT}&page_size=1&page_number=1`,
        `${REFUND}/${encodeURIComponent(SECRETS.iban)}`,
        `/${encodeURIComponent(EVERYTHING)}`,
      ]) {
        await read(path);
      }
      const stream = await proxy.fetch(new Request(`https://shop.example/refunds/payments/${PAYMENT}/events`));
      await stream.body?.cancel();
      const event = webhook({ refund: SECRETS.iban, status: EVERYTHING, event: SECRETS.email });
      await proxy.fetch(requestOf(event));
      await proxy.fetch(requestOf({ ...event, headers: { ...event.headers, 'x-wk-signature': EVERYTHING } }));
      await proxy.fetch(requestOf({ body: EVERYTHING, headers: HEADERS }));
      await proxy.fetch(new Request('https://shop.example/refunds', { method: 'OPTIONS', headers: HEADERS }));
      await proxy.fetch(new Request('https://shop.example/refunds', { method: 'PATCH', headers: HEADERS }));
      await proxy.reconcile().catch(() => undefined);
      await proxy.close();

      assert.ok(logged.length >= 30, `${logged.length} lines`);
      const metricsText = await metrics.text({ [name]: fails === 'the ledger' ? undefined : await proxy.figures() });
      for (const secret of [...Object.values(SECRETS), ...KEYS, PAYMENT, ORDER]) {
        for (const line of logged) assert.ok(!line.includes(secret), `${secret} in ${line}`);
        assert.ok(!metricsText.includes(secret), `${secret} is in the metrics`);
      }
    });
  }
}
