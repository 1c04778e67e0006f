import path from 'node:path';

import { defaultReporter, type TestRunnerConfig } from '@web/test-runner';
import { playwrightLauncher } from '@web/test-runner-playwright';

import { CHROMIUM_ARGS, ensureHeadlessChromium } from './runner/browser.ts';
import { assertBuilt, pageOfBuiltFile, testsOfBuiltFile } from './runner/built-file.ts';
import { tallyReporter } from './runner/wtr-reporter.ts';
import { EVERY_ENGINE } from './runner/wtr-settings.ts';

/** Reports name what failed by its browser, so each half has a browser with a name of its own. */
const chromiumFor = (name: string) =>
  Object.assign(
    playwrightLauncher({
      product: 'chromium',
      launchOptions: { executablePath: ensureHeadlessChromium(), args: CHROMIUM_ARGS },
    }),
    { name },
  );

const onBuiltFile = testsOfBuiltFile(process.argv.slice(2));
const root = path.resolve(import.meta.dirname, '..');
const shipped = onBuiltFile.map((file) => `!${path.relative(root, file).replaceAll(path.sep, '/')}`);
if (onBuiltFile.length > 0) assertBuilt();

export default {
  ...EVERY_ENGINE,
  // What ships is tested: a test that goes through the element runs on the built file, and on the sources only where the
  // command line names it or the group `default`.
  files: ['test/widget/**/*.test.ts', ...shipped, 'test/contract-suite/*.browser-test.ts'],
  browsers: [chromiumFor('the sources')],
  groups:
    onBuiltFile.length > 0
      ? [
          {
            name: 'built',
            files: onBuiltFile,
            browsers: [chromiumFor('the built file')],
            testRunnerHtml: pageOfBuiltFile,
          },
        ]
      : [],
  reporters: [defaultReporter({ reportTestProgress: false }), tallyReporter()],
} satisfies TestRunnerConfig;
