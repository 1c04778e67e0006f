import { findFirefox, findWebKit, isMissing } from '../runner/browser.ts';
import { AdminPage } from './admin-page.ts';
import { playwrightDriver } from './drivers.ts';
import { test as base } from './fixtures.ts';
import { testFlows, type Flow } from './flows.ts';

const test = base.extend<Pick<Flow, 'admin'>>({
  admin: async ({ page, demo }, use) => {
    await use(new AdminPage(playwrightDriver(page), demo.url));
  },
});

for (const [engine, found] of [
  ['firefox', findFirefox()],
  ['webkit', findWebKit()],
] as const) {
  if (isMissing(found)) test.skip(({ browserName }) => browserName === engine, found.reason);
}

testFlows(test);
