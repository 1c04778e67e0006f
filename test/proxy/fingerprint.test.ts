import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';

import { fingerprint } from '../../proxy/http/json.ts';

const BODY = { totalPrice: 10.5, orderId: 'é', nested: { b: 1, a: [2, null] } };
const CANONICAL = '{"nested":{"a":[2,null],"b":1},"orderId":"é","totalPrice":10.5}';
const SHA_256 = createHash('sha256').update(`POST\n/create-refund\n${CANONICAL}`).digest('hex');

test('a fingerprint is the SHA-256 of method, path and canonical body', async () => {
  assert.equal(await fingerprint('POST', '/create-refund', BODY), SHA_256);
});

test('a runtime without Node’s modules computes the same fingerprint', async () => {
  const url = new URL('../../proxy/http/json.ts', import.meta.url);
  const program = `
    process.getBuiltinModule = undefined;
    const { fingerprint } = await import(${JSON.stringify(url.href)});
    console.log(await fingerprint('POST', '/create-refund', ${JSON.stringify(BODY)}));`;
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  assert.equal((await run).stdout.trim(), SHA_256);
});
