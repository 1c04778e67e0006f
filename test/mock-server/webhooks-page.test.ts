import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';

import { startReceiver, SECRET } from './receiver.ts';
import { startWorld } from './world.ts';

const PAGE = path.resolve(import.meta.dirname, '../../docs/webhooks.md');

interface Sample {
  readonly isGenuine: (given: { rawBody: string; headers: object; secret: string; now: number }) => boolean;
}

/** Saves the sample code of the page to a file, as a reader would do, and imports it. */
async function sampleOf(page: string, folder: string): Promise<Sample> {
  const [, source = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const file = path.join(folder, 'sample.mjs');
  await writeFile(file, source);
  return (await import(pathToFileURL(file).href)) as Sample;
}

describe('the page about webhooks', () => {
  it('has a sample that accepts genuine webhooks in both units and refuses forged and stale ones', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'webhooks-page-'));
    try {
      const { isGenuine } = await sampleOf(await readFile(PAGE, 'utf8'), folder);
      const now = 1_795_000_000_000;
      await using receiver = await startReceiver();
      await using world = await startWorld({ webhooks: { signedAt: () => now } });
      for (const timestamp of ['milliseconds', 'seconds'] as const) {
        await world.control.addWebhookEndpoint({ provider: 'uqpay', url: receiver.url, timestamp });
      }
      for (const scenario of ['stay_initiated', 'webhook_forged', 'webhook_stale']) {
        await world.refund({ amount: '1.00', metadata: { sandbox_scenario: scenario } });
      }
      await world.control.flushWebhooks();
      const verdicts = receiver.webhooks.map(({ raw, headers }) =>
        isGenuine({ rawBody: raw, headers, secret: SECRET, now }),
      );
      assert.deepEqual(verdicts, [true, true, false, false, false, false]);
      const [first] = receiver.webhooks;
      assert.ok(first);
      const genuine = { rawBody: first.raw, headers: first.headers, secret: SECRET, now };
      assert.equal(isGenuine({ ...genuine, rawBody: `${first.raw} ` }), false);
      assert.equal(isGenuine({ ...genuine, headers: {} }), false);
      assert.equal(isGenuine({ ...genuine, now: now + 300_001 }), false);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('names every control call and flag', async () => {
    const page = await readFile(PAGE, 'utf8');
    await using world = await startWorld();
    const { routes } = (await world.fetch('/_sandbox')).json as { routes: { path: string }[] };
    const webhookRoutes = routes.map((route) => route.path).filter((route) => route.startsWith('/_sandbox/webhooks'));
    assert.ok(webhookRoutes.length >= 6);
    for (const route of webhookRoutes)
      assert.ok(page.includes(route.replace('/_sandbox/webhooks/endpoints/{id}', '.../endpoints/{id}')), route);
    for (const flag of ['--webhook-url', '--callback-url', '--webhook-timestamp', '--allow-webhook-host']) {
      assert.ok(page.includes(flag), flag);
    }
  });
});
