import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';

import { formatReport, ordersOf, type Report, type VerifyOptions } from '../../verify/index.ts';
import { startFaultyProxy, type FaultyOptions } from './faulty-proxy.ts';
import { bench, idsOf, PROXY_TIMEOUT_MS } from './support.ts';

type Proxy = Pick<FaultyOptions, 'fault' | 'habits' | 'orders'> & { readonly provider?: FaultyOptions['provider'] };

async function reportOn(
  t: TestContext,
  { provider = 'uqpay', ...proxy }: Proxy,
  options: Partial<VerifyOptions> = {},
): Promise<Report> {
  const { verify, recorder } = await bench(t);
  const started = await startFaultyProxy({ provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS, ...proxy });
  t.after(() => started.close());
  return verify(started.endpoint, { provider, ...options });
}

function reasonsOf({ results }: Report): Record<string, string> {
  return Object.fromEntries(results.map(({ id, outcome, reason }) => [id, reason ?? outcome]));
}

// Most of their time is waiting for a provider that does not answer.
describe('verify', { concurrency: 4 }, () => {
  describe('a check leaves the proxy able to refund', { concurrency: 4 }, () => {
    for (const [fault, check] of [
      ['negative-counted', 'odd-amounts'],
      ['lost-frees', 'lost-answer-counted'],
      ['equal-refund-mistaken', 'lost-answer-not-mistaken'],
      ['secrets-in-headers', 'credentials-not-leaked'],
    ] as const) {
      it(`finds ${fault} in a proxy that does not renew its token either`, async (t) => {
        const only = ['token-renewed', 'token-missing', check];
        const report = await reportOn(t, { fault: ['token-never-renewed', fault] }, { only });
        assert.deepEqual(idsOf(report, 'failed'), ['token-renewed', check], formatReport(report));
        assert.equal(report.verdict, 'fails');
      });
    }
  });

  describe('while no plain refund goes through', { concurrency: 4 }, () => {
    it('a check that expects no call of the provider is not judged, and neither is the one before it', async (t) => {
      const only = ['sign-in', 'guard-form-header', 'over-refund-unsent', 'odd-amounts', 'credentials-not-leaked'];
      const report = await reportOn(t, { habits: ['lockout'] }, { only });
      assert.deepEqual(idsOf(report, 'not_judged'), only, formatReport(report));
      assert.equal(report.verdict, 'incomplete');
      const refused = 'it was answered 403 with effect: nothing, and the provider was not called';
      const reason = `Since sign-in a plain refund does not go through any more: ${refused}`;
      assert.deepEqual(
        Object.values(reasonsOf(report)),
        Array.from(only, () => reason),
      );
    });

    it('a credential in an answer is found all the same', async (t) => {
      const only = ['sign-in', 'credentials-not-leaked'];
      const report = await reportOn(t, { habits: ['lockout'], fault: 'secrets-in-headers' }, { only });
      assert.deepEqual(idsOf(report, 'failed'), ['credentials-not-leaked'], formatReport(report));
    });

    it('the checks go on when the proxy has recovered', async (t) => {
      const report = await reportOn(
        t,
        { habits: ['breaker'] },
        { only: ['lost-answer', 'rate-limit', 'token-shared'] },
      );
      const refused = 'it was answered 503 with effect: nothing, and the provider was not called';
      assert.deepEqual(reasonsOf(report), {
        'lost-answer': 'The proxy did not send the refund, so no answer to it was lost',
        'rate-limit': `Since lost-answer a plain refund does not go through any more: ${refused}`,
        'token-shared': 'passed',
      });
    });
  });

  describe('what a proxy need not do', { concurrency: 4 }, () => {
    it('is left out with a note: webhooks', async (t) => {
      const only = ['guard-cors', 'webhook-forged', 'webhook-genuine', 'webhook-twice'];
      const report = await reportOn(t, { habits: ['no-webhooks'] }, { only });
      assert.equal(report.verdict, 'passes', formatReport(report));
      assert.deepEqual(idsOf(report, 'passed'), ['guard-cors']);
      const left = 'webhook-forged, webhook-genuine, webhook-twice are left out';
      assert.deepEqual(report.notes, [`The proxy receives nothing at POST /webhooks below the endpoint: ${left}`]);
    });

    it('is left out with a note: the payment', async (t) => {
      const only = ['lost-answer-recorded', 'lost-answer-counted'];
      const report = await reportOn(t, { habits: ['no-payments'] }, { only });
      assert.deepEqual(idsOf(report, 'passed'), ['lost-answer-counted'], formatReport(report));
      assert.deepEqual(report.notes, ['The proxy answers no GET /payments/{id}: lost-answer-recorded is left out']);
    });

    it('is left out with a note: refunds over vendors, and cancels, where no order is over vendors', async (t) => {
      const report = await reportOn(t, { provider: 'upayments', habits: ['no-vendors'] });
      assert.equal(report.verdict, 'passes_required', formatReport(report));
      assert.deepEqual(idsOf(report, 'failed', 'not_judged'), ['cancel'], formatReport(report));
      const left = 'vendors-counted, vendors are left out';
      const note = `The proxy serves no POST /create-multivendor-refund, as for a merchant without vendors: ${left}`;
      assert.ok(report.notes.includes(note), report.notes.join());
    });

    it('is not to pass on an order over vendors without the path of step 2', async (t) => {
      const only = ['vendors', 'vendors-counted', 'same-key-concurrent'];
      const report = await reportOn(t, { provider: 'upayments', habits: ['no-vendors', 'opens-vendors'] }, { only });
      assert.deepEqual(idsOf(report, 'failed', 'not_judged'), ['vendors'], formatReport(report));
    });

    it('is left out with a note: live status', async (t) => {
      const report = await reportOn(t, { habits: ['no-live'] }, { only: ['live-true', 'live-told', 'guard-cors'] });
      assert.deepEqual(idsOf(report, 'passed'), ['guard-cors'], formatReport(report));
      const left = 'live-true, live-told are left out';
      assert.deepEqual(report.notes, [`GET / says nothing of live status (events, max_event_payments): ${left}`]);
    });

    it('is left out with a note: the name of who has signed in', async (t) => {
      const report = await reportOn(t, { habits: ['no-user'] }, { only: ['user-changed', 'guard-cors'] });
      assert.deepEqual(idsOf(report, 'passed'), ['guard-cors'], formatReport(report));
      assert.match(report.notes.join(), /names nobody as permission\.user, [^:]+: user-changed is left out/);
    });

    it('is to say of a reused key that nothing was refunded, while its first request is unknown', async (t) => {
      const only = ['same-key-other-payment'];
      const report = await reportOn(t, { provider: 'upayments', habits: ['reuse-unknown'] }, { only });
      assert.deepEqual(idsOf(report, 'passed'), only, formatReport(report));
    });

    it('is left out with a note: other currencies', async (t) => {
      const only = ['currencies-unchanged', 'currencies-counted', 'payment-summary'];
      const report = await reportOn(t, { habits: ['no-other-currencies'] }, { only });
      assert.deepEqual(idsOf(report, 'passed'), ['currencies-counted', 'payment-summary'], formatReport(report));
      assert.ok(report.notes.includes('The proxy refuses a refund of 1.005 KWD, so nothing is said of it'));
      assert.match(
        report.notes.at(-1) ?? '',
        /^The proxy takes no payments in other currencies: currencies-unchanged is/,
      );
    });

    it('is left out with a note: payments in other currencies than those of --payment', async (t) => {
      const report = await reportOn(t, {}, { only: ['currencies-unchanged', 'guard-cors'], payments: ['PI-given'] });
      assert.deepEqual(idsOf(report, 'passed'), ['guard-cors'], formatReport(report));
      assert.match(report.notes[0] ?? '', /^With --payment verify makes no payments in other currencies/);
    });
  });

  describe('a proxy that refuses a second refund while one is pending', { concurrency: 4 }, () => {
    for (const provider of ['uqpay', 'upayments'] as const) {
      it(`passes for ${provider}, and a note says what is left out`, async (t) => {
        const report = await reportOn(t, { provider, habits: ['one-pending'] });
        assert.equal(report.verdict, 'passes', formatReport(report));
        assert.match(report.notes.join(), /refuses a second refund of a payment while the first is pending: [^,]/);
      });
    }
  });

  describe('a proxy that is given the printed orders', { concurrency: 4 }, () => {
    for (const [provider, run] of [
      ['uqpay', 901],
      ['upayments', 902],
    ] as const) {
      it(`passes every check for ${provider}`, async (t) => {
        const report = await reportOn(t, { provider, orders: ordersOf(provider, run) }, { run });
        assert.equal(report.verdict, 'passes', formatReport(report));
      });
    }

    it('has payments of three currencies for UQPAY, and orders over vendors for UPayments', () => {
      const captures = (provider: string) => [
        ...new Set(ordersOf(provider, 7).map(({ currency, captured }) => `${captured} ${currency}`)),
      ];
      assert.deepEqual(captures('uqpay'), ['250.00 USD', '100.000 KWD', '25000 JPY']);
      assert.deepEqual(captures('upayments'), ['100.000 KWD', '80.000 KWD']);
      const ids = ordersOf('uqpay', 7).map(({ payment_id: id }) => id);
      assert.equal(new Set(ids).size, ids.length);
    });
  });
});
