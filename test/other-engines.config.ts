import { defaultReporter, type BrowserLauncher, type TestRunnerConfig } from '@web/test-runner';
import { playwrightLauncher } from '@web/test-runner-playwright';
import { seleniumLauncher } from '@web/test-runner-selenium';

import { findFirefox, findWebKit, isMissing, type Firefox, type WebKit } from './runner/browser.ts';
import { assertBuilt, pageOfBuiltFile } from './runner/built-file.ts';
import { startWebKitDriver } from './runner/webkit.ts';
import { tallyReporter } from './runner/wtr-reporter.ts';
import { EVERY_ENGINE } from './runner/wtr-settings.ts';

function firefoxLauncher(launchOptions: Firefox): BrowserLauncher {
  return Object.assign(playwrightLauncher({ product: 'firefox', concurrency: 1, launchOptions }), { name: 'Firefox' });
}

async function webkitLauncher(found: WebKit): Promise<BrowserLauncher> {
  if (found.kind === 'playwright') {
    const { executablePath } = found;
    return playwrightLauncher({ product: 'webkit', concurrency: 1, launchOptions: { executablePath } });
  }
  const driver = await startWebKitDriver(found);
  const launcher = seleniumLauncher({ driverBuilder: driver.builder });
  const [initialize, stop] = [launcher.initialize.bind(launcher), launcher.stop.bind(launcher)];
  // A cast, because its types were not written for `exactOptionalPropertyTypes`.
  return Object.assign(launcher as BrowserLauncher, {
    concurrency: 1,
    async initialize(config: Parameters<typeof initialize>[0]) {
      await initialize(config);
      // Otherwise it is called MiniBrowser.
      launcher.name = 'WebKit';
    },
    async stop() {
      await stop();
      await driver.stop();
    },
  });
}

assertBuilt();
const [firefox, webkit] = [findFirefox(), findWebKit()];
const browsers: BrowserLauncher[] = [];
if (!isMissing(firefox)) browsers.push(firefoxLauncher(firefox));
if (!isMissing(webkit)) browsers.push(await webkitLauncher(webkit));

/** The widget's tests in Firefox and WebKit. Those that use the element run on the built file, because it is what ships. */
export default {
  ...EVERY_ENGINE,
  files: ['test/widget/**/*.test.ts'],
  browsers,
  testRunnerHtml: pageOfBuiltFile,
  // Both engines run at once, and a page in a virtual screen starts slowly.
  browserStartTimeout: 60_000,
  testFramework: { config: { timeout: 20_000 } },
  reporters: [defaultReporter({ reportTestProgress: false }), tallyReporter()],
} satisfies TestRunnerConfig;
