import { defineConfig } from '@playwright/test';

import { CHROMIUM_ARGS, ensureChromium } from '../runner/browser.ts';

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
  use: {
    browserName: 'chromium',
    launchOptions: { executablePath: ensureChromium(), args: CHROMIUM_ARGS },
    locale: 'en-GB',
    timezoneId: 'Asia/Kuwait',
    screenshot: 'only-on-failure',
    trace: 'retain-on-failure',
  },
});
