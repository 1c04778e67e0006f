import { findWebKit, isMissing } from '../runner/browser.ts';
import { startWebKitDriver, type WebKitDriver } from '../runner/webkit.ts';
import { AdminPage } from './admin-page.ts';
import { seleniumDriver } from './drivers.ts';
import { worldTest } from './fixtures.ts';
import { testFlows, type Flow } from './flows.ts';

/** The flows in WebKitGTK, which Playwright cannot drive. */
const test = worldTest.extend<Pick<Flow, 'admin'>, { readonly webkit: WebKitDriver }>({
  webkit: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixture's needs from this pattern
    async ({}, use) => {
      const found = findWebKit();
      if (isMissing(found) || found.kind !== 'gtk') throw new Error('This machine has no WebKitGTK');
      const driver = await startWebKitDriver(found);
      await use(driver);
      await driver.stop();
    },
    { scope: 'worker' },
  ],
  // A browser of its own for each test, so that no test finds another one's stored keys.
  admin: async ({ webkit, demo }, use) => {
    const browser = await webkit.builder.build();
    await use(new AdminPage(seleniumDriver(browser), demo.url));
    await browser.quit();
  },
});

testFlows(test);
