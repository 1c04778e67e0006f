import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import type { SandboxJournalEntry } from '../../mock-server/client/answers.ts';
import type { SandboxProvider } from '../../mock-server/client/overview.ts';
import { namespaceOf, pageOf, readHash, writeHash } from '../../mock-server/inspector/logic/address.ts';
import { callDifferences, commonLength, nearMisses, NO_FILTER } from '../../mock-server/inspector/logic/call-filter.ts';
import { EMPTY_LOG, merge, nextQuery, type JournalPage } from '../../mock-server/inspector/logic/call-log.ts';
import { M } from '../../mock-server/inspector/messages.ts';
import { curlOf, quoted } from '../../mock-server/inspector/logic/curl.ts';
import { barsOf, showMoney } from '../../mock-server/inspector/logic/money.ts';
import { closestRoutes } from '../../mock-server/inspector/logic/routes.ts';
import { changedMembers, columnsOf, editOf, readRow } from '../../mock-server/inspector/logic/rows.ts';
import { magicAmount, paramsOf } from '../../mock-server/inspector/logic/scenario-params.ts';
import { showSpan, showTime, spanBetween } from '../../mock-server/inspector/logic/time.ts';

function entry(sequence: number, change: Partial<SandboxJournalEntry> = {}): SandboxJournalEntry {
  return {
    sequence,
    time: '2026-11-02T09:00:00+08:00',
    provider: 'one',
    route: 'create_refund',
    method: 'POST',
    path: '/one/v1/refunds',
    query: '',
    status: 200,
    account: null,
    payment_id: null,
    refund_id: null,
    idempotency_key: null,
    replayed: false,
    scenario: null,
    wire: null,
    policies: [],
    request_text: null,
    request: { amount: '1.00' },
    response: {},
    ...change,
  };
}

const page = (generation: number, entries: readonly SandboxJournalEntry[], total?: number): JournalPage => ({
  generation,
  total: total ?? entries.at(-1)?.sequence ?? 0,
  dropped: 0,
  entries,
});

describe('the log of calls', () => {
  const log = merge(EMPTY_LOG, page(0, [entry(1), entry(2)]))!;

  it('asks again for its newest call and appends what came after it', () => {
    assert.equal(nextQuery(EMPTY_LOG), '?limit=500');
    assert.equal(nextQuery(log), '?after=1&limit=500');
    const next = merge(log, page(0, [entry(2), entry(3)]));
    assert.deepEqual(
      next?.entries.map(({ sequence }) => sequence),
      [1, 2, 3],
    );
  });

  it('stays the same object when nothing came, so that nothing is drawn again', () => {
    assert.equal(merge(log, page(0, [entry(2)])), log);
  });

  it('begins again when the numbers mean other calls', () => {
    assert.equal(merge(log, page(1, [entry(2), entry(3)])), undefined);
    assert.equal(merge(log, page(0, [entry(2, { path: '/other' }), entry(3)])), undefined);
    assert.equal(merge(log, page(0, [])), undefined);
  });

  it('leaves out calls between two reads when more came than one read brings', () => {
    const next = merge(log, page(0, [entry(900), entry(901)]));
    assert.deepEqual(
      next?.entries.map(({ sequence }) => sequence),
      [900, 901],
    );
  });
});

