import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { formatReport, runVerify, type Report } from '../../verify/index.ts';
import { startFaultyProxy, type FaultyProxy } from './faulty-proxy.ts';
import { SESSION } from './session.ts';
import { bench, idsOf, PROXY_TIMEOUT_MS, type ProviderName } from './support.ts';

const only = ['key-after-restart', 'sent-at-restart'];

async function reportOn(
  t: TestContext,
  provider: ProviderName,
  restart: ((proxy: FaultyProxy) => void) | undefined,
): Promise<Report> {
  const { verify, recorder } = await bench(t);
  const proxy = await startFaultyProxy({ provider, upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS });
  t.after(() => proxy.close());
  return verify(proxy.endpoint, { only, ...(restart && { restart: async () => restart(proxy) }) });
}

describe('a proxy that is restarted', () => {
  for (const provider of ['uqpay', 'upayments'] as const) {
    it(`fails for ${provider} when it forgets its keys and sums`, async (t) => {
      const report = await reportOn(t, provider, (proxy) => proxy.forget());
      assert.deepEqual(idsOf(report, 'failed'), only, formatReport(report));
    });

    it(`passes for ${provider} when it still knows them`, async (t) => {
      const report = await reportOn(t, provider, () => undefined);
      assert.deepEqual(idsOf(report, 'passed'), only, formatReport(report));
    });
  }

  it('is not judged without --restart, and a note says so', async (t) => {
    const report = await reportOn(t, 'uqpay', undefined);
    assert.deepEqual(report.results, []);
    assert.match(report.notes.join(), /nothing is said of what it then remembers/);
  });

  for (const [what, exit, outcome] of [
    ['runs', 0, 'passed'],
    ['does not judge it by a command that fails', 3, 'not_judged'],
  ] as const) {
    it(`${what}: the command of --restart that ends with ${exit}`, async (t) => {
      const { sandbox, port, recorder } = await bench(t);
      const proxy = await startFaultyProxy({ provider: 'uqpay', upstream: recorder, timeoutMs: PROXY_TIMEOUT_MS });
      t.after(() => proxy.close());
      const folder = await mkdtemp(path.join(tmpdir(), 'refund-restart-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const file = path.join(folder, 'restarted');
      const [[name, value] = []] = Object.entries(SESSION);
      const printed: string[] = [];
      const places = ['--sandbox', sandbox, '--port', String(port), '--proxy-timeout', String(PROXY_TIMEOUT_MS)];
      const how = ['--header', `${name}: ${value}`, '--only', only.join(), '--json'];
      const command = ['--restart', `echo done >> '${file}'; exit ${exit}`];
      await runVerify([proxy.endpoint, ...places, ...how, ...command], {
        print: (text) => void printed.push(text),
        complain: () => undefined,
      });
      assert.equal(await readFile(file, 'utf8'), 'done\n'.repeat(only.length));
      const { results } = JSON.parse(printed.join('')) as Report;
      assert.deepEqual(
        results.map((result) => [result.outcome, result.reason?.replace(/: echo.*/, '')]),
        only.map(() => [outcome, exit === 0 ? undefined : '--restart: the command ended with 3']),
      );
    });
  }
});
