import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

import { IDEMPOTENT_REPLAYED, isRefusal, isTurnedAway } from '../../contract/index.ts';
import { upayments as upaymentsBehindProxy, uqpay as uqpayBehindProxy } from '../../proxy/index.ts';
import type { Provider, WriteRoute } from '../../proxy/providers/provider.ts';
import { claimOf } from '../../verify/claim.ts';
import { upayments as upaymentsProfile } from '../../verify/upayments.ts';
import { uqpay as uqpayProfile } from '../../verify/uqpay.ts';
import { upayments as upaymentsAdapter } from '../../widget/adapters/upayments.ts';
import { uqpay as uqpayAdapter } from '../../widget/adapters/uqpay.ts';
import { Client } from '../../widget/flow/client.ts';
import { ANSWERS, CANCELLED, PROBLEM_ROWS, type Row } from './judge-table.ts';

const baseUrl = 'http://127.0.0.1:1';
const PROVIDERS = {
  uqpay: {
    adapter: uqpayAdapter,
    profile: uqpayProfile,
    behind: uqpayBehindProxy({ baseUrl, clientId: 'c', apiKey: 'k' }),
  },
  upayments: {
    adapter: upaymentsAdapter,
    profile: upaymentsProfile,
    behind: upaymentsBehindProxy({ baseUrl, token: 't' }),
  },
} as const;
const NAMES = ['uqpay', 'upayments'] as const;

/** The form reads the address of its page. */
Object.assign(globalThis, { document: { baseURI: 'http://127.0.0.1:1/' } });

const textOf = ({ body }: Row) => (body === undefined ? '<html>' : JSON.stringify(body));

for (const name of NAMES) {
  const { adapter, profile, behind } = PROVIDERS[name];

  describe(`an answer of ${name} has the same meaning`, () => {
    for (const row of [...ANSWERS[name], ...PROBLEM_ROWS]) {
      it(`for the form: ${row.name}`, async () => {
        const outcome = async (resent: boolean, { replayed = false, deduplicates = false } = {}) => {
          const headers = { 'content-type': 'application/json', ...(replayed && { [IDEMPOTENT_REPLAYED]: 'true' }) };
          const fetch = async () => new Response(textOf(row), { status: row.status, headers });
          const client = new Client(
            { fetch, timeout: 500, now: Date.now, elapsed: Date.now },
            'http://127.0.0.1:1',
            adapter,
          );
          const read = (body: unknown) => adapter.readCreated(body, {} as never);
          const answer = await client.write({ path: '/', body: {} }, 'KEY', read, { resent, deduplicates });
          if (answer.kind === 'signed_out') return answer.settled ? 'refused' : 'unknown';
          return answer.kind;
        };
        const kinds = { nothing: 'refused', unknown: 'unknown', running: 'running' } as const;
        assert.equal(await outcome(false), kinds[row.first]);
        assert.equal(await outcome(true), kinds[row.resent]);
        assert.equal(await outcome(true, { deduplicates: true }), kinds[row.deduplicated ?? row.resent]);
        assert.equal(await outcome(true, { replayed: true }), kinds[row.first]);
      });
    }

    for (const row of ANSWERS[name]) {
      for (const route of writesOf(behind)) {
        // For a cancel this answer is a success.
        if (route.kind === 'cancel' && row === CANCELLED) continue;
        it(`for the proxy, on ${route.path}: ${row.name}`, () => {
          const { status, body: json } = row;
          const answer = { status, headers: {}, body: new TextEncoder().encode(textOf(row)), json };
          const outcome = (again: boolean) =>
            route.classify(answer, { body: {}, intent: {} as never, reservations: [], again }).kind;
          const refusal = row.mayRetry ? 'try_again' : 'refused';
          assert.equal(outcome(false), (row.ofLedger ?? row.first) === 'nothing' ? refusal : 'unknown');
          assert.equal(outcome(true), row.resent === 'nothing' ? refusal : 'unknown');
        });
      }
    }

    for (const row of [...ANSWERS[name], ...PROBLEM_ROWS]) {
      it(`for verify: ${row.name}`, () => {
        const claim = (resent: boolean) => {
          const { status, body: json } = row;
          const answer = { status, json, headers: {}, text: textOf(row), lost: undefined, ms: 1 };
          const sent = { method: 'POST', path: '/', headers: {}, body: '{}' };
          return claimOf({ sent, resent, answer }, profile);
        };
        // verify takes a problem of the proxy literally, as any client may do. The same is true for a 4xx of unknown origin.
        const isProblem = PROBLEM_ROWS.includes(row);
        const isOfUnknownOrigin =
          isRefusal(row.status) && !isTurnedAway(row.status) && !isProblem && !profile.isError(row.body);
        assert.equal(claim(false), isOfUnknownOrigin ? 'nothing' : row.first);
        assert.equal(claim(true), isOfUnknownOrigin ? 'nothing' : isProblem ? row.first : row.resent);
      });
    }
  });
}

describe('the error words that decide the meaning of an answer', () => {
  const ROOT = fileURLToPath(new URL('../..', import.meta.url));
  const WORDS =
    /\b(?:idempotency|account|refund|payment|product|invalid_request|api)_error\b|velocity_limit_exceeded|is processing/;

  for (const room of ['widget', 'proxy', 'verify']) {
    it(`are in contract/ and not in ${room}/`, () => {
      const files = readdirSync(path.join(ROOT, room), { recursive: true, encoding: 'utf8' });
      const matches = files
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => {
          const lines = readFileSync(path.join(ROOT, room, file), 'utf8').split('\n');
          return lines.filter((line) => WORDS.test(line)).map((line) => `${file}: ${line.trim()}`);
        });
      assert.deepEqual(matches, []);
    });
  }
});

function writesOf({ routes }: Provider): readonly WriteRoute[] {
  return routes.filter((route) => route.kind !== 'read');
}
