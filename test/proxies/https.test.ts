import assert from 'node:assert/strict';
import { constants } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer } from 'node:tls';

import { makeCertificate } from '../certificate.ts';
import { SESSION } from '../verify/session.ts';
import type { ProviderName } from '../verify/support.ts';
import { eachProxy, type Program } from './each.ts';
import { newFolder } from './starting.ts';
import { stubProvider } from './stub-provider.ts';
import { keyOf } from './stubbed.ts';
import { startProxy } from './support.ts';

function certificateOf(t: TestContext, host: string) {
  const { certificate: file, key } = makeCertificate(newFolder(t), host);
  return { file, cert: readFileSync(file), key: readFileSync(key) };
}

/** A provider behind TLS, as the real ones are, and a proxy that trusts the certificates in `trusted`. */
async function behindTls(
  t: TestContext,
  { command, args }: Program,
  provider: ProviderName,
  { cert, key, trusted }: { readonly cert: Buffer; readonly key: Buffer; readonly trusted: string },
) {
  let tokens = 0;
  const isUqpay = provider === 'uqpay';
  const stub = await stubProvider(
    t,
    () => ({ currency: isUqpay ? 'USD' : 'KWD', captured: '100.00' }),
    ({ method }) => {
      if (method === 'GET') return isUqpay ? { total_pages: 0, data: [] } : { status: true, data: { refund: [] } };
      return { payment_refund_id: 'r-1', refund_status: 'INITIATED', amount: '1.00', currency: 'USD' };
    },
    () => {
      tokens += 1;
      return { auth_token: 'token-of-the-stub' };
    },
  );
  const hosts: unknown[] = [];
  // Node does not tell the name of a session that is taken up again.
  const server = createServer({ cert, key, secureOptions: constants.SSL_OP_NO_TICKET }, (socket) => {
    hosts.push(socket.servername);
    const behind = connect(Number(new URL(stub.url).port), '127.0.0.1');
    for (const end of [socket, behind]) end.on('error', () => end.destroy());
    socket.pipe(behind).pipe(socket);
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const endpoint = await startProxy(t, {
    command,
    args: (port) => [...(command === 'php' ? ['-d', `curl.cainfo=${trusted}`] : []), ...args(port)],
    provider,
    recorder: `https://localhost:${(server.address() as AddressInfo).port}`,
    env: { REFUND_ORDERS: `${stub.url}/orders/{id}`, SSL_CERT_FILE: trusted },
  });
  const [below, body] = isUqpay
    ? ['/v2/payment/refunds', { payment_intent_id: 'p-1', amount: '1.00', reason: 'Return good' }]
    : ['/create-refund', { orderId: 'p-1', totalPrice: 1 }];
  const form = { 'content-type': 'application/json', 'x-refund-form': '1', 'idempotency-key': keyOf(1) };
  const answer = await fetch(endpoint + below, {
    method: 'POST',
    headers: { ...SESSION, ...form },
    body: JSON.stringify(body),
  });
  return { answer, json: (await answer.json()) as object, hosts, calls: () => stub.calls.length + tokens };
}

eachProxy('a provider behind TLS is called by its name and refunds:', async (t, program) => {
  const { file, ...own } = certificateOf(t, 'localhost');
  const { answer, json, hosts } = await behindTls(t, program, 'uqpay', { ...own, trusted: file });
  assert.equal(answer.status, 200, JSON.stringify(json));
  assert.ok(hosts.length > 0);
  assert.deepEqual(
    [...new Set(hosts)],
    ['localhost'],
    'many hosts share an address: it must be told which one is meant',
  );
});

for (const provider of ['uqpay', 'upayments'] as const) {
  eachProxy(`no credential of ${provider} goes to a host whose certificate names another one:`, async (t, program) => {
    const { file, ...own } = certificateOf(t, 'provider.example');
    const { json, calls } = await behindTls(t, program, provider, { ...own, trusted: file });
    assert.deepEqual(
      Object.entries(json).filter(([name]) => name === 'effect'),
      [['effect', 'nothing']],
      JSON.stringify(json),
    );
    assert.equal(calls(), 0);
  });
}

eachProxy('no credential goes to a host whose certificate nobody has signed:', async (t, program) => {
  const own = certificateOf(t, 'localhost');
  const { file: trusted } = certificateOf(t, 'localhost');
  const { json, calls } = await behindTls(t, program, 'upayments', { ...own, trusted });
  assert.deepEqual(
    Object.entries(json).filter(([name]) => name === 'effect'),
    [['effect', 'nothing']],
    JSON.stringify(json),
  );
  assert.equal(calls(), 0);
});
