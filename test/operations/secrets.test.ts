import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

import { parse } from 'yaml';

import { readAnswer, REFUND, uqpayBody } from '../proxy/support/test-proxy.ts';
import { webhook } from '../proxy/support/webhook.ts';
import { ROOT, inFolder, startService } from './support/host.ts';
import { block, replacePlaces } from './support/document.ts';
import { service } from './support/payments.ts';

const TOKEN = 'POST /v1/connect/token';
const SECRETS: Readonly<Record<string, string>> = {
  'user-secret': 'a-secret-of-the-front-end',
  'uqpay-api-key': 'the-first-key',
  'uqpay-webhook-secret': 'the-first-webhook-secret',
  'uqpay-previous-webhook-secret': 'the-first-webhook-secret',
  'upayments-token': 'the-first-token',
};

/** Starts the service with its secrets in the files of the page. */
async function withFiles(t: Parameters<typeof service>[0]) {
  const machine = await service(t);
  assert.equal(await machine.proxy.stop(), 0);
  const folder = path.join(machine.folder, 'etc/secrets');
  await mkdir(folder);
  for (const [name, secret] of Object.entries(SECRETS))
    await writeFile(path.join(folder, name), secret, { mode: 0o640 });
  const lines = inFolder(block('proxy.env-with-files'), machine.folder).trim().split('\n');
  const fileVariables = new Set(lines.map((line) => line.split('_FILE=')[0]!));
  const before = (await readFile(machine.environmentFile, 'utf8')).trim().split('\n');
  const otherLines = before.filter((line) => !fileVariables.has(line.split('=')[0]!));
  await writeFile(machine.environmentFile, `${[...otherLines, ...lines].join('\n')}\n`);
  const proxy = await startService(t, machine, { REFUND_APPROVAL_ABOVE: '' });
  const refund = () => machine.post(`/refunds/uqpay${REFUND}`, uqpayBody('1.00'), undefined, proxy.url);
  return { ...machine, proxy, refund };
}

test('the proxy uses a changed API key without a restart and loses no refund', async (t) => {
  const { provider, refund, run, proxy } = await withFiles(t);
  assert.equal((await refund()).status, 200);
  assert.equal(provider.callsOf(TOKEN).at(-1)?.headers['x-api-key'], 'the-first-key');
  const { code, stderr } = await run(block('rotate-key'), { new: 'the-second-key' });
  assert.equal(code, 0, stderr);
  assert.equal((await refund()).status, 200);
  assert.equal(provider.callsOf(TOKEN).at(-1)?.headers['x-api-key'], 'the-second-key');
  assert.equal(await proxy.stop(), 0);
});

test('the proxy accepts both webhook secrets during the rotation and only the new one afterwards', async (t) => {
  const { refund, run, proxy } = await withFiles(t);
  assert.equal((await refund()).status, 200);
  const webhookStatus = async (secret: string) => {
    const { headers, body } = webhook(
      { refund: 'RF1', status: 'SUCCEEDED', amount: '1.00' },
      { at: Date.now(), secret },
    );
    return (await readAnswer(await fetch(`${proxy.url}/refunds/uqpay/webhooks`, { method: 'POST', headers, body })))
      .status;
  };
  const bothStatuses = async () => [
    await webhookStatus('the-first-webhook-secret'),
    await webhookStatus('the-second-webhook-secret'),
  ];
  assert.deepEqual(await bothStatuses(), [200, 401]);
  assert.equal((await run(block('rotate-webhook-secret'), { new: 'the-second-webhook-secret' })).code, 0);
  assert.deepEqual(await bothStatuses(), [200, 200]);
  const metrics = await (await fetch(`${proxy.url}/metrics`)).text();
  assert.match(metrics, /refund_proxy_webhook_signatures_total\{[^}]*secret="previous"[^}]*\} 1/);
  assert.equal((await run(block('end-rotation'))).code, 0);
  assert.deepEqual(await bothStatuses(), [401, 200]);
  assert.equal(await proxy.stop(), 0);
});

test('the Prometheus configuration of the page reads the metrics of the proxy and existing rules', async (t) => {
  const { proxy } = await service(t);
  const text = replacePlaces(block('/etc/prometheus/prometheus.yml'), {
    '127.0.0.1:4020': new URL(proxy.url).host,
    '/etc/prometheus/refund-form-alerts.yaml': path.join(ROOT, 'docs/operations/alerts.yaml'),
  });
  const { scrape_configs: jobs, rule_files: rules } = parse(text) as {
    scrape_configs: { static_configs: { targets: string[] }[] }[];
    rule_files: string[];
  };
  const answer = await fetch(`http://${jobs[0]!.static_configs[0]!.targets[0]!}/metrics`);
  assert.match(await answer.text(), /refund_proxy_unknown_intents/);
  assert.ok(parse(await readFile(rules[0]!, 'utf8')));
});