describe('the filter of calls', () => {
  it('fits the provider, a class of status, and a part of the path, of an id or of the key', () => {
    const call = entry(1, { status: 404, payment_id: 'PI123', query: 'page=2' });
    const fits = (filter: object) => callDifferences(call, { ...NO_FILTER, ...filter }).length === 0;
    assert.ok(fits({}));
    assert.ok(fits({ provider: 'one', status: '4xx', text: 'pi12' }));
    assert.ok(fits({ status: '404', text: 'REFUNDS?page' }));
    assert.ok(!fits({ provider: 'two' }));
    assert.ok(!fits({ status: '5xx' }));
    assert.ok(!fits({ text: 'PI9' }));
  });

  it('counts a dropped connection as no answer, whatever its status was to be', () => {
    const call = entry(1, { status: 201, wire: 'drop' });
    assert.deepEqual(callDifferences(call, { ...NO_FILTER, status: 'none' }), []);
    assert.deepEqual(callDifferences(call, { ...NO_FILTER, status: '2xx' }), [
      { field: 'status', wanted: '2xx', was: 'none' },
    ]);
  });

  it('names the closest calls and what keeps them from fitting', () => {
    const calls = [
      entry(1, { provider: 'two', status: 500 }),
      entry(2, { status: 500, path: '/one/v1/payments' }),
      entry(3, { status: 500 }),
      entry(4, { status: 200 }),
    ];
    const misses = nearMisses(calls, { provider: 'one', status: '5xx', text: '/v1/refundz' });
    assert.deepEqual(
      misses.map(({ entry: { sequence }, differs }) => [sequence, differs.map(({ field }) => field)]),
      [
        [3, ['text']],
        [2, ['text']],
        [4, ['status', 'text']],
      ],
    );
  });

  it('says that older calls were not looked at, where the page has the newest only', () => {
    assert.equal(M.calls.noMatch(8, 8), 'No call fits this filter.');
    assert.match(
      M.calls.noMatch(500, 1_508),
      /^None of the newest 500 calls fits .* has not looked at the 1,008 older/,
    );
    assert.equal(M.payments.none(8, 8), 'There is no such payment.');
    assert.match(M.payments.none(100, 150), /^None of the 100 .* one of the 50 others, write its whole id/);
    assert.equal(M.webhooks.noMatch(199, 200), 'No webhook has this text.');
    assert.match(M.webhooks.noMatch(200, 200), /^None of the newest 200 webhooks .* has not looked at older ones/);
  });

  it('measures how much of two texts is the same', () => {
    assert.equal(commonLength('/v1/refunds', '/v2/refunds'), 8);
    assert.equal(commonLength('abc', ''), 0);
  });
});

const provider: SandboxProvider = {
  name: 'one',
  title: 'One',
  prefix: '/one',
  root_prefix: '/api',
  routes: [
    { name: 'create_refund', method: 'POST', path: '/v1/refunds', moves_money: true },
    { name: 'read_refund', method: 'GET', path: '/v1/refunds/{id}', moves_money: false },
    { name: 'read_payment', method: 'GET', path: '/v1/payments/{id}/events', moves_money: false },
  ],
  event_types: [],
  signed: true,
  sign_in: {
    headers: { 'x-token': 'Bearer ${TOKEN}', 'x-client': "it's" },
    token: { path: '/v1/token', headers: { 'x-api-key': '${ONE_API_KEY}' }, member: 'token' },
    key: 'x-key',
    account: 'x-account',
  },
};

describe('the routes close to an unknown path', () => {
  it('have the fewest segments to change, and prefer the same method', () => {
    const names = (method: string, path: string) =>
      closestRoutes({ provider: 'one', method, path }, [provider]).map(({ name }) => name);
    assert.equal(names('POST', '/one/v1/refund')[0], 'create_refund');
    assert.equal(names('GET', '/ns/mine/one/v1/refund/RF1')[0], 'read_refund');
    assert.equal(names('GET', '/one/v1/payments/PI1/event')[0], 'read_payment');
    assert.deepEqual(closestRoutes({ provider: 'other', method: 'GET', path: '/' }, [provider]), []);
  });
});

