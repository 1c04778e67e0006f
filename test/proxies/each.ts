import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test, type TestContext } from 'node:test';

import { buildGo, whyNoGo } from './go.ts';
import { PROXIES } from './list.ts';

export interface Program {
  readonly command: string;
  readonly args: (port: number) => readonly string[];
}

/** The same test of the proxy in each language. `title`: a sentence that ends with the language. */
export function eachProxy(title: string, run: (t: TestContext, program: Program) => Promise<void>): void {
  for (const { language, command, args, skip } of PROXIES) {
    test(`${title} ${language}`, { skip }, (t) => run(t, { command, args }));
  }
  test(`${title} Go`, { skip: whyNoGo() }, async (t) => {
    const folder = await mkdtemp(path.join(tmpdir(), 'refund-proxy-go-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    await run(t, { command: await buildGo(folder), args: () => [] });
  });
}
