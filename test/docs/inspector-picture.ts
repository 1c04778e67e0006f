import path from 'node:path';

import { chromium } from 'playwright';

import { createSandbox } from '../../mock-server/index.ts';
import { CHROMIUM_ARGS, ensureChromium } from '../runner/browser.ts';
import { makeTraffic } from './inspector-traffic.ts';

/** 2026-11-02T09:00:00+08:00 */
const START = Date.UTC(2026, 10, 2, 1);
const FILE = path.resolve(import.meta.dirname, '../../docs/inspector.png');

// Draws the picture of the inspector in docs/sandbox.md, after `npm run build:inspector`.
await using sandbox = await createSandbox({ clock: 'frozen', startAt: START });
await makeTraffic(sandbox);
const browser = await chromium.launch({ executablePath: ensureChromium(), args: CHROMIUM_ARGS });
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
await page.goto(`${sandbox.url}/`);
await page.getByRole('button', { name: 'drop_after_commit' }).click();
await page.screenshot({ path: FILE });
await browser.close();
console.log(`wrote ${FILE}`);
