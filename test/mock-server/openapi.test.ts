import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Validator } from '@seriousme/openapi-schema-validator';

import { PROVIDERS, type ProviderName } from '../../mock-server/core/providers/index.ts';
import { UPAYMENTS_OPERATIONS } from '../../mock-server/core/providers/upayments/operations.ts';
import { UQPAY_OPERATIONS } from '../../mock-server/core/providers/uqpay/operations.ts';
import { SEED_UPAYMENTS, SEED_UQPAY } from '../contract/seed-pages.ts';
import { readDocument, type Document } from '../fuzz/document.ts';
import { startWorld } from './world.ts';

const OPERATIONS = { uqpay: UQPAY_OPERATIONS, upayments: UPAYMENTS_OPERATIONS } as const;

async function document(provider: ProviderName, prefix = ''): Promise<Document> {
  await using world = await startWorld();
  const { status, json } = await world.fetch(`${prefix}/_sandbox/openapi/${provider}.json`);
  assert.equal(status, 200);
  return json as unknown as Document;
}

for (const { name: provider, prefix, routes } of PROVIDERS) {
  describe(`the OpenAPI document of ${provider}`, () => {
    it('is valid against the schema of OpenAPI 3.1', async () => {
      const validator = new Validator();
      const { valid, errors } = await validator.validate(structuredClone(await document(provider)) as never);
      assert.ok(valid, JSON.stringify(errors));
      assert.equal(validator.version, '3.1');
    });

    it('has exactly the routes of the table, each with schemas for its request and its answers', async () => {
      const { paths } = await document(provider);
      const operations = Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, { operationId }]) => `${operationId} ${method.toUpperCase()} ${path}`),
      );
      assert.deepEqual(
        operations.toSorted(),
        routes.map(({ name, method, path }) => `${name} ${method} ${path}`).toSorted(),
      );
      assert.deepEqual(Object.keys(OPERATIONS[provider]).toSorted(), routes.map(({ name }) => name).toSorted());
      for (const { method, path, body } of routes) {
        const operation = paths[path]?.[method.toLowerCase()];
        assert.equal(operation?.requestBody !== undefined, body !== 'none', `${path} takes a body`);
        for (const [status, { content, description }] of Object.entries(operation?.responses ?? {})) {
          assert.ok(content['application/json']?.schema, `${path} ${status} has a schema`);
          assert.ok(description, `${path} ${status} has words`);
        }
        for (const status of ['401', '429', '5XX']) assert.ok(operation?.responses[status], `${path} ${status}`);
      }
    });

    it('holds only examples that fit their schemas', async () => {
      const reader = readDocument(await document(provider));
      for (const { operationId, schema, value } of reader.examples()) {
        assert.deepEqual(reader.faults(schema, value), [], `${operationId}: ${JSON.stringify(value)}`);
      }
    });

    it('names the server and namespace that served it', async () => {
      const { servers } = await document(provider, '/ns/mine');
      assert.ok(servers[0]?.url.endsWith(`/ns/mine${prefix}`), servers[0]?.url);
    });
  });
}

describe('the examples of the documents', () => {
  it("are those of the providers' own pages", async () => {
    const uqpay = (await document('uqpay')).paths['/v2/payment/refunds']?.['post'];
    assert.deepEqual(uqpay?.requestBody?.content['application/json']?.example, SEED_UQPAY.request);
    assert.deepEqual(uqpay?.responses['200']?.content['application/json']?.examples, {
      page: { value: SEED_UQPAY.response },
    });
    const upayments = (await document('upayments')).paths['/create-refund']?.['post'];
    assert.deepEqual(
      { ...(upayments?.requestBody?.content['application/json']?.example as object), customerEmail: '' },
      { ...SEED_UPAYMENTS.request, customerEmail: '' },
    );
    assert.deepEqual(upayments?.responses['201']?.content['application/json']?.examples, {
      ordinary: { value: SEED_UPAYMENTS.ordinary },
      vendors: { value: SEED_UPAYMENTS.vendors },
    });
  });

  it('work, and their answers fit the schema of the document', async () => {
    await using world = await startWorld();
    for (const [provider, path] of [
      ['uqpay', '/v2/payment/refunds'],
      ['upayments', '/create-refund'],
    ] as const) {
      const json = await document(provider);
      const operation = json.paths[path]!['post']!;
      const body = operation.requestBody!.content['application/json']!.example as object;
      const reply = provider === 'uqpay' ? await world.refund(body) : await world.upayments(path, body);
      const answer = operation.responses[String(reply.status)]?.content['application/json']?.schema;
      assert.ok(reply.status < 300 && answer, `${reply.status}: ${reply.text}`);
      assert.deepEqual(readDocument(json).faults(answer, reply.json), []);
    }
  });
});

describe('the parameters of a list of UQPAY', () => {
  const values: Readonly<
    Record<string, readonly [taken: readonly (string | number)[], refused: readonly (string | number)[]]>
  > = {
    page_number: [
      [1, 999_999_999],
      [0, 1_000_000_000],
    ],
    payment_intent_status: [['SUCCEEDED'], ['PAID']],
    create_start_time: [
      ['2026-11-01T01:00:00Z', '2026-11-01T01:00:00.123Z', '2026-11-01T09:00:00+08:00'],
      ['2026-11-01', '2026-11-01T09:00:00'],
    ],
    end_time: [['2026-11-02T01:00:00Z'], ['tomorrow']],
  };
  for (const [name, [taken, refused]] of Object.entries(values)) {
    it(`are described as they are taken: ${name}`, async () => {
      await using world = await startWorld();
      const json = await document('uqpay');
      const parameters = json.paths['/v2/payment_intents']?.['get']?.parameters ?? [];
      const { schema } = parameters.find((one) => one.name === name) ?? assert.fail(`${name} is not described`);
      for (const value of [...taken, ...refused]) {
        const query = new URLSearchParams({ page_size: '10', page_number: '1', [name]: String(value) });
        const { status } = await world.uqpay(`/v2/payment_intents?${query}`);
        const isTaken = taken.includes(value);
        assert.equal(status, isTaken ? 200 : 400, String(value));
        assert.equal(readDocument(json).faults(schema, value).length === 0, isTaken, String(value));
      }
    });
  }
});

describe('an unknown document', () => {
  it('gets a 404 that names the two known documents', async () => {
    await using world = await startWorld();
    const { status, json } = await world.fetch('/_sandbox/openapi/stripe.json');
    assert.equal(status, 404);
    assert.equal(json['error'], 'no document "stripe.json": expected uqpay.json or upayments.json');
  });
});
