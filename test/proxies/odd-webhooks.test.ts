import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PROXIES } from './list.ts';
import { startProxy } from './support.ts';

for (const { language, command, args, skip } of PROXIES) {
  test(`a header that is not ASCII is no signature to the proxy in ${language}`, { skip }, async (t) => {
    const recorder = 'http://127.0.0.1:9';
    const endpoint = await startProxy(t, { command, args, provider: 'uqpay', recorder });
    const now = String(Math.round(performance.timeOrigin + performance.now()));
    for (const [timestamp, signature] of [
      [now, `${'a'.repeat(127)}é`],
      ['²', 'a'.repeat(128)],
    ] as const) {
      const headers = { 'x-wk-timestamp': timestamp, 'x-wk-signature': signature };
      const answer = await fetch(`${endpoint}/webhooks`, { method: 'POST', headers, body: '{}' });
      assert.equal(answer.status, 401, await answer.text());
    }
  });
}
