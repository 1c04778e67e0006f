import { defineConfig } from '@playwright/test';

import { CHROMIUM_ARGS, ensureHeadlessChromium, findFirefox, findWebKit, isMissing } from '../runner/browser.ts';

/** These engines start slowly on a machine without a graphics card. */
const SLOW_START = { timeout: 90_000, expect: { timeout: 20_000 } };
const FLOWS = 'flows.e2e.ts';
const GTK_FLOWS = 'flows-webkit-gtk.e2e.ts';
const firefox = findFirefox();
const webkit = findWebKit();
const isGtk = !isMissing(webkit) && webkit.kind === 'gtk';
const ownWebKit = !isMissing(webkit) && webkit.kind === 'playwright' ? webkit : undefined;

export default defineConfig({
  testDir: '.',
  testMatch: '*.e2e.ts',
  outputDir: '../../test-results',
  workers: 2,
  fullyParallel: true,
  retries: 0,
  forbidOnly: true,
  timeout: 30_000,
  reporter: [['list'], ['../runner/playwright-reporter.ts']],
  // Everything in Chromium, the main flows in every engine. An engine that is missing skips them.
  projects: [
    {
      name: 'Chromium',
      testIgnore: GTK_FLOWS,
      use: {
        browserName: 'chromium',
        launchOptions: { executablePath: ensureHeadlessChromium(), args: CHROMIUM_ARGS },
      },
    },
    {
      name: 'Firefox',
      ...SLOW_START,
      testMatch: FLOWS,
      use: { browserName: 'firefox', ...(!isMissing(firefox) && { launchOptions: firefox }) },
    },
    {
      name: 'WebKit',
      ...SLOW_START,
      testMatch: isGtk ? GTK_FLOWS : FLOWS,
      use: {
        browserName: 'webkit',
        ...(ownWebKit && { launchOptions: { executablePath: ownWebKit.executablePath } }),
      },
    },
  ],
  use: {
    locale: 'en-GB',
    timezoneId: 'Asia/Kuwait',
    screenshot: 'only-on-failure',
    // A trace of every test costs a fifth of the time: draw it of one test with `--trace=on`.
    trace: 'off',
  },
});
