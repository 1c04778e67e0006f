import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';

/** Numbers in the sentences of the pages, each with the code that decides it. Tables and generated pages have tests of their own. */
interface PageNumber {
  readonly page: string;
  /** The words around it; captures the number. */
  readonly said: RegExp;
  readonly file: string;
  /** Captures the number in the code, or a product of numbers. */
  readonly at: RegExp;
  /** What the code counts in one unit of the page: 1,000 for seconds in the page and milliseconds in the code. */
  readonly unit?: number;
}

const SECOND = 1000;
const HOUR = 3_600_000;

const NUMBERS: readonly PageNumber[] = [
  {
    page: 'README.md',
    said: /one file, ([\d.]+) kB gzip/,
    file: 'test/size.ts',
    at: /^const BUDGET = ([\d_]+)/m,
    unit: 1000,
  },
  {
    page: 'docs/items.md',
    said: /longer than (\d+) characters/,
    file: 'widget/adapters/uqpay.ts',
    at: /METADATA_LIMIT = (\d+)/,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /At most (\d+) requests of one payment may wait/,
    file: 'proxy/ledger/rules/admission.ts',
    at: /^const MAX_WAITING = (\d+)/m,
  },
  {
    page: 'docs/proxy/upkeep.md',
    said: /with SQLite (\d+) ms for each transaction/,
    file: 'proxy/ledger/stores/sqlite/sqlite.ts',
    at: /busyTimeoutMs = (\d+)/,
  },
  {
    page: 'docs/proxy/upkeep.md',
    said: /with PostgreSQL (\d+) seconds/,
    file: 'proxy/ledger/stores/postgres/postgres.ts',
    at: /waitMs = ([\d_]+)/,
    unit: SECOND,
  },
  ...['docs/embedding.md', 'docs/reference.md'].map((page) => ({
    page,
    said: /call within (\d+) ms of the one before/,
    file: 'widget/flow/pressed.ts',
    at: /SAME_PRESS = (\d+)/,
  })),
  {
    page: 'docs/operations/incidents.md',
    said: /same key again, for (\d+) hours/,
    file: 'widget/adapters/uqpay.ts',
    at: /idempotentUpstream: ([\d *]+)/,
    unit: HOUR,
  },
  {
    page: 'docs/operations/alarms.md',
    said: /same key for (\d+) hours/,
    file: 'widget/adapters/uqpay.ts',
    at: /idempotentUpstream: ([\d *]+)/,
    unit: HOUR,
  },
  {
    page: 'docs/recipes.md',
    said: /UQPAY recognises the same key for (\d+) hours/,
    file: 'widget/adapters/uqpay.ts',
    at: /idempotentUpstream: ([\d *]+)/,
    unit: HOUR,
  },
  {
    page: 'docs/lost-answer.md',
    said: /recognises a key \[for (\d+) hours/,
    file: 'widget/adapters/uqpay.ts',
    at: /idempotentUpstream: ([\d *]+)/,
    unit: HOUR,
  },
  {
    page: 'docs/proxy.md',
    said: /REFUND_USER_SECRET`, at least (\d+) characters/,
    file: 'proxy/server/stand-alone/variables.ts',
    at: /minLength\((\d+), 'expected at least/,
  },
  {
    page: 'docs/proxy/upkeep.md',
    said: /clocks of the instances within (5) seconds/,
    file: 'proxy/ledger/rules/clocks.ts',
    at: /INSTANCES_APART_MS = ([\d_]+)/,
    unit: 1000,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /asks (1), 3, 7, 15 and 31 days after/,
    file: 'proxy/ledger/rules/fact.ts',
    at: /FIRST_FOLLOW_MS = ([\d_]+)/,
    unit: 24 * HOUR,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /or (\d+) hours without a decision/,
    file: 'proxy/proxy.ts',
    at: /approvalMs: options\.approvalMs \?\? ([\d_]+)/,
    unit: HOUR,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /differ from the proxy's clock by at most (\d+) seconds/,
    file: 'contract/webhooks.ts',
    at: /UQPAY_WEBHOOK_TOLERANCE_MS = ([\d_ *]+)/,
    unit: SECOND,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /another instance arrives within (\d+) seconds/,
    file: 'proxy/http/events.ts',
    at: /LOOK_MS = ([\d_]+)/,
    unit: SECOND,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /heartbeat comes every (\d+) seconds/,
    file: 'proxy/http/events.ts',
    at: /HEARTBEAT_MS = ([\d_]+)/,
    unit: SECOND,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /for up to (\d+) payments in one stream/,
    file: 'proxy/http/events.ts',
    at: /MAX_PAYMENTS = (\d+)/,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /follow at\smost (\d+) payments/,
    file: 'proxy/http/events.ts',
    at: /MAX_STREAMS = (\d+)/,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /One user may have (\d+) streams/,
    file: 'proxy/http/events.ts',
    at: /MAX_PER_USER = (\d+)/,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /first retry comes after (\d+) seconds/,
    file: 'proxy/refunds/announce.ts',
    at: /FIRST_RETRY_MS = ([\d_]+)/,
    unit: SECOND,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /until its call has ended, plus (\d+) seconds/,
    file: 'proxy/refunds/announce.ts',
    at: /LEASE_MARGIN_MS = ([\d_]+)/,
    unit: SECOND,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /A stream ends after (ten) minutes/,
    file: 'proxy/http/events.ts',
    at: /LONGEST_MS = ([\d_]+)/,
    unit: 60 * SECOND,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /nobody reads it for (half a) minute/,
    file: 'proxy/http/events.ts',
    at: /UNREAD_MS = ([\d_]+)/,
    unit: 60 * SECOND,
  },
  {
    page: 'docs/proxy/behaviour.md',
    said: /twice as long, up to (one) hour/,
    file: 'proxy/refunds/announce.ts',
    at: /MAX_RETRY_MS = ([\d_]+)/,
    unit: HOUR,
  },
  {
    page: 'docs/sandbox/providers.md',
    said: /nobody pays expires after (\d+) minutes/,
    file: 'mock-server/core/providers/uqpay/lifecycle.ts',
    at: /UQPAY_INTENT_LIFETIME = (\d+) \* MINUTE/,
  },
  {
    page: 'docs/wire/providers.md',
    said: /UQPAY recognises a key for (\d+) hours/,
    file: 'widget/adapters/uqpay.ts',
    at: /idempotentUpstream: ([\d *]+)/,
    unit: HOUR,
  },
  {
    page: 'docs/wire/providers.md',
    said: /Our\sproxy leaves (ten)\./,
    file: 'proxy/providers/uqpay/uqpay.ts',
    at: /RESEND_WINDOW_MS = 86_400_000 - ([\d_]+)/,
    unit: 60 * SECOND,
  },
  {
    page: 'docs/wire/requests.md',
    said: /`reason`,\s(\d+) to 500 characters/,
    file: 'contract/intents.ts',
    at: /minLength\((\d+)\), z\.maxLength\(500\)/,
  },
];

const UNIT = 'ms|kB|MB|seconds?|minutes?|hours?|days?|bytes|characters|requests|payments|streams|digits|decimals';
const COUNTED = new RegExp(`\\d[\\d,.]*(?: to \\d+| and \\d+)? (?:${UNIT})\\b`, 'g');
/** Its numbers come from the files that hold them, or from the sources that it names. */
const HAS_OTHER_TEST = /^docs\/(?:benchmark|reference|verify|scenarios)\.md$|^docs\/providers\//;

const WORDS: Readonly<Record<string, number>> = { 'half a': 0.5, one: 1, ten: 10 };

function compute(product: string): number {
  return product.split('*').reduce((all, factor) => all * Number(factor.replaceAll('_', '')), 1);
}

const sentences = (page: string) =>
  readFileSync(page, 'utf8')
    .replaceAll(/^```.*?^```/gms, '')
    .replaceAll(/^\|.*$/gm, '');

describe('the numbers in the sentences of the pages', () => {
  for (const { page, said, file, at, unit = 1 } of NUMBERS) {
    it(`${page}: ${said.source}`, () => {
      const written = said.exec(readFileSync(page, 'utf8'))?.[1];
      const coded = at.exec(readFileSync(file, 'utf8'))?.[1];
      assert.ok(written !== undefined, `${page} does not say it any more`);
      assert.ok(coded !== undefined, `${file} does not decide it any more`);
      assert.equal(WORDS[written] ?? Number(written.replaceAll(',', '')), compute(coded) / unit);
    });
  }

  it('are all checked', () => {
    const unchecked = globSync(['README.md', 'docs/**/*.md'])
      .filter((page) => !HAS_OTHER_TEST.test(page))
      .flatMap((page) => {
        const text = NUMBERS.filter((number) => number.page === page).reduce(
          (rest, { said }) => rest.replace(said, ''),
          sentences(page),
        );
        return [...text.matchAll(COUNTED)].map(({ 0: found, index }) => {
          return `${page}: ${text.slice(Math.max(0, index - 40), index + found.length).replaceAll(/\s+/g, ' ')}`;
        });
      });
    assert.deepEqual(unchecked, []);
  });
});
