import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  checkOrigin,
  checkWriteHeaders,
  corsHeaders,
  preflight,
  readExpectedRefundable,
  readIdempotencyKey,
  readJsonBody,
} from '../../proxy/http/guards.ts';
import { passOn } from '../../proxy/http/read.ts';
import { ProblemError } from '../../proxy/http/problem.ts';

const ALLOWED = new Set(['https://admin.example']);
const KEY = 'ABCDEF00-0000-4000-8000-000000000001';
const requestWith = (headers: Record<string, string>) => new Request('https://shop.example/', { headers });
const postWith = (body: BodyInit, headers: Record<string, string> = {}) =>
  new Request('https://shop.example/', { method: 'POST', body, headers });

/** Code and detail of the problem that `work` throws. */
async function refusalOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return `${error.code}: ${error.extras.detail}`;
  }
  return 'taken';
}

test('a request is accepted from a page of the same origin, from a typed address, or from no page', async () => {
  const accepted: Record<string, string>[] = [
    {},
    { 'sec-fetch-site': 'none' },
    { 'sec-fetch-site': 'same-origin' },
    { origin: 'https://shop.example', 'sec-fetch-site': 'same-origin' },
  ];
  for (const headers of accepted) assert.equal(checkOrigin(requestWith(headers), ALLOWED), undefined);
  const refusedHeaders: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'none' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of refusedHeaders) {
    assert.equal(
      await refusalOf(() => checkOrigin(requestWith(headers), ALLOWED)),
      `origin_not_allowed: The page is of another origin, and that origin is not among the allowed ones${
        'sec-fetch-site' in headers
          ? ''
          : '. Where the proxy is served at that origin, name it as publicOrigin (REFUND_PUBLIC_ORIGIN)'
      }`,
      JSON.stringify(headers),
    );
  }
  const allowed = requestWith({ origin: 'https://admin.example', 'sec-fetch-site': 'cross-site' });
  assert.equal(checkOrigin(allowed, ALLOWED), 'https://admin.example');
});

test('behind a front end only a page of the configured origin is accepted, and forwarded headers are ignored', async () => {
  const own = 'https://proxy.example';
  const forwarded = {
    'x-forwarded-proto': 'https',
    'x-forwarded-host': 'evil.example',
    forwarded: 'proto=https;host=evil.example',
    host: 'evil.example',
  };
  for (const site of [undefined, 'same-origin']) {
    const headers = { origin: own, ...(site !== undefined && { 'sec-fetch-site': site }), ...forwarded };
    assert.equal(checkOrigin(requestWith(headers), ALLOWED, own), undefined, site);
  }
  const refusedHeaders: Record<string, string>[] = [
    { origin: 'https://evil.example' },
    { origin: 'http://proxy.example' },
    { origin: 'https://proxy.example:8443' },
    { origin: 'null' },
    { origin: own, 'sec-fetch-site': 'cross-site' },
    { origin: own, 'sec-fetch-site': 'same-site' },
    { 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of refusedHeaders) {
    assert.match(
      await refusalOf(() => checkOrigin(requestWith({ ...headers, ...forwarded }), ALLOWED, own)),
      /^origin_not_allowed/,
      JSON.stringify(headers),
    );
  }
});

test('a preflight lists exactly what an allowed page may send and read', () => {
  const response = preflight('https://admin.example');
  assert.equal(response.status, 204);
  assert.deepEqual(Object.fromEntries(response.headers), {
    ...corsHeaders('https://admin.example'),
    'access-control-expose-headers': 'Idempotent-Replayed, Retry-After, X-Request-Id, Date',
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers':
      'content-type, Idempotency-Key, X-Refund-Form, X-Expected-Refundable, X-Expected-User, X-Request-Id, traceparent',
    'access-control-max-age': '600',
  });
});

test('each refusal says what to send instead', async () => {
  assert.equal(
    await refusalOf(() => checkWriteHeaders(requestWith({}))),
    'refund_form_header_required: Send the header X-Refund-Form: 1',
  );
  for (const type of ['text/plain', 'application/jsonp', 'x-application/json', '']) {
    assert.equal(
      await refusalOf(() => checkWriteHeaders(requestWith({ 'x-refund-form': '1', 'content-type': type }))),
      'unsupported_media_type: Send the body as application/json',
    );
  }
  for (const type of ['application/json', 'Application/JSON ; charset=utf-8', 'application/json;charset=utf-8']) {
    assert.equal(
      await refusalOf(() => checkWriteHeaders(requestWith({ 'x-refund-form': '1', 'content-type': type }))),
      'taken',
    );
  }
  assert.equal(
    await refusalOf(() => readIdempotencyKey(requestWith({}))),
    'idempotency_key_required: Send Idempotency-Key: a UUID, one for each intent',
  );
  assert.equal(
    await refusalOf(() => readIdempotencyKey(requestWith({ 'idempotency-key': '1' }))),
    'idempotency_key_invalid: Expected a UUID of 36 characters',
  );
  assert.equal(readIdempotencyKey(requestWith({ 'idempotency-key': KEY })), KEY.toLowerCase());
  assert.equal(readExpectedRefundable(requestWith({}), 'KWD'), undefined);
  assert.equal(readExpectedRefundable(requestWith({ 'x-expected-refundable': '12.5' }), 'KWD'), 12_500n);
  assert.equal(
    await refusalOf(() => readExpectedRefundable(requestWith({ 'x-expected-refundable': 'all' }), 'KWD')),
    'invalid_request: X-Expected-Refundable: expected a decimal string of KWD, such as 12.500',
  );
});

test('an answer whose status has no body is passed on without one', async () => {
  const body = new TextEncoder().encode('{}');
  for (const [status, text] of [
    [200, '{}'],
    [204, ''],
    [205, ''],
    [304, ''],
  ] as const) {
    const response = passOn({ status, headers: { 'content-type': 'application/json' }, body });
    assert.deepEqual([response.status, await response.text()], [status, text]);
  }
});

const upTo = (maxBodyBytes: number) => ({ maxBodyBytes, cut: new AbortController().signal });

test('a body is read up to its limit and no further, whatever Content-Length says', async () => {
  assert.deepEqual(await readJsonBody(postWith('[1,2]'), upTo(5)), [1, 2]);
  const tooLarge = 'body_too_large: At most 4 bytes are taken';
  assert.equal(await refusalOf(() => readJsonBody(postWith('[1,2]'), upTo(4))), tooLarge);
  assert.equal(await refusalOf(() => readJsonBody(postWith('[1]', { 'content-length': '5' }), upTo(4))), tooLarge);
  assert.equal(await refusalOf(() => readJsonBody(postWith('[1]', { 'content-length': '4' }), upTo(4))), 'taken');
  assert.equal(
    await refusalOf(() => readJsonBody(postWith(new Uint8Array([0x22, 0xff, 0x22])), upTo(9))),
    'malformed_json: not UTF-8',
  );
  assert.match(await refusalOf(() => readJsonBody(postWith('{"a":'), upTo(9))), /^malformed_json: (?!undefined)./);
});
