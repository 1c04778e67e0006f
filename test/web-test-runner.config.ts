import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { esbuildPlugin } from '@web/dev-server-esbuild';
import { defaultReporter, type TestRunnerConfig } from '@web/test-runner';
import { playwrightLauncher } from '@web/test-runner-playwright';

import { CHROMIUM_ARGS, ensureChromium } from './runner/browser.ts';
import { assertBuilt, pageOfBuiltFile, testsOfBuiltFile } from './runner/built-file.ts';
import { tallyReporter } from './runner/wtr-reporter.ts';

const MSW_WORKER = createRequire(import.meta.url).resolve('msw/mockServiceWorker.js');

/** Reports name what failed by its browser, so each half has a browser with a name of its own. */
const chromiumFor = (name: string) =>
  Object.assign(
    playwrightLauncher({
      product: 'chromium',
      launchOptions: { executablePath: ensureChromium(), args: CHROMIUM_ARGS },
    }),
    { name },
  );

const onBuiltFile = testsOfBuiltFile(process.argv.slice(2));
if (onBuiltFile.length > 0) assertBuilt();

export default {
  rootDir: fileURLToPath(new URL('..', import.meta.url)),
  files: ['test/widget/**/*.test.ts', 'test/contract-suite/*.browser-test.ts'],
  nodeResolve: { browser: true, exportConditions: ['browser', 'development'] },
  browsers: [chromiumFor('the sources')],
  // What ships is tested as well: every test that goes through the element runs on the built file once more.
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
  plugins: [
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('../tsconfig.json', import.meta.url)),
    }),
  ],
  middleware: [
    // The worker must come from the root, or its scope does not reach the tests' own requests.
    (context, next) => {
      if (context.path !== '/mockServiceWorker.js') return next();
      context.type = 'text/javascript';
      context.set('service-worker-allowed', '/');
      context.body = createReadStream(MSW_WORKER);
      return undefined;
    },
  ],
  testFramework: { config: { timeout: 5000 } },
  reporters: [defaultReporter({ reportTestProgress: false }), tallyReporter()],
} satisfies TestRunnerConfig;
