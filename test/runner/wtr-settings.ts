import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

import { esbuildPlugin } from '@web/dev-server-esbuild';
import type { TestRunnerConfig } from '@web/test-runner';

const MSW_WORKER = createRequire(import.meta.url).resolve('msw/mockServiceWorker.js');

/** A module that each page with tests loads before them. */
export const BEFORE_TESTS = '/test/runner/sendable-failures.ts';

/** What the widget's tests need in every engine. */
export const EVERY_ENGINE = {
  rootDir: fileURLToPath(new URL('../..', import.meta.url)),
  nodeResolve: { browser: true, exportConditions: ['browser', 'development'] },
  plugins: [
    esbuildPlugin({
      ts: true,
      target: 'es2022',
      tsconfig: fileURLToPath(new URL('../../tsconfig.json', import.meta.url)),
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
  testRunnerHtml: (testFramework: string) => `<!doctype html>
<html>
  <body>
    <script type="module">
      await import('${BEFORE_TESTS}');
      await import('${testFramework}');
    </script>
  </body>
</html>`,
  concurrency: 2,
  // Of one file, and of an engine that starts. Only what hangs may reach them, and a busy machine takes long.
  testsFinishTimeout: 600_000,
  testsStartTimeout: 120_000,
  browserStartTimeout: 120_000,
  // Above the limit of `waitUntil`, which says what it waited for.
  testFramework: { config: { timeout: 20_000 } },
} satisfies TestRunnerConfig;
