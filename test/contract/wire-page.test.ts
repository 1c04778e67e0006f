import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';

import * as z from 'zod/mini';

import * as changes from '../../contract/change.ts';
import * as shared from '../../contract/index.ts';
import * as intents from '../../contract/intents.ts';
import * as webhooks from '../../contract/webhooks.ts';
import { isProblemCode, PROBLEMS } from '../../contract/index.ts';

const page = ['wire.md', 'wire/requests.md', 'wire/providers.md']
  .map((name) => readFileSync(path.resolve(import.meta.dirname, '../../docs', name), 'utf8'))
  .join('\n');
const schemas: Readonly<Record<string, unknown>> = { ...shared, ...changes, ...intents, ...webhooks };
const BLOCK = /(?:<!-- (\w+)(?:, data: (\w+))? -->\n\n)?```json\n([^]*?)```/g;
const blocks = [...page.matchAll(BLOCK)].map(([, name, data, text = '']) => ({ name, data, json: read(text) }));

function read(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

function schemaOf(name: string | undefined): z.ZodMiniType {
  const schema = name === undefined ? undefined : schemas[name];
  assert.ok(
    schema instanceof z.ZodMiniType,
    `a block of JSON has to name a schema of contract/, and ${name} is not one`,
  );
  return schema;
}

describe('docs/wire.md and the pages below it', () => {
  it('shows every schema that a proxy in another language needs', () => {
    const schemaNames = new Set(blocks.map(({ name }) => name));
    for (const name of [
      'proxyDescription',
      'paymentSummary',
      'problem',
      'intentList',
      'intentResolution',
      'refundChange',
      'upaymentsCreateRefund',
      'upaymentsVendorsRefund',
      'upaymentsCheckRefund',
      'upaymentsCheckRefundStatus',
      'upaymentsDeleteRefund',
      'upaymentsDeleteVendorsRefund',
      'uqpayWebhook',
      'upaymentsCallback',
    ])
      assert.ok(schemaNames.has(name), `${name} is not there`);
  });

  for (const [index, { name, data, json }] of blocks.entries()) {
    it(`block ${index + 1} fits the schema ${name} of contract/`, () => {
      const parsed = schemaOf(name).safeParse(json);
      assert.ok(parsed.success, JSON.stringify(parsed.error?.issues));
      if (data === undefined) return;
      const inner = schemaOf(data).safeParse(json['data']);
      assert.ok(inner.success, JSON.stringify(inner.error?.issues));
    });
  }

  it('gives each problem the status, title and effect of its code', () => {
    for (const { json } of blocks.filter(({ name }) => name === 'problem' || name === 'paymentProblem')) {
      const code = String(json['code']);
      assert.ok(isProblemCode(code), code);
      const { status, title, effect } = PROBLEMS[code];
      assert.deepEqual([json['status'], json['title'], json['effect']], [status, title, effect]);
    }
  });

  it('shows amounts that add up', () => {
    for (const { json } of blocks.filter(({ name }) => name === 'paymentSummary')) {
      const minor = (member: string) => {
        const parsed = shared.parseDecimal(String(json[member]), String(json['currency']));
        assert.ok(parsed.ok, member);
        return parsed.minor;
      };
      assert.equal(minor('captured'), minor('refunded') + minor('pending') + minor('refundable'));
    }
  });

  it('shows only bodies of resolve that the proxy accepts', () => {
    for (const { json } of blocks.filter(({ name }) => name === 'intentResolution'))
      assert.ok(intents.intentResolution.safeParse(json).success, JSON.stringify(json));
  });

  it('uses the ids of the created refund in the delete-refund example', () => {
    const created = blocks.find(({ name }) => name === 'upaymentsCreateRefundAnswer')?.json['data'] as object;
    const deletion = blocks.find(({ name }) => name === 'upaymentsDeleteRefund')?.json ?? {};
    for (const [member, id] of Object.entries(deletion)) assert.equal(id, (created as Record<string, unknown>)[member]);
  });

  it('names a refund of UPayments by the orderId of its answer', () => {
    const rows = blocks.flatMap(({ json }) => (json['refunds'] ?? []) as Record<string, Record<string, unknown>>[]);
    const named = rows.filter(({ refund_id: id, references }) => id && references);
    assert.ok(named.length > 0);
    for (const { refund_id: id, references } of named) assert.equal(id, references?.['orderId']);
  });
});
