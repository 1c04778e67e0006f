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

/** The form asks the page where it is. */
Object.assign(globalThis, { document: { baseURI: 'http://127.0.0.1:1/' } });

const textOf = ({ body }: Row) => (body === undefined ? '<html>' : JSON.stringify(body));

for (const name of NAMES) {
  const { adapter, profile, behind } = PROVIDERS[name];

  describe(`what ${name} answers means the same`, () => {
    for (const row of [...ANSWERS[name], ...PROBLEM_ROWS]) {
      it(`to the form: ${row.name}`, async () => {
        const told = async (resent: boolean, { replayed = false, deduplicates = false } = {}) => {
          const headers = { 'content-type': 'application/json', ...(replayed && { [IDEMPOTENT_REPLAYED]: 'true' }) };
          const fetch = async () => new Response(textOf(row), { status: row.status, headers });
          const client = new Client({ fetch, timeout: 500 }, 'http://127.0.0.1:1', adapter);
          const read = (body: unknown) => adapter.readCreated(body, {} as never);
          const answer = await client.write({ path: '/', body: {} }, 'KEY', read, { resent, deduplicates });
          if (answer.kind === 'signed_out') return answer.settled ? 'refused' : 'unknown';
          return answer.kind;
        };
        const kinds = { nothing: 'refused', unknown: 'unknown', running: 'running' } as const;
        assert.equal(await told(false), kinds[row.first]);
        assert.equal(await told(true), kinds[row.resent]);
        assert.equal(await told(true, { deduplicates: true }), kinds[row.deduplicated ?? row.resent]);
        assert.equal(await told(true, { replayed: true }), kinds[row.first]);
      });
    }

    for (const row of ANSWERS[name]) {
      for (const route of writesOf(behind)) {
        // A cancel has nothing to tell but that.
        if (route.kind === 'cancel' && row === CANCELLED) continue;
        it(`to the proxy, on ${route.path}: ${row.name}`, () => {
          const { status, body: json } = row;
          const answer = { status, headers: {}, body: new TextEncoder().encode(textOf(row)), json };
          const told = (again: boolean) =>
            route.classify(answer, { body: {}, intent: {} as never, reservations: [], again }).kind;
          const refusal = row.mayRetry ? 'try_again' : 'refused';
          assert.equal(told(false), row.first === 'nothing' ? refusal : 'unknown');
          assert.equal(told(true), row.resent === 'nothing' ? refusal : 'unknown');
        });
      }
    }

    for (const row of [...ANSWERS[name], ...PROBLEM_ROWS]) {
      it(`to verify: ${row.name}`, () => {
        const claim = (resent: boolean) => {
          const { status, body: json } = row;
          const answer = { status, json, headers: {}, text: textOf(row), lost: undefined, ms: 1 };
          const sent = { method: 'POST', path: '/', headers: {}, body: '{}' };
          return claimOf({ sent, resent, answer }, profile);
        };
        // A proxy is held to its own words: any client may take them literally, and a plain 4xx of nobody's too.
        const isProblem = PROBLEM_ROWS.includes(row);
        const isNobodys =
          isRefusal(row.status) && !isTurnedAway(row.status) && !isProblem && !profile.isError(row.body);
        assert.equal(claim(false), isNobodys ? 'nothing' : row.first);
        assert.equal(claim(true), isNobodys ? 'nothing' : isProblem ? row.first : row.resent);
      });
    }
  });
}

describe('the words that an answer is judged by', () => {
  const ROOT = fileURLToPath(new URL('../..', import.meta.url));
  const WORDS =
    /\b(?:idempotency|account|refund|payment|product|invalid_request|api)_error\b|velocity_limit_exceeded|is processing/;

  for (const room of ['widget', 'proxy', 'verify']) {
    it(`stand in contract/ and not in ${room}/`, () => {
      const files = readdirSync(path.join(ROOT, room), { recursive: true, encoding: 'utf8' });
      const found = files
        .filter((file) => file.endsWith('.ts'))
        .flatMap((file) => {
          const lines = readFileSync(path.join(ROOT, room, file), 'utf8').split('\n');
          return lines.filter((line) => WORDS.test(line)).map((line) => `${file}: ${line.trim()}`);
        });
      assert.deepEqual(found, []);
    });
  }
});

function writesOf({ routes }: Provider): readonly WriteRoute[] {
  return routes.filter((route) => route.kind !== 'read');
}
