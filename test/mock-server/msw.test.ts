import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';

import { getResponse } from 'msw';
import { setupServer } from 'msw/node';

import { createSandboxClient } from '../../mock-server/index.ts';
import { createSandboxHandlers } from '../../mock-server/msw.ts';
import { startReceiver } from './receiver.ts';
import { KNET, readPieces, START } from './world.ts';

const ORIGIN = 'https://sandbox.test';

const make = () => {
  const handlers = createSandboxHandlers({ baseUrl: `${ORIGIN}/base/`, now: () => START, clock: 'frozen' });
  return async (at: string, init?: RequestInit): Promise<Response> => {
    const response = await getResponse(handlers, new Request(`${ORIGIN}/base${at}`, init));
    assert.ok(response, `no handler for ${at}`);
    return response;
  };
};

const refund = (body: object = {}): RequestInit => ({
  method: 'POST',
  headers: { authorization: 'Bearer jtest123', 'content-type': 'application/json' },
  body: JSON.stringify({ orderId: KNET, totalPrice: 10, ...body }),
});

describe('the MSW handlers', () => {
  it('answer below their base URL, with control API and namespaces', async () => {
    const call = make();
    assert.equal((await call('/upayments/api/v1/create-refund', refund())).status, 201);
    assert.equal((await call('/_sandbox/health')).status, 200);
    assert.equal((await call('/ns/one/_sandbox/health')).status, 200);
    const rows = (await (await call('/_sandbox/db/upayments_refunds')).json()) as unknown[];
    assert.equal(rows.length, 3);
  });

  it('read rows by their members, and say what only the Node server does', async () => {
    const call = make();
    const read = async (below: string) => {
      const response = await call(`/_sandbox/db/${below}`);
      return [response.status, await response.json()] as const;
    };
    const jpy = await read('uqpay_intents?currency=JPY');
    assert.deepEqual([jpy[0], (jpy[1] as unknown[]).length], [200, 1]);
    const page = await call('/ns/one/_sandbox/db/uqpay_intents?_start=0&_end=2');
    assert.deepEqual([page.headers.get('x-total-count'), ((await page.json()) as unknown[]).length], ['11', 2]);
    assert.equal((await read('uqpay_intents?curency=USD'))[0], 400);
    assert.deepEqual(await read('uqpay_intents?_sort=id'), [
      501,
      { error: 'the handlers neither sort nor compare rows: read them, or use the Node server' },
    ]);
    const yaml = { method: 'POST', headers: { 'content-type': 'application/yaml' }, body: 'uqpay_intents: []' };
    assert.deepEqual(await (await call('/_sandbox/seed', yaml)).json(), { error: 'the body is not valid JSON' });
  });

  it('refuse a base URL below which no call can be', () => {
    const addresses = ['?b=1', '#here', '//', '/ '].map((end) => `${ORIGIN}/a${end}`);
    for (const baseUrl of [...addresses, ` ${ORIGIN}`, 'https://s.test:443', 'https://u:p@s.test', 'HTTPS://s.test'])
      assert.throws(() => createSandboxHandlers({ baseUrl }), /^.*baseUrl: expected an address/, baseUrl);
    assert.throws(() => createSandboxHandlers(), /^SandboxOptionsError: baseUrl: expected an address/);
    assert.ok(createSandboxHandlers({ baseUrl: `${ORIGIN}/` }).length > 0);
  });

  it('turn a dropped connection after the refund into a network error', async () => {
    const call = make();
    const dropped = await call('/upayments/api/v1/create-refund', refund({ reference: 'sandbox:drop_after_commit' }));
    assert.equal(dropped.type, 'error');
    const { data } = (await (
      await call(`/upayments/api/v1/check-refund/${KNET}`, { headers: { authorization: 'Bearer jtest123' } })
    ).json()) as {
      data: { refund: unknown[] };
    };
    assert.equal(data.refund.length, 1);
  });

  it('can cut off a body, or send it in pieces', async () => {
    const call = make();
    const broken = await call('/upayments/api/v1/create-refund', refund({ reference: 'sandbox:drop_at_byte' }));
    await assert.rejects(broken.text());
    const slow = await call('/upayments/api/v1/create-refund', refund({ reference: 'sandbox:slow_body; ms=1' }));
    const { pieces, text } = await readPieces(slow);
    assert.equal(pieces, 8);
    assert.equal((JSON.parse(text) as { status: boolean }).status, true);
  });

  it('refuse bad UTF-8 and a body over the limit', async () => {
    const call = make();
    const bad = await call('/upayments/api/v1/create-refund', { ...refund(), body: new Uint8Array([0xff]) });
    assert.equal(bad.status, 422);
    const large = await call('/upayments/api/v1/create-refund', refund({ reference: 'x'.repeat(1_100_000) }));
    assert.equal(large.status, 413);
  });

  it('send webhooks to the real receiver and not to the handlers', async () => {
    await using receiver = await startReceiver();
    const server = setupServer(...createSandboxHandlers({ baseUrl: ORIGIN, now: () => START, clock: 'frozen' }));
    server.listen({ onUnhandledFrame: 'error' });
    try {
      const control = createSandboxClient(ORIGIN);
      await fetch(
        `${ORIGIN}/upayments/api/v1/create-refund`,
        refund({ reference: 'sandbox:fast_success, webhook_before_answer', notifyUrl: receiver.url }),
      );
      assert.equal(receiver.webhooks.length, 1);
      await control.resendWebhook('wd_1');
      const [delivery] = await control.flushWebhooks();
      assert.deepEqual([delivery?.status, delivery?.attempts.length], ['delivered', 2]);
    } finally {
      server.close();
    }
  });

  it('deliver a webhook as the page wants it, where there is no server to receive it', async () => {
    const delivered: string[] = [];
    const handlers = createSandboxHandlers({
      baseUrl: ORIGIN,
      now: () => START,
      clock: 'frozen',
      webhooks: { allowHosts: ['shop.test'] },
      async sendWebhook(request) {
        delivered.push(`${request.method} ${request.url} ${request.headers.get('content-type')}`);
        return new Response();
      },
    });
    const reference = 'sandbox:fast_success, webhook_before_answer';
    const order = refund({ reference, notifyUrl: 'https://shop.test/webhooks' });
    await getResponse(handlers, new Request(`${ORIGIN}/upayments/api/v1/create-refund`, order));
    assert.deepEqual(delivered, ['POST https://shop.test/webhooks application/json']);
  });

  it('import no Node module, so that they run in a browser', async () => {
    const visited = new Set<string>();
    const visit = async (file: string): Promise<void> => {
      if (visited.has(file)) return;
      visited.add(file);
      const source = await readFile(file, 'utf8');
      for (const [, specifier = ''] of source.matchAll(/^(?:import|export) (?!type)[^;]*?from '([^']+)'/gms)) {
        assert.ok(
          !specifier.startsWith('node:') && !/hono|json-server|commander/.test(specifier),
          `${file}: ${specifier}`,
        );
        if (specifier.startsWith('.')) await visit(path.resolve(path.dirname(file), specifier));
      }
    };
    await visit(path.resolve(import.meta.dirname, '../../mock-server/msw.ts'));
    assert.ok(visited.size > 20);
  });
});
