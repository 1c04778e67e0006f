import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';

import { SESSION } from '../verify/session.ts';
import { PROXIES } from './list.ts';
import { newFolder } from './starting.ts';
import { stubProvider } from './stub-provider.ts';
import { startProxy } from './support.ts';

const nginx = PROXIES.find(({ language }) => language.startsWith('nginx'))!;
const foldersIn = (place: string) => readdirSync(place).filter((name) => name.startsWith('refund-nginx-'));

/** nginx with its ledger in `place`, or in a new folder. */
async function start(t: TestContext, { place = newFolder(t) } = {}) {
  const stub = await stubProvider(
    t,
    () => ({ currency: 'KWD', captured: '5.000' }),
    () => ({ status: true, data: { refund: [] } }),
  );
  const TMPDIR = newFolder(t);
  let child: ChildProcess | undefined;
  const endpoint = await startProxy(t, {
    ...nginx,
    provider: 'upayments',
    recorder: stub.url,
    ledger: path.join(place, 'ledger.db'),
    env: { TMPDIR },
    started: (its) => (child = its),
  });
  const summary = async () => (await fetch(`${endpoint}/payments/1`, { headers: SESSION })).status;
  return { place, TMPDIR, summary, child: child! };
}

describe('the folder of nginx', { skip: nginx.skip }, () => {
  it('is beside the ledger, where nobody empties it, and what a power cut has left there is removed', async (t) => {
    const place = newFolder(t);
    mkdirSync(path.join(place, 'refund-nginx-left'));
    writeFileSync(path.join(place, 'refund-nginx-left/nginx.conf'), 'credentials');
    const { TMPDIR, summary } = await start(t, { place });
    const first = foldersIn(place);
    assert.deepEqual([first.length, foldersIn(TMPDIR)], [1, []]);
    assert.notEqual(first[0], 'refund-nginx-left');
    const second = await start(t, { place });
    assert.equal(foldersIn(place).length, 2, 'that of another proxy stays');
    assert.deepEqual([await summary(), await second.summary()], [200, 200]);
  });

  it('is that for temporary files where its path is longer than a socket takes', async (t) => {
    const most = 107 - '/refund-nginx-12345678/helper.sock'.length;
    for (const [length, isBeside] of [
      [most, true],
      [most + 1, false],
    ] as const) {
      const above = newFolder(t);
      const place = path.join(above, 'x'.repeat(length - above.length - 1));
      mkdirSync(place);
      const { TMPDIR, summary } = await start(t, { place });
      assert.equal(await summary(), 200);
      assert.deepEqual([foldersIn(place).length, foldersIn(TMPDIR).length], isBeside ? [1, 0] : [0, 1]);
    }
    const place = path.join(newFolder(t), 'a shop');
    mkdirSync(place);
    const { TMPDIR, summary } = await start(t, { place });
    assert.deepEqual([await summary(), foldersIn(TMPDIR).length], [200, 1], 'or where nginx.conf cannot take it');
  });

  it('may lose the file with its pid: nginx runs on, and ends when it is told to', async (t) => {
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const { place, summary, child } = await start(t);
      rmSync(path.join(place, foldersIn(place)[0]!, 'nginx.pid'));
      assert.equal(await summary(), 200);
      // What the starter leaves behind holds its output until it has ended.
      const closed = once(child, 'close');
      child.kill(signal);
      await closed;
      assert.deepEqual(foldersIn(place), []);
      await assert.rejects(summary());
    }
  });
});
