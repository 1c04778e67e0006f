import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright';

import { CHROMIUM_ARGS, ensureHeadlessChromium } from '../../runner/browser.ts';
import { openTestbed, type Testbed } from '../support/testbed.ts';
import { Browsers } from './browsers.ts';
import { Front, HOST } from './front.ts';
import { WIDGET } from './size.ts';

/** What every schedule of one file shares: the testbed with the ledger and the sandbox, one origin, and one browser. */
export interface EyesTestbed {
  readonly testbed: Testbed;
  readonly front: Front;
  readonly browsers: Browsers;
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export async function openEyes(): Promise<EyesTestbed> {
  const widget = fileURLToPath(new URL(WIDGET, `file://${ROOT}`));
  if (!existsSync(widget)) throw new Error(`${widget} is missing: run \`npm run build:widget\` first`);
  const testbed = await openTestbed('sqlite');
  const front = new Front(() => testbed.clock.now);
  await front.open(widget);
  const args = [...CHROMIUM_ARGS, `--host-resolver-rules=MAP ${HOST} 127.0.0.1`];
  const browser = await chromium.launch({ executablePath: ensureHeadlessChromium(), args });
  return {
    testbed,
    front,
    browsers: new Browsers(browser, front.url),
    async close() {
      await browser.close();
      await front.close();
      await testbed.close();
    },
  };
}