describe('a copied command', () => {
  const origin = 'http://127.0.0.1:4010';

  it('repeats the method, path, query, key, account and body, and signs in before', () => {
    const call = entry(1, { query: 'a=1&b=2', idempotency_key: 'K-1', account: 'acc', request: { note: "it's $5" } });
    const { text, variables, differs } = curlOf(call, provider, origin);
    assert.equal(
      text,
      `TOKEN=$(curl -s -X POST 'http://127.0.0.1:4010/one/v1/token' \\
  -H "x-api-key: \${ONE_API_KEY}" | sed 's/.*"token":"\\([^"]*\\)".*/\\1/')
curl -s -X POST 'http://127.0.0.1:4010/one/v1/refunds?a=1&b=2' \\
  -H "x-token: Bearer \${TOKEN}" \\
  -H 'x-client: it'\\''s' \\
  -H 'x-key: K-1' \\
  -H 'x-account: acc' \\
  -H 'content-type: application/json' \\
  -d '{"note":"it'\\''s $5"}'`,
    );
    assert.deepEqual(variables, ['ONE_API_KEY']);
    assert.equal(differs, undefined);
  });

  it('signs in below the namespace of the call, and needs no token for the sign-in itself', () => {
    const call = curlOf(entry(1, { path: '/ns/mine/one/v1/refunds' }), provider, origin);
    assert.match(call.text, /^TOKEN=\$\(curl -s -X POST 'http:\/\/127\.0\.0\.1:4010\/ns\/mine\/one\/v1\/token'/);
    for (const path of ['/ns/mine/one/v1/token', '/api/v1/token']) {
      const signIn = curlOf(entry(1, { path, request: null }), provider, origin);
      assert.equal(signIn.text, `curl -s -X POST '${origin}${path}' \\\n  -H "x-api-key: \${ONE_API_KEY}"`);
    }
  });

  it('waits for no body of a HEAD', () => {
    const { text } = curlOf(entry(1, { method: 'HEAD', request: null }), provider, origin);
    assert.match(text, /\ncurl -s -I 'http:/);
    assert.ok(!text.includes('-X HEAD'), text);
  });

  it('asks for no variable that only a body names, because the shell does not fill it in', () => {
    const { text, variables } = curlOf(entry(1, { request: { note: 'from ${HOME}' } }), provider, origin);
    assert.match(text, /-d '\{"note":"from \$\{HOME\}"\}'/);
    assert.deepEqual(variables, ['ONE_API_KEY']);
  });

  it('says when it is not the call itself', () => {
    const redacted = entry(1, { request: { customer: '[redacted]' } });
    assert.equal(curlOf(redacted, provider, origin).differs, 'redacted');
    const masked = entry(1, { request: { ibanNumber: 'KW91****3254' } });
    assert.equal(curlOf(masked, provider, origin).differs, 'redacted');
    const broken = curlOf(entry(1, { request: '[12 characters that are not JSON]' }), provider, origin);
    assert.equal(broken.differs, 'not_json');
    assert.ok(!broken.text.includes(' -d '));
  });

  it('quotes what a shell would read as something else', () => {
    assert.equal(quoted(`a'b"$(c)`), `'a'\\''b"$(c)'`);
  });
});

describe('times', () => {
  it('are shown without their day while it is the day of the clock', () => {
    assert.equal(showTime('2026-11-02T09:00:05+08:00', '2026-11-02T23:00:00+08:00'), '09:00:05');
    assert.equal(showTime('2026-11-01T09:00:05+08:00', '2026-11-02T23:00:00+08:00'), '1 Nov 09:00:05');
  });

  it('have spans in at most two units', () => {
    assert.equal(showSpan(0), '0 s');
    assert.equal(showSpan(14_000), '14 s');
    assert.equal(showSpan(90_000), '1 min 30 s');
    assert.equal(showSpan(4 * 3_600_000), '4 h');
    assert.equal(showSpan(86_400_000 + 3_600_000 + 61_000), '1 day 1 h');
    assert.equal(spanBetween('2026-11-02T09:00:00+08:00', '2026-11-02T02:00:00Z'), 3_600_000);
  });
});

describe('the money of a payment', () => {
  const payment = { currency: 'KWD', captured: '3.000', refunded: '1.000', pending: '1.000', refundable: '1.000' };

  it('is a bar without a gap: each part begins where the one before ends, and the last ends at 100', () => {
    const bars = barsOf(payment);
    assert.deepEqual(
      bars.map(({ part }) => part),
      ['refunded', 'pending', 'refundable'],
    );
    for (const [index, { start }] of bars.entries()) {
      const before = bars[index - 1];
      assert.equal(start, before ? Math.round((before.start + before.width) * 100) / 100 : 0);
    }
    assert.equal(bars[2]!.start + bars[2]!.width, 100);
  });

  it('has no part of an amount that is zero, and no bar without a capture', () => {
    assert.deepEqual(barsOf({ ...payment, refunded: '0.000', pending: '0.000', refundable: '3.000' }), [
      { part: 'refundable', start: 0, width: 100 },
    ]);
    assert.deepEqual(barsOf({ ...payment, captured: '0.000', refunded: '0.000', pending: '0.000' }), []);
  });

  it('is exact beyond what a float can hold', () => {
    assert.equal(showMoney('9007199254740993.001', 'KWD').replaceAll(/\s/g, ' '), 'KWD 9007199254740993.001');
  });
});

describe('an edit of a row', () => {
  const row = { id: 'a', amount: '1.00', metadata: { one: '1' }, gone: null };

  it('sends only the members that the person changed', () => {
    assert.deepEqual(editOf(row, { ...row, amount: '2.00' }), { method: 'PATCH', body: { amount: '2.00' } });
    assert.deepEqual(editOf(row, { ...row, metadata: { one: '2' } })?.body, { metadata: { one: '2' } });
    assert.equal(editOf(row, structuredClone(row)), undefined);
  });

  it('replaces the row when a member was taken out', () => {
    const { gone: _, ...rest } = row;
    assert.deepEqual(editOf(row, rest), { method: 'PUT', body: rest });
  });

  it('knows which members changed meanwhile', () => {
    assert.deepEqual(changedMembers(row, { ...row, amount: '2.00', more: 1 }), ['amount', 'more']);
  });

  it('is refused unless it is a JSON object', () => {
    assert.ok(readRow('{"id":"a"}').ok);
    for (const text of ['[]', '1', 'null', '{', '']) assert.ok(!readRow(text).ok, text);
  });

  it('begins in a table of the members that tell the most', () => {
    const rows = [{ description: 'x', id: 'a', metadata: {}, currency: 'USD', refund_status: 'OK', amount: '1' }];
    assert.deepEqual(columnsOf(rows), ['id', 'currency', 'refund_status', 'amount', 'description']);
  });
});

describe('the parameters of a scenario', () => {
  const params = {
    ms: { about: '', default: 1_000 },
    after: { about: '', duration: true },
  };

  it('are sent as numbers and durations, and left out where nobody changed them', () => {
    const scenario = { name: 'latency', kind: 'fault', about: '', params, providers: ['one'] };
    assert.deepEqual(paramsOf(scenario, { ms: '300', after: 'P3D' }), { ms: 300, after: 'P3D' });
    assert.deepEqual(paramsOf(scenario, { ms: '1000', after: ' ' }), {});
    // The sandbox refuses it, in words.
    assert.deepEqual(paramsOf(scenario, { ms: 'soon' }), { ms: 'soon' });
  });

  it('find the amount that asks for the scenario alone', () => {
    const magic = { '6.01': 'fail', '6.23': 'server_error', '6.24': 'server_error; after_commit=1' };
    assert.equal(magicAmount('server_error', magic), '6.23');
    assert.equal(magicAmount('latency', magic), undefined);
  });
});

describe('the address of the page', () => {
  it('names the view, what it looks for, and the namespace', () => {
    assert.deepEqual(readHash('#payments?PI%201'), { view: 'payments', text: 'PI 1' });
    assert.deepEqual(readHash('#nothing'), { view: 'calls', text: '' });
    assert.deepEqual(readHash('#calls?%'), { view: 'calls', text: '%' });
    assert.deepEqual(readHash(writeHash('webhooks', 'a b')), { view: 'webhooks', text: 'a b' });
    assert.equal(namespaceOf('/ns/mine/_sandbox/'), 'mine');
    assert.equal(namespaceOf('/_sandbox/'), '');
    for (const name of ['', 'mine']) assert.equal(namespaceOf(pageOf(name)), name);
  });
});
